import { execFile } from 'node:child_process';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as soon } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { keepHeapSmall } from '../../src/ops/small-heap.ts';

const FLAGS = ['--expose-gc', '--input-type=module', '-e'];

const make = (n: number) => ({ n, text: `${n}`, more: [n, n, n] });

/** How often V8 looks for garbage everywhere, while much is made that lives for a while as what belongs to a turn does. */
async function looksWhileWorking(): Promise<number> {
  let looks = 0;
  const observer = new PerformanceObserver((list) => {
    // Its types leave out what entries of this kind have.
    const entries = list.getEntries() as unknown as { detail: { kind: number } }[];
    looks += entries.filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const kept = Array.from({ length: 200_000 }, (_, n) => make(n));
  const awhile = new Array(100_000);
  for (let n = 0; n < 1_500_000; n += 1) {
    awhile[n % awhile.length] = make(n);
    if (n % 2_000 === 0) await soon();
  }
  await soon();
  observer.disconnect();
  return kept.length > 0 ? looks : 0;
}

/** Prints the bytes that V8 has for what was just made, once much was. */
const MUCH_NEW = `
  import { getHeapSpaceStatistics } from 'node:v8';
  const some = new Array(100_000);
  for (let n = 0; n < 2_000_000; n += 1) some[n % some.length] = { n, text: String(n) };
  console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);
`;

/** Prints the bytes of the pages on which two objects of three are left. */
const SCATTERED = `
  import { getHeapSpaceStatistics } from 'node:v8';
  const kept = Array.from({ length: 300_000 }, (_, n) => ({ n, text: String(n), more: [n, n] }));
  gc();
  for (let n = 0; n < kept.length; n += 3) kept[n] = null;
  for (let looks = 0; looks < 10; looks += 1) gc();
  console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').physical_space_size);
  globalThis.kept = kept;
`;

it('makes the V8 that we run on look for garbage earlier', async () => {
  const before = await looksWhileWorking();
  keepHeapSmall();
  const after = await looksWhileWorking();
  expect(after).toBeGreaterThan(before);
});

it('asks for nothing that the V8 that we run on does not know', async () => {
  // It complains of an unknown setting there, and goes on.
  const { stderr } = await run('');
  expect(stderr).toBe('');
});

it('leaves what is new the room that it has', async () => {
  const { free, kept } = await compare(MUCH_NEW);
  expect(kept).toBeLessThanOrEqual(free / 4);
});

it('brings together what is left scattered', async () => {
  const { free, kept } = await compare(SCATTERED);
  expect(kept).toBeLessThanOrEqual(free * 0.8);
});

/** The number that a program prints in a V8 that is left to itself, and in one whose heap is kept small. */
async function compare(program: string): Promise<{ free: number; kept: number }> {
  const { stdout: free } = await promisify(execFile)(process.execPath, [...FLAGS, program]);
  const { stdout: kept } = await run(program);
  return { free: Number(free), kept: Number(kept) };
}

/** Runs a program in a V8 whose heap is kept small. */
function run(program: string): Promise<{ stdout: string; stderr: string }> {
  const built = new URL('../../dist/ops/small-heap.js', import.meta.url);
  const keepSmall = `(await import(${JSON.stringify(built)})).keepHeapSmall()`;
  return promisify(execFile)(process.execPath, [...FLAGS, `${keepSmall};${program}`]);
}
