/**
 * What threads cost that wait for people or for nothing: the built bot as a process of its own, between the two local
 * servers without rate limits. It serves so many threads with a real conversation, a fifth of which is left with an open
 * question. What it remembers of them is then written as often as it takes, for as many threads and sessions as are
 * wanted. The bot is started anew on an empty folder and on that one, and Linux says what each holds; and so many of the
 * real threads are woken in the same moment, half of them by a message and half by a click. Run it with
 * `npm run bench:parked`; THREADS, SERVED, WOKEN and RUNS say how many.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { it, onTestFinished } from 'vitest';
import type { Script } from '../../src/playground/agents/script.ts';
import type { ApiCall } from '../../src/playground/slack/web-api.ts';
import { type CrashRig, startCrashRig, type Thread } from '../e2e/crash-rig.ts';
import { UNLIMITED } from './unlimited.ts';

const THREADS = Number(process.env.THREADS ?? 10_000);
const SERVED = Number(process.env.SERVED ?? 1_000);
const WOKEN = Number(process.env.WOKEN ?? 100);
const RUNS = Number(process.env.RUNS ?? 3);
const MB = 1_000_000;
/** So many conversations at a time while the threads are made. */
const TOGETHER = 100;
/** Until a process that was just started is at rest, and its idle connections are closed. */
const SETTLE_MS = 20_000;
/** Longer than a page takes, and than an idle connection is kept. */
const CLOSED_MS = 8_000;
const PATIENCE_MS = 120_000;
const CHANNELS = ['#general', '#ops', '#data'];

const asksAndTells: Script = {
  name: 'asks and tells',
  trigger: '',
  shows: '',
  matches: () => true,
  async run(agent) {
    if (agent.text.includes('deploy')) {
      await agent.tool('bash', { command: './deploy.sh' }, { permission: 'ask', output: 'done' });
    }
    await agent.say(`Done with ${agent.text}.`);
  },
};

interface Asked extends Thread {
  /** Nobody else was told this. */
  word: string;
}

interface Held {
  bytes: number;
  sockets: number;
}

it(
  'measures',
  async () => {
    const rig = await startCrashRig({ agents: { pace: 0, scripts: [asksAndTells] }, env: UNLIMITED });
    onTestFinished(() => rig.stop());
    const served = { before: await held(rig), after: { bytes: 0, sockets: 0 }, tookMs: Date.now() };
    const { waiting, done } = await serve(rig, Math.min(SERVED, THREADS));
    served.tookMs = Date.now() - served.tookMs;
    served.after = await held(rig);
    process.stdout.write(
      `\n${SERVED} threads served in ${seconds(served.tookMs)}: ${shown(served.before)}, then ${shown(served.after)}\n`,
    );
    await rig.kill();
    await multiply(rig, { from: [...waiting, ...done], to: THREADS });
    const rows: string[][] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      const empty = await emptyBot();
      await rig.restart();
      const parked = await held(rig);
      const half = Math.ceil(WOKEN / 2);
      const took = await wakeAll(rig, { clicked: waiting.splice(0, half), written: done.splice(0, WOKEN - half) });
      rows.push([String(run), ...figures({ empty, parked, took })]);
    }
    process.stdout.write(table(rows));
  },
  THREADS * 200 + RUNS * 600_000,
);

/** Every fifth is left with an open question, the others with their answer. */
async function serve(rig: CrashRig, count: number): Promise<{ waiting: Asked[]; done: Asked[] }> {
  const waiting: Asked[] = [];
  const done: Asked[] = [];
  for (let from = 0; from < count; from += TOGETHER) {
    const batch = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, i) => from + i);
    const log = callsFrom(rig);
    const asked = await Promise.all(batch.map((n) => ask(rig, n)));
    const open = new Map(asked.map((thread) => [thread.word, thread]));
    const roots = new Map(asked.map(({ root, word }) => [root, word]));
    const stands = (word: string | undefined, list: Asked[]) => {
      const thread = open.get(word ?? '');
      if (thread && open.delete(thread.word)) list.push(thread);
    };
    await until('they stand', () => {
      for (const call of log.news()) {
        stands(answeredWord(call), done);
        const isCard = JSON.stringify(call.args.blocks ?? '').includes('"action_id":"drawbridge:gate:approve');
        if (isCard) stands(roots.get(String(call.args.thread_ts)), waiting);
      }
      return open.size === 0;
    });
  }
  return { waiting, done };
}

/** Writes what is remembered of some threads for more of them, each with a session of its own that stands as it was left. */
async function multiply(rig: CrashRig, { from, to }: { from: Asked[]; to: number }): Promise<void> {
  const database = new Database(join(rig.dataFolder, 'drawbridge.db'));
  const find = database.prepare('SELECT key, value, expires FROM entries WHERE key LIKE ? OR value LIKE ?');
  const write = database.prepare('INSERT INTO entries (key, value, expires) VALUES (?, ?, ?)');
  const kept = from.map(({ root }) => find.all(`%${root}%`, `%${root}%`) as Row[]);
  for (let count = from.length; count < to; count += TOGETHER) {
    const copies = Array.from({ length: Math.min(TOGETHER, to - count) }, (_, n) => count + n).map((n) => {
      const { channel, root } = from[n % from.length] as Asked;
      return { channel, root, copy: `${1_700_000_000 + n}.000100`, rows: kept[n % from.length] ?? [] };
    });
    const sessions = await Promise.all(copies.map(({ channel, copy }) => createSession(rig, { channel, root: copy })));
    const leftAt = new Date(Date.now() + 1_000).toISOString();
    database.exec('BEGIN');
    for (const [index, { root, copy, rows }] of copies.entries()) {
      for (const row of rows) {
        const text = JSON.stringify(row)
          .replaceAll(root, copy)
          .replace(/sesn_\w+/g, sessions[index] ?? '')
          .replace(/questions:q[\w-]{22}/, `questions:q${randomBytes(16).toString('base64url')}`)
          .replace(/(\\"(?:since|heardAt)\\":\\")[^"]*(?=\\")/g, `$1${leftAt}`);
        const { key, value, expires } = JSON.parse(text) as Row;
        write.run(key, value, expires);
      }
    }
    database.exec('COMMIT');
  }
  database.close();
}

interface Row {
  key: string;
  value: string;
  expires: number | null;
}

async function createSession(rig: CrashRig, { channel, root }: Thread): Promise<string> {
  const { url, apiKey, agentId, environmentId } = rig.agents;
  const metadata = { slack_team: rig.slack.teamId, slack_channel: channel, slack_thread_ts: root };
  const response = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: {
      'x-api-key': apiKey,
      'anthropic-beta': 'managed-agents-2026-04-01',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ agent: agentId, environment_id: environmentId, metadata }),
  });
  return ((await response.json()) as { id: string }).id;
}

async function ask(rig: CrashRig, n: number): Promise<Asked> {
  const channel = rig.channel(CHANNELS[n % CHANNELS.length] ?? '#ops');
  const word = `word${n}x`;
  const root = await rig.say('Ana', `@Drawbridge ${n % 5 === 0 ? 'deploy ' : ''}${word}`, { channel });
  return { channel, root, word };
}

/** ms from the wake to the final that stands, for each. */
async function wakeAll(rig: CrashRig, { clicked, written }: Record<'clicked' | 'written', Asked[]>): Promise<number[]> {
  const cards = new Map(clicked.map(({ channel, root }) => [root, rig.card(channel, root, 'approve')?.ts ?? '']));
  const log = callsFrom(rig);
  const at = Date.now();
  const open = new Set<string>();
  await Promise.all([
    ...clicked.map(({ channel, root, word }) => {
      open.add(word);
      // Slack shows whoever clicks a warning after three seconds; what counts here is that it is done.
      return rig.press('Ana', 'approve', { channel, root, ts: cards.get(root) ?? '' }).catch(() => {});
    }),
    ...written.map(({ channel, root, word }) => {
      open.add(`again ${word}`);
      return rig.say('Ana', `again ${word}`, { channel, thread: root });
    }),
  ]);
  const took: number[] = [];
  await until('all are answered', () => {
    for (const call of log.news()) {
      if (open.delete(answeredWord(call) ?? '')) took.push(call.at - at);
    }
    return open.size === 0;
  });
  await until('all are put down', () => rig.agents.records().openStreams === 0);
  return took;
}

/** The bot on a folder of its own, with nothing in it. */
async function emptyBot(): Promise<Held> {
  const rig = await startCrashRig({ agents: { pace: 0 }, env: UNLIMITED });
  const found = await held(rig);
  await rig.stop();
  return found;
}

/** What the process holds once it is at rest, between two rounds of looking at all sessions. */
async function held(rig: CrashRig): Promise<Held> {
  await pause(SETTLE_MS);
  const pages = () => rig.agents.records().requests['sessions.list'] ?? 0;
  for (let before = -1; before !== pages(); ) {
    before = pages();
    await pause(CLOSED_MS);
  }
  const pid = rig.pid();
  const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const descriptors = readdirSync(`/proc/${pid}/fd`).map((name) => target(`/proc/${pid}/fd/${name}`));
  return { bytes: Number(kibibytes) * 1_024, sockets: descriptors.filter((to) => to.startsWith('socket:')).length };
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed since it was listed.
    return '';
  }
}

/** Whose answer stands whole with this call: the footer comes with it or a moment later. */
function answeredWord({ args }: ApiCall): string | undefined {
  if (!JSON.stringify(args.blocks ?? '').includes('list price')) return undefined;
  return /Done with (?:deploy )?((?:again )?word\d+x)/.exec(String(args.text))?.[1];
}

/** The Web API calls that come from now on; only the newest ten thousand are kept. */
function callsFrom(rig: CrashRig): { news(): ApiCall[] } {
  let last = rig.slack.calls().at(-1);
  return {
    news() {
      const all = rig.slack.calls();
      const news = all.slice(last === undefined ? 0 : all.lastIndexOf(last) + 1);
      last = all.at(-1);
      return news;
    },
  };
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await pause(20);
  }
}

function figures({ empty, parked, took }: { empty: Held; parked: Held; took: number[] }): string[] {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => `${sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? 0} ms`;
  const more = [(parked.bytes - empty.bytes) / MB, parked.sockets - empty.sockets];
  return [shown(empty), shown(parked), `${more[0]?.toFixed(1)} MB, ${more[1]} sockets`, at(0.5), at(0.95), at(1)];
}

function shown({ bytes, sockets }: Held): string {
  return `${(bytes / MB).toFixed(1)} MB, ${sockets} sockets`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}

function table(rows: string[][]): string {
  const parked = `${THREADS} threads`;
  const head = ['run', 'no thread', parked, 'they add', `${WOKEN} woken: p50`, 'p95', 'max'];
  const widths = head.map((words, column) => Math.max(words.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return `\n${[head, ...rows].map(line).join('\n')}\n`;
}
