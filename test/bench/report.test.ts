import { expect, test } from 'vitest';
import type { Measured } from './measure.ts';
import { callsOf, figuresOf, quantile, type Row, spreadOf, tableOf } from './report.ts';

const run = (final: number[], bound: number[]): Measured => ({
  turns: final.length,
  events: 100,
  callsPerAnswer: { 'chat.postMessage': 2 },
  writesPerAnswer: 2,
  calls: 20,
  refused: 1,
  delays: { firstSight: [10], delta: [100], final, question: [] },
  bound: { firstSight: [0], delta: [0], final: bound, question: [] },
  lost: 0,
  doubled: 0,
  reordered: 0,
  rssPerThread: 50_000,
  cpuPer1000: 200,
});
const free: Row = { scenario: 'ten', bot: 'drawbridge', limited: false, runs: [run([100, 100], [0, 0])] };
const limited: Row = { ...free, limited: true, runs: [run([100, 1_320], [0, 1_000]), run([100, 1_540], [0, 1_000])] };

test('a quantile is one of the values, and what was never seen comes last', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(quantile([4, 1, 3, 2], 0.95)).toBe(4);
  expect(quantile([4, null, 3, 2], 0.75)).toBe(4);
  expect(quantile([4, null, 3, 2], 0.95)).toBeNull();
  expect(quantile([], 0.5)).toBeNull();
});

test('a spread is the middle of the runs, and how far they lie apart', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
});

test('the best is what the buckets force, and what the product takes without limits', () => {
  expect(figuresOf(limited, [free, limited]).delays.final.toBest).toBeCloseTo(1_320 / (1_000 + 100));
  expect(figuresOf(limited, [limited]).delays.final.toBest).toBeNull();
  expect(figuresOf(free, [free]).delays.final.toBest).toBeNull();
});

test('the table has a line for each row, with the spread where there is one', () => {
  const rows = [free, limited];
  const lines = tableOf(rows.map((row) => figuresOf(row, rows)))
    .trim()
    .split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^ten +drawbridge +off +2\.0 +1 \(5\.0 %\) /);
  expect(lines[2]).toContain('100 ms / 1.3 s (1.3 s–1.5 s), 1.20×');
  expect(lines[2]).toContain('  –  ');
});

test('calls are named by their method', () => {
  const figures = [figuresOf(limited, [limited])];
  expect(callsOf(figures)).toBe('Calls per answer\nten, drawbridge, limits on: chat.postMessage 2.0\n');
});
