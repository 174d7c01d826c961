/** `npm run chaos`: see `USAGE`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Plan, randomPlan, walkedPlan } from './plan.ts';
import { pool } from './pool.ts';
import { type Outcome, run, SPEED } from './run.ts';
import { quickWalk, recording, type Scene, scenesNamed, walk } from './walk.ts';

const USAGE = `Usage: npm run chaos -- [options]

Holds conversations with the real bot against the local servers, kills its process, breaks the platforms, and counts
from the servers' records what was lost or doubled. Without options: a death at every point that each conversation
passes, then random runs.

  --runs N           so many runs in all (default 2000); with --seed, so many random ones
  --walk             only deaths at points, each point at its first, its middle and its last passage
  --seed N           only random runs, from this seed on (one, unless --runs says more)
  --conversation C   only this one: plain, tools, approval, question, handler, steer, stop, files; or C/channel, C/dm
  --at POINT#N       one run, with a death at the N-th passage of this point
  --workers N        so many runs side by side (default: two for each processor)
  --speed N          so many times as fast as real time (default 10); less on a machine that has other work
`;

interface Options {
  runs: number | undefined;
  seed: number | undefined;
  walk: boolean;
  help: boolean;
  scenes: Scene[];
  /** Whether they were named. */
  isNamed: boolean;
  at: string | undefined;
  workers: number;
  speed: number;
}

function readOptions(): Options {
  const text = { type: 'string' } as const;
  const options = {
    runs: text,
    seed: text,
    conversation: text,
    at: text,
    workers: text,
    speed: text,
    walk: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  const number = (name: 'runs' | 'seed' | 'workers' | 'speed') => {
    const value = values[name];
    if (value !== undefined && !/^\d+$/.test(value)) throw new Error(`--${name} takes a whole number, not ${value}.`);
    return value === undefined ? undefined : Number(value);
  };
  return {
    runs: number('runs'),
    seed: number('seed'),
    walk: values.walk === true,
    help: values.help === true,
    scenes: scenesNamed(values.conversation),
    isNamed: values.conversation !== undefined,
    at: values.at,
    workers: number('workers') ?? 2 * availableParallelism(),
    speed: number('speed') ?? SPEED,
  };
}

const MOST_RUNS = 2_000;
const TELL_EVERY_MS = 5_000;

interface Tally {
  startedAt: number;
  runs: number;
  deaths: number;
  /** By conversation and place. */
  points: Set<string>;
  failed: Outcome[];
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return say(USAGE);
  const tally: Tally = { startedAt: Date.now(), runs: 0, deaths: 0, points: new Set(), failed: [] };
  const progress = setInterval(() => say(`${progressOf(tally)}\n`), TELL_EVERY_MS);
  const { workers } = options;
  const play: Play = (plans) =>
    pool(plans, { workers, work: (plan) => run(plan, options), onDone: (outcome) => take(outcome, tally) });
  try {
    await playAll(options, { play, tally });
  } finally {
    clearInterval(progress);
  }
  say(closing(tally));
  if (tally.failed.length > 0) process.exitCode = 1;
}

type Play = (plans: readonly Plan[]) => Promise<Outcome[]>;

async function playAll(options: Options, { play, tally }: { play: Play; tally: Tally }): Promise<unknown> {
  const { scenes, seed, at, isNamed } = options;
  if (at !== undefined)
    return play(scenes.map(({ conversation, place }) => walkedPlan(conversation, { place, death: pointOf(at) })));
  const seeds = (first: number, count: number) =>
    Array.from({ length: Math.max(0, count) }, (_, index) => first + index);
  const random = (each: number) => randomPlan(each, isNamed ? scenes[each % scenes.length] : undefined);
  if (seed !== undefined) return play(seeds(seed, options.runs ?? 1).map(random));
  const recorded = await play(scenes.map(recording));
  if (options.walk) return play(recorded.flatMap(walk));
  await play(quickWalk(recorded));
  return play(seeds(1, (options.runs ?? MOST_RUNS) - tally.runs).map(random));
}

function pointOf(text: string) {
  const [, point, passage] = /^(.+)#(\d+)$/.exec(text) ?? [];
  if (point === undefined)
    throw new Error(`--at takes a point and its passage, such as store.inbox.set:after#1, not ${text}.`);
  return { point, passage: Number(passage) };
}

function take(outcome: Outcome, tally: Tally): void {
  const { plan, deaths, failures } = outcome;
  tally.runs += 1;
  tally.deaths += deaths.length;
  for (const death of deaths) tally.points.add(`${plan.conversation.name}/${plan.place} ${death.replace(/#.*/, '')}`);
  if (failures.length === 0) return;
  tally.failed.push(outcome);
  say(complaint(outcome, keep(outcome, tally.failed.length)));
}

/** Where the log of a failed run is. */
function keep({ log }: Outcome, number: number): string {
  const folder = join(tmpdir(), 'drawbridge-chaos-failures', String(process.pid));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${number}.log`);
  writeFileSync(path, log);
  return path;
}

function complaint({ plan, failures, deaths }: Outcome, path: string): string {
  const lines = [
    `FAILED ${plan.conversation.name}/${plan.place}`,
    ...failures.map((failure) => `  ${failure}`),
    `  deaths: ${deaths.join(', ') || 'none'}`,
    ...plan.troubles.map((trouble) => `  trouble: ${JSON.stringify(trouble)}`),
    `  log: ${path}`,
    `  again: npm run chaos -- ${plan.replay}`,
  ];
  return `${lines.join('\n')}\n`;
}

function progressOf({ startedAt, runs, deaths, points, failed }: Tally): string {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  return `${seconds} s: ${runs} runs, ${deaths} deaths at ${points.size} points, ${failed.length} failures`;
}

function closing(tally: Tally): string {
  const { startedAt, runs, deaths, points, failed } = tally;
  const rows = {
    runs,
    deaths,
    'distinct points of death': points.size,
    'of these, whatever the conversation': new Set([...points].map((point) => point.replace(/^\S+ /, ''))).size,
    failures: failed.length,
    minutes: ((Date.now() - startedAt) / 60_000).toFixed(1),
  };
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  const lines = Object.entries(rows).map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return `\n${lines.join('\n')}\n${failed.map(({ plan }) => `npm run chaos -- ${plan.replay}\n`).join('')}`;
}

function say(text: string): void {
  process.stdout.write(text);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
});
