import { LogLevel, WebClient } from '@slack/web-api';
import pino from 'pino';
import { onTestFinished, vi } from 'vitest';
import { type Clock, fastClock, realClock } from '../../../src/clock.ts';
import type { PlaygroundMessage } from '../../../src/playground/page/contract.ts';
import { startSlackServer } from '../../../src/playground/slack/server.ts';
import { createPacer } from '../../../src/slack/pacer/pacer.ts';
import { createReplies } from '../../../src/slack/reply/replies.ts';
import { isSlackTs, threadId } from '../../../src/thread/ids.ts';
import type { Ledger, Reply } from '../../../src/thread/ports.ts';
import type { Footer, Notice, Phase, Piece, StepPiece, TextPiece, View } from '../../../src/thread/view.ts';

export const ANA = 'U0ANA00001';
export const CHANNEL = 'C0GENERAL1';
export const DM = 'D0DIRECT01';

interface SettingOptions {
  channel?: string;
  clock?: Clock;
  /** Whether Slack's rate limits hold. */
  limited?: boolean;
}

/** A local Slack with one question in it, and what shows a turn's reply there. */
export async function openSetting({ channel = CHANNEL, clock = realClock, limited = false }: SettingOptions = {}) {
  const server = await startSlackServer({ clock, tiers: limited });
  onTestFinished(() => server.stop());
  const { ts: root } = server.act.say({ user: ANA, channel, text: 'why is it slow?' });
  if (!isSlackTs(root)) throw new TypeError(`not a ts: ${root}`);
  const thread = threadId({ team: server.teamId, channel, root });
  const ledger = memoryLedger();

  /** As a process does when it starts: nothing is shared with an earlier call but Slack and the ledger. */
  const start = (renderer: 'auto' | 'stream' | 'edit' = 'auto', life: Life = IMMORTAL) => {
    const client = () =>
      new WebClient(server.botToken, {
        slackApiUrl: server.apiUrl,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: 15_000,
        fetch: life.fetch,
        logLevel: LogLevel.ERROR,
      });
    const log = pino({ level: 'silent' });
    const pacer = createPacer({ clock, log, limits: limited ? 'slack' : 'none' });
    const { botUserId } = server;
    const replies = createReplies({
      client: client(),
      reader: client(),
      ledger: life.ledger(ledger),
      pacer,
      clock,
      log,
      botUserId,
      renderer: () => renderer,
    });
    return {
      open: (turn = 'turn1') => replies.open(thread, { turn, recipient: { user: ANA, team: server.teamId } }),
      replies,
      waiting: pacer.waiting,
    };
  };

  const standing = () => {
    const messages = server.state().channels.find(({ id }) => id === channel)?.messages ?? [];
    return messages.filter((message) => message.thread_ts === root && message.bot_id);
  };
  return {
    server,
    thread,
    root,
    ledger,
    start,
    standing,
    /** What the bot's messages say, oldest first. */
    said: () => standing().map(wordsOf),
    /** The names of the reactions on a message. */
    reactionsOn: (ts: string) => {
      const messages = server.state().channels.flatMap((each) => each.messages);
      return messages.find((message) => message.ts === ts)?.reactions?.map(({ name }) => name) ?? [];
    },
    calls: (method: string) => server.calls().filter((call) => call.method === method),
    fail: (method: string, fault: Record<string, unknown>, next = 1) =>
      server.faults.apply({ calls: [{ method, next, fault }] }),
    session: () =>
      server
        .state()
        .channels.find(({ id }) => id === channel)
        ?.sessions.find((session) => session.thread_ts === root)?.status,
  };
}

/** Markdown and mrkdwn of a message as one text, steps as `[status title]`, a button as `(label)`. */
function wordsOf({ blocks = [], stream, text }: PlaygroundMessage): string {
  if (stream) {
    const parts = stream.parts.map((part) => {
      if (part.type === 'text') return part.text;
      return part.type === 'task' ? `[${part.status} ${part.title}]` : part.blocks.map(wordsOfBlock).join('');
    });
    return parts.join('').replaceAll('\u200b', '');
  }
  return (blocks.length > 0 ? blocks.map(wordsOfBlock).join('\n') : text).replaceAll('\u200b', '');
}

function wordsOfBlock(block: unknown): string {
  // Test data of our own making: blocks whose few shapes are known here.
  const {
    type,
    text,
    elements = [],
    tasks = [],
  } = block as {
    type: string;
    text?: string | { text: string };
    elements?: { text: string | { text: string } }[];
    tasks?: { status: string; title: string }[];
  };
  const plain = (value: string | { text: string } | undefined) =>
    typeof value === 'string' ? value : (value?.text ?? '');
  if (type === 'plan') return tasks.map(({ status, title }) => `[${status} ${title}]`).join('');
  if (type === 'actions') return elements.map((element) => `(${plain(element.text)})`).join('');
  if (type === 'context') return elements.map((element) => plain(element.text)).join('');
  return plain(text);
}

function memoryLedger(): Ledger & { rows: Map<string, unknown> } {
  const rows = new Map<string, unknown>();
  return {
    rows,
    load: async (thread, turn) => structuredClone(rows.get(`${thread} ${turn}`)),
    save: async (thread, turn, value) => void rows.set(`${thread} ${turn}`, structuredClone(value)),
  };
}

const FOOTER: Footer = { tookMs: 12_000, tools: 3, cents: 4 };
export const FOOTER_WORDS = '12 s · 3 tools · $0.04 list price';

export const view = (phase: Phase, ...pieces: Piece[]): View => ({
  phase,
  pieces,
  receipts: [],
  ...(phase === 'ended' ? { footer: FOOTER } : {}),
});
export const text = (id: string, words: string, state: TextPiece['state'] = 'final'): TextPiece => ({
  type: 'text',
  id,
  text: words,
  state,
});
export const step = (id: string, state: StepPiece['state'] = 'running'): StepPiece => ({
  type: 'step',
  id,
  title: `bash · ${id}`,
  state,
});
export const notice = (id: string, words: Notice): Piece => ({ type: 'notice', id, notice: words });

/** Many paragraphs, each of which can be told from the others. */
export function longText(characters: number): string {
  let words = '';
  for (let n = 1; words.length < characters; n += 1) words += `Paragraph ${n} says that the deploy was slow.\n\n`;
  return words.slice(0, characters);
}

export function paragraphsOf(said: string[]): string[] {
  return said.join('\n').match(/Paragraph \d+/g) ?? [];
}

/** What a process reaches the world through. */
interface Life {
  fetch: typeof fetch;
  ledger: (ledger: Ledger) => Ledger;
}

const IMMORTAL: Life = { fetch, ledger: (ledger) => ledger };

/** A process that dies at its n-th call, or its first of a method: before it is sent, or before the answer is heard. Nothing leaves it then. */
export function mortal({
  when,
  ...at
}: ({ dieAt: number } | { method: string }) & { when: 'before' | 'after' }): Life & { dead(): boolean } {
  const never = new Promise<never>(() => {});
  let calls = 0;
  let dead = false;
  return {
    dead: () => dead,
    async fetch(...args) {
      calls += 1;
      const last = 'dieAt' in at ? calls === at.dieAt : String(args[0]).endsWith(`/${at.method}`);
      if (dead || (last && when === 'before')) dead = true;
      if (dead) return never;
      const answer = fetch(...args);
      if (!last) return answer;
      await answer;
      dead = true;
      return never;
    },
    ledger: ({ load, save }) => ({ load, save: (...args) => (dead ? never : save(...args)) }),
  };
}

/** Shows a turn of a quarter of a second, in so many steps and then in so many pieces of a text, until it stands. */
export async function playTurn(reply: Reply, pieces: number): Promise<void> {
  const steps: StepPiece[] = [];
  for (let n = 0; n < pieces; n += 1) {
    steps.push(step(`s${n}`, 'done'));
    reply.show(view('working', ...steps));
    await new Promise((resolve) => setTimeout(resolve, 150 / pieces));
  }
  for (let n = 1; n <= pieces; n += 1) {
    reply.show(view('working', ...steps, text('e1', 'word '.repeat(n), 'preview')));
    await new Promise((resolve) => setTimeout(resolve, 100 / pieces));
  }
  reply.show(view('ended', ...steps, text('e1', 'word '.repeat(pieces))));
  await reply.settled();
}

/** A fast clock that can be stopped: what happens from then on has not waited for any time to pass. */
export function stoppableClock(speed: number): Clock & { stop(): void } {
  const { now, after } = fastClock(speed);
  let stoppedAt: number | null = null;
  return {
    now: () => stoppedAt ?? now(),
    after: (ms, run) => after(ms, () => stoppedAt === null && run()),
    stop() {
      stoppedAt = now();
    },
  };
}

/** Waits for a condition as long as a slow machine may need. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 });
}
