/** One conversation through the whole bot, without a person: for whoever sets it up, or wonders whether it works. */
import { randomInt } from 'node:crypto';
import { type Clock, sleep } from '../clock.ts';
import type { SessionId, SlackTs, ThreadId } from './ids.ts';
import type { Dispatcher, Inbox, Threads } from './ports.ts';

/** The self-test's side in Slack. */
export interface SelfTestPlace {
  /** Who writes the question: the bot itself. */
  author(): { user: string; team: string };
  /** Posts the message that the thread hangs from. */
  open(channel: string): Promise<{ thread: ThreadId; ts: SlackTs; hasCome(): boolean }>;
  /** What the bot has said in the thread, oldest first. */
  read(thread: ThreadId): Promise<string[]>;
  /** Takes away what the bot said there, and the root. */
  clear(thread: ThreadId): Promise<void>;
}

export interface SelfTestResult {
  /**
   * `answered`: the agent said the word it was asked for. `otherwise`: the turn ended with something else. `late`: it
   * did not end in time.
   */
  outcome: 'answered' | 'otherwise' | 'late';
  /** What the bot said last; empty: nothing. */
  said: string;
  /** Whether Slack's delivery of the root came to this process. */
  isHeard: boolean;
  /** From the question to the end of the turn. */
  ms: number;
  /** Takes away what was posted, and archives the session. Rejects when either side does not let it. */
  clear(): Promise<void>;
}

export interface SelfTestOptions {
  inbox: Inbox;
  threads: Threads;
  dispatcher: Dispatcher;
  place: SelfTestPlace;
  /** Puts the session away for good. */
  archive(session: SessionId): Promise<void>;
  clock: Clock;
}

interface SelfTestLimits {
  withinMs: number;
  /** Gives up the waiting. */
  signal?: AbortSignal;
}

/** Runs the self-test in a channel. Rejects when Slack does not take the root. */
export type SelfTest = (channel: string, limits: SelfTestLimits) => Promise<SelfTestResult>;

const LOOK_EVERY_MS = 100;
/** Slack's delivery of a message comes within a second or two. */
const HEARD_WITHIN_MS = 10_000;

export function createSelfTest(options: SelfTestOptions): SelfTest {
  const { inbox, threads, dispatcher, place, archive, clock } = options;
  const until = async (isSo: () => Promise<boolean>, { withinMs, signal }: SelfTestLimits) => {
    const end = clock.now() + withinMs;
    while (!(await isSo())) {
      if (clock.now() >= end || signal?.aborted) return false;
      await sleep(clock, LOOK_EVERY_MS, signal);
    }
    return true;
  };

  /** The turn began, ended, and stands in Slack. */
  const hasEnded = async (thread: ThreadId) => {
    const record = await threads.load(thread);
    return record !== undefined && record.turn === null && (await inbox.list(thread)).length === 0;
  };

  return async (channel, limits) => {
    const { thread, ts, hasCome } = await place.open(channel);
    const begunAt = clock.now();
    const word = `ready-${randomInt(1_000, 10_000)}`;
    const { user: author, team: authorTeam } = place.author();
    const text = question(word);
    await inbox.add({ type: 'message', thread, ts, author, authorTeam, text, files: [], addressed: true });
    dispatcher.wake(thread);
    const isOver = await until(() => hasEnded(thread), limits);
    const ms = clock.now() - begunAt;
    const isHeard = await until(async () => hasCome(), { ...limits, withinMs: isOver ? HEARD_WITHIN_MS : 0 });
    const answers = await place.read(thread);
    const session = (await threads.load(thread))?.session ?? null;
    const isAnswered = answers.some((answer) => answer.includes(word));
    return {
      outcome: isAnswered ? 'answered' : isOver ? 'otherwise' : 'late',
      said: answers.at(-1) ?? '',
      isHeard,
      ms,
      async clear() {
        await place.clear(thread);
        if (session !== null) await archive(session);
      },
    };
  };
}

function question(word: string): string {
  return `This is a self-test of the bridge between Slack and you. Use no tools. Answer with this word and nothing else: ${word}`;
}
