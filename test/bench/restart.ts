/**
 * From the start of a process to the answers that one before it owed: the built bot as a process of its own, killed in
 * the middle of its turns. Run it with `npm run bench:restart`; KILLS says how often, THREADS how many run at once.
 */
import { expect, it } from 'vitest';
import type { Script } from '../../src/playground/agents/script.ts';
import { LIMITS } from '../../src/sessions/limits.ts';
import { type CrashRig, startCrashRig, type Thread } from '../e2e/crash-rig.ts';
import { UNLIMITED } from './unlimited.ts';

const KILLS = Number(process.env.KILLS ?? 20);
const THREADS = Number(process.env.THREADS ?? 1_000);
/** Opening the stream, and reading the history; those of an earlier turn's end on need one more, for what is queued. */
const READS_EACH = 2;

/** Agents that work until they are let go on. */
function waiting() {
  let letGo: () => void = () => {};
  let isOver = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const script: Script = {
    name: 'waits',
    trigger: '',
    shows: '',
    matches: () => true,
    async run(agent) {
      await agent.tool('bash', { command: 'make' }, { output: 'ok' });
      await isOver;
      await agent.say('It is done.');
    },
  };
  return {
    script,
    finish() {
      letGo();
      isOver = new Promise((resolve) => {
        letGo = resolve;
      });
    },
  };
}

const isAnswered = (rig: CrashRig, { channel, root }: Thread) => rig.said(channel, root).includes('It is done.');

async function asked(rig: CrashRig): Promise<Thread> {
  const thread = await rig.ask('make it');
  await rig.until('it works', () => rig.said(thread.channel, thread.root).includes('bash'));
  return thread;
}

it('finishes one turn', { timeout: 600_000 }, async () => {
  const agents = waiting();
  const rig = await startCrashRig({ agents: { pace: 0, scripts: [agents.script] } });
  const took: Record<string, number[]> = { 'ends meanwhile': [], 'ends afterwards': [] };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const isMeanwhile = kill % 2 === 0;
    const thread = await asked(rig);
    await rig.kill();
    if (isMeanwhile) agents.finish();
    const begun = Date.now();
    const starting = rig.startAgain();
    if (!isMeanwhile) {
      await rig.until('it is followed', () => rig.agents.records().openStreams === 1);
      agents.finish();
    }
    await rig.until('it is answered', () => isAnswered(rig, thread));
    took[isMeanwhile ? 'ends meanwhile' : 'ends afterwards']?.push(Date.now() - begun);
    await starting;
    await rig.ended(thread.channel, thread.root);
  }
  await rig.stop();
  for (const [name, times] of Object.entries(took))
    process.stdout.write(`\none turn that ${name}: ${figures(times)}\n`);
});

it('follows many threads', { timeout: 1_200_000 }, async () => {
  const agents = waiting();
  // Read at each start.
  const env: Record<string, string> = { ...UNLIMITED };
  const rig = await startCrashRig({ agents: { pace: 0, scripts: [agents.script] }, env });
  const threads: Thread[] = [];
  for (let count = 0; count < THREADS; count += 1) threads.push(await rig.ask(`make number ${count}`));
  const isFollowed = () => rig.agents.records().openStreams === THREADS;
  for (const { channel, root } of threads) await until(() => rig.said(channel, root).includes('bash'));
  await rig.kill();
  await until(() => rig.agents.records().openStreams === 0);
  const before = rig.agents.records().requests;
  for (const name of Object.keys(UNLIMITED)) delete env[name];
  const restart = rig.startAgain();
  rig.agents.faults.apply({ limits: true });
  const begun = Date.now();
  await until(() => isFollowed() && readsSince(rig, before) >= THREADS * READS_EACH);
  const tookMs = Date.now() - begun;
  const reads = readsSince(rig, before);
  await restart;
  const allowedMs = (THREADS * READS_EACH * 60_000) / LIMITS.reads;
  const refused = rig.logged().split('"status":429').length - 1;
  process.stdout.write(
    `\n${THREADS} threads followed again in ${(tookMs / 1_000).toFixed(1)} s with ${reads} reads: ${(tookMs / allowedMs).toFixed(2)} of what the limit allows; refused: ${refused}\n`,
  );
  expect(refused).toBe(0);
  await rig.stop();
});

function readsSince(rig: CrashRig, before: Record<string, number>): number {
  const { requests } = rig.agents.records();
  return ['events.stream', 'events.list'].reduce((sum, name) => sum + (requests[name] ?? 0) - (before[name] ?? 0), 0);
}

/** As long as it takes. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 100));
}

function figures(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => `${sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? 0} ms`;
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} of ${times.length}`;
}
