import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import { createAllowance } from '../../thread/allowance.ts';
import type { Absence } from '../../thread/attendance.ts';
import { parseThreadId, type SlackTs, type ThreadId, threadId } from '../../thread/ids.ts';
import type { Seen } from '../../thread/ports.ts';
import type { Identity } from '../from-slack.ts';
import type { Intake } from '../intake.ts';
import { createMissedReads, type Written } from './read-missed.ts';

/**
 * What people wrote while nobody was there. Slack brings an event again for six minutes; what is older has to be read.
 *
 * Read are the threads that were written in lately, and the channels they are in: for mentions and direct messages that
 * begin a thread. What stands elsewhere is not found: the bot may be in thousands of channels and Slack gives one read a
 * second, so somebody who asks where nobody did for two weeks has to ask again after an outage.
 */
export interface CatchUp {
  /** Resolves when all has been read, or the signal aborts; never rejects. */
  run(): Promise<void>;
  /** Brings a thread to the front, and resolves when it has been read; soon in any case. */
  first(thread: ThreadId): Promise<void>;
}

export interface CatchUpOptions {
  reader: WebClient;
  identity: Identity;
  intake: Intake;
  seen: readonly Seen[];
  /** Null: this is the first start, and nothing can have been missed. */
  absence: Absence | null;
  limits: keyof typeof PER_MINUTE;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** A thread that nobody has written in for this long is not read again. */
const LIVE_MS = 14 * 24 * 3_600_000;
const MOST_THREADS = 1_000;
/** Slack does not keep order: what came before the last that we took in may have been on its way still. */
const OVERLAP_S = 600;
/** Below Slack's tier 3 (50 a minute), so that running threads can read too; of a Slack without limits, a thousand a second. */
const PER_MINUTE = { slack: 30, none: 60_000 };
/** So many are read together, and what is found in them is taken in oldest first. */
const TOGETHER = 20;
const FIRST_WITHIN_MS = 5_000;

export function createCatchUp({
  reader,
  identity,
  intake,
  seen,
  absence,
  limits,
  clock,
  log,
  signal,
}: CatchUpOptions): CatchUp {
  const limit = { clock, perMinute: PER_MINUTE[limits], burst: TOGETHER };
  const allowances = { replies: createAllowance(limit), history: createAllowance(limit) };
  const reads = createMissedReads({ reader, clock, signal, allowances });
  const live = newest(seen, clock.now());
  const threads = new Map(live.map((each) => [each.thread, each]));
  const from = absence?.from ?? Number.POSITIVE_INFINITY;
  const known = new Set(threads.keys());
  const channels = new Set(live.map(({ thread }) => parseThreadId(thread).channel));
  const underWay = new Map<ThreadId, Promise<Written[]>>();
  const found = { threads: threads.size, channels: channels.size, messages: 0, unread: 0 };

  const take = async (channel: string, messages: Written[]) => {
    for (const message of messages) {
      if (signal.aborted) return;
      found.messages += 1;
      await intake(deliveryOf(message, { channel, team: identity.teamId }));
    }
  };

  /** Never rejects: what cannot be read is told in the log. */
  const read = async (what: Record<string, string>, reading: ReturnType<typeof reads.replies>): Promise<Written[]> => {
    try {
      const answer = await reading;
      if ('nothing' in answer) log.debug({ ...what, reason: answer.nothing }, 'not to be read any more');
      else if (!answer.isWhole) log.warn(what, 'more was missed than is read');
      return 'nothing' in answer ? [] : answer.messages;
    } catch (err) {
      if (signal.aborted) return [];
      found.unread += 1;
      log.warn({ ...what, err }, 'what was missed cannot be read');
      return [];
    }
  };

  const readThread = (thread: ThreadId, options: { oldest: SlackTs; later: boolean }) => {
    const before = underWay.get(thread);
    if (before) return before;
    threads.delete(thread);
    const reading = read({ threadId: thread }, reads.replies(thread, options)).finally(() => underWay.delete(thread));
    underWay.set(thread, reading);
    return reading;
  };

  const readThreads = async () => {
    while (threads.size > 0 && !signal.aborted) {
      const batch = [...threads.values()].slice(0, TOGETHER);
      const written = await Promise.all(
        batch.map(async (each) => {
          const { channel } = parseThreadId(each.thread);
          const messages = await readThread(each.thread, { oldest: oldestOf(each, from), later: true });
          return messages.map((message) => ({ channel, message }));
        }),
      );
      const all = written.flat().sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
      for (const { channel, message } of all) await take(channel, [message]);
    }
  };

  /** What begins a thread may have replies already. */
  const readChannel = async (channel: string, from: number) => {
    const oldest = tsBefore(from / 1_000);
    const tops = await read({ channel }, reads.history(channel, oldest));
    await take(channel, tops);
    for (const { ts, ...top } of tops) {
      const hasReplies = 'reply_count' in top && (top.reply_count ?? 0) > 0;
      const thread = threadId({ team: identity.teamId, channel, root: ts });
      if (!hasReplies || known.has(thread) || signal.aborted) continue;
      await take(channel, await readThread(thread, { oldest: ts, later: true }));
    }
  };

  const readChannels = async () => {
    if (absence === null) return;
    for (const channel of channels) await readChannel(channel, absence.from);
  };

  return {
    async run() {
      const startedAt = clock.now();
      try {
        await Promise.all([readThreads(), readChannels()]);
        log.info({ ...found, tookMs: clock.now() - startedAt }, 'read what was missed');
      } catch (err) {
        if (!signal.aborted) log.error({ err }, 'what was missed could not be taken in');
      }
    },
    async first(thread) {
      const waiting = threads.get(thread);
      const reading =
        underWay.get(thread) ?? (waiting && readThread(thread, { oldest: oldestOf(waiting, from), later: false }));
      if (!reading) return;
      const { channel } = parseThreadId(thread);
      const taking = reading.then((messages) => take(channel, messages)).catch(() => {});
      await Promise.race([taking, sleep(clock, FIRST_WITHIN_MS, signal)]);
    },
  };
}

function newest(seen: readonly Seen[], now: number): Seen[] {
  const live = seen.filter(({ last }) => Number.parseFloat(last) * 1_000 > now - LIVE_MS);
  return live.sort((a, b) => (a.last > b.last ? -1 : 1)).slice(0, MOST_THREADS);
}

/**
 * What stands before the first that we know of was never for us. Since an absence is over, `from` when on, something may
 * have come in that is newer than what was missed.
 */
function oldestOf({ first, last }: Seen, from: number): SlackTs {
  const overlapping = tsBefore(Math.min(Number.parseInt(last, 10), from / 1_000));
  return overlapping > first ? overlapping : first;
}

function tsBefore(seconds: number): SlackTs {
  return `${String(Math.floor(seconds) - OVERLAP_S).padStart(10, '0')}.000000` as SlackTs;
}

/** The same as Slack would have brought it. */
function deliveryOf(message: Written, { channel, team }: { channel: string; team: string }): unknown {
  const kind = channel.startsWith('D') ? { channel_type: 'im' } : {};
  return { type: 'event_callback', team_id: team, event: { ...message, ...kind, type: 'message', channel } };
}
