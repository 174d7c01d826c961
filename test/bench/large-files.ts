/**
 * What a large file costs the bot in memory, on its way in and on its way out: the built bot, freshly started as a
 * process of its own, between the two local servers, and what Linux says of its resident memory. Run it with
 * `npm run bench:files`; RUNS says how often, MEGABYTES how large.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { it, onTestFinished } from 'vitest';
import { type CrashRig, startCrashRig, type Thread } from '../e2e/crash-rig.ts';

const RUNS = Number(process.env.RUNS ?? 5);
const MEGABYTES = Number(process.env.MEGABYTES ?? 300);
const MB = 1_000_000;
/** The servers and the bot share the machine, and each byte passes it several times. */
const PATIENCE_MS = 300_000;
/** Until a process that was just started is at rest. */
const SETTLE_MS = 3_000;

interface Cost {
  /** Resident bytes of a bot that is connected and has done nothing yet. */
  before: number;
  /** The most that was resident until the file was there. */
  peak: number;
  tookMs: number;
}

it(
  'measures',
  async () => {
    const rows: [string, Cost][] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      rows.push([`${run}: ${MEGABYTES} MB in`, await measure(bringIn)]);
      rows.push([`${run}: ${MEGABYTES} MB out`, await measure(bringOut)]);
    }
    process.stdout.write(table(rows));
  },
  2 * RUNS * PATIENCE_MS,
);

async function measure(bring: (rig: CrashRig) => Promise<void>): Promise<Cost> {
  const rig = await startCrashRig({ agents: { pace: 0 } });
  onTestFinished(() => rig.stop());
  const pid = rig.pid();
  await pause(SETTLE_MS);
  forgetPeak(pid);
  const before = resident(pid, 'VmRSS');
  const at = Date.now();
  await bring(rig);
  const cost = { before, peak: resident(pid, 'VmHWM'), tookMs: Date.now() - at };
  await rig.kill();
  return cost;
}

/** Drops a file into a new thread; resolves when the agent says how many bytes it has. */
async function bringIn(rig: CrashRig): Promise<void> {
  const channel = rig.channel('#ops');
  const file = { name: 'access.log', repeat: 'GET /checkout 200 12 ms\n', size: MEGABYTES * MB };
  const root = await rig.say('Ana', '@Drawbridge what came?', { channel, files: [file] });
  const counted = `${file.size.toLocaleString('en-US')} bytes`;
  await until('the file is read', () => rig.said(channel, root).includes(counted));
}

/** Asks for a file; resolves when it stands in the thread. */
async function bringOut(rig: CrashRig): Promise<void> {
  const thread = await rig.ask(`${MEGABYTES} MB output`);
  await until('the file is posted', () => sizes(rig, thread).includes(MEGABYTES * MB));
}

function sizes(rig: CrashRig, { channel, root }: Thread): number[] {
  return rig.thread(channel, root).flatMap(({ files = [] }) => files.map(({ size }) => size));
}

function resident(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kibibytes] = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kibibytes) * 1_024;
}

/** From here on, `VmHWM` is the peak since now. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await pause(50);
  }
}

function table(rows: [string, Cost][]): string {
  const head = ['run', 'before', 'peak', 'grew by', 'took'];
  const cells = rows.map(([name, { before, peak, tookMs }]) => [
    name,
    ...[before, peak, peak - before].map((bytes) => `${(bytes / MB).toFixed(1)} MB`),
    `${(tookMs / 1_000).toFixed(1)} s`,
  ]);
  const widths = head.map((words, column) => Math.max(words.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return `\n${[head, ...cells].map(line).join('\n')}\n`;
}
