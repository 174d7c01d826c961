import { type Delay, KINDS, type Kind, type Measured } from './measure.ts';

/** One bot in one scenario: what its runs show, one by one. */
export interface Row {
  scenario: string;
  bot: string;
  limited: boolean;
  runs: Measured[];
}

/** The middle of the runs, and how far they lie apart. Null: not seen. */
interface Spread {
  median: Delay;
  least: Delay;
  most: Delay;
}

export interface Figures {
  scenario: string;
  bot: string;
  limited: boolean;
  runs: number;
  turns: number;
  writesPerAnswer: Spread;
  callsPerAnswer: Record<string, number>;
  /** Of all calls. */
  refusedShare: Spread;
  refused: Spread;
  delays: Record<Kind, Quantiles>;
  lost: number;
  doubled: number;
  reordered: number;
  rssPerThread: Spread;
  cpuPer1000: Spread;
}

interface Quantiles {
  p50: Spread;
  p95: Spread;
  /** What the buckets alone force, at the 95th percentile. */
  boundP95: Spread;
  /** The 95th percentile, compared with the bound and what the product takes when nothing is limited. */
  toBest: number | null;
}

const PRODUCT = 'drawbridge';

/** `rows` hold the unlimited runs of the product too, where there is to be anything to compare with. */
export function figuresOf(row: Row, rows: readonly Row[]): Figures {
  const free = rows.find(({ bot, scenario, limited }) => bot === PRODUCT && !limited && scenario === row.scenario);
  const over = (read: (run: Measured) => Delay) => spreadOf(row.runs.map(read));
  const worst = (read: (run: Measured) => number) => Math.max(...row.runs.map(read));
  const quantiles = (kind: Kind): Quantiles => {
    const p95 = over(({ delays }) => quantile(delays[kind], 0.95));
    const boundP95 = over(({ bound }) => quantile(bound[kind], 0.95));
    const freeP95 = free && spreadOf(free.runs.map(({ delays }) => quantile(delays[kind], 0.95))).median;
    return {
      p50: over(({ delays }) => quantile(delays[kind], 0.5)),
      p95,
      boundP95,
      toBest: ratio(p95.median, (boundP95.median ?? 0) + (freeP95 ?? Number.NaN)),
    };
  };
  const { scenario, bot, limited } = row;
  return {
    scenario,
    bot,
    limited,
    runs: row.runs.length,
    turns: row.runs[0]?.turns ?? 0,
    writesPerAnswer: over(({ writesPerAnswer }) => writesPerAnswer),
    callsPerAnswer: meanCalls(row.runs),
    refusedShare: over(({ refused, calls }) => refused / Math.max(calls, 1)),
    refused: over(({ refused }) => refused),
    delays: Object.fromEntries(KINDS.map((kind) => [kind, quantiles(kind)])) as Figures['delays'],
    lost: worst(({ lost }) => lost),
    doubled: worst(({ doubled }) => doubled),
    reordered: worst(({ reordered }) => reordered),
    rssPerThread: over(({ rssPerThread }) => rssPerThread),
    cpuPer1000: over(({ cpuPer1000 }) => cpuPer1000),
  };
}

/** Null when it is one that was not seen, or there is none. */
export function quantile(delays: readonly Delay[], share: number): Delay {
  const sorted = delays.map((delay) => delay ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
  const at = sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1];
  return at === undefined || at === Number.POSITIVE_INFINITY ? null : at;
}

export function spreadOf(values: readonly Delay[]): Spread {
  return { median: quantile(values, 0.5), least: quantile(values, 0), most: quantile(values, 1) };
}

function ratio(value: Delay, to: number): number | null {
  return value === null || !(to > 0) ? null : value / to;
}

function meanCalls(runs: readonly Measured[]): Record<string, number> {
  const methods = new Set(runs.flatMap(({ callsPerAnswer }) => Object.keys(callsPerAnswer)));
  const mean = (method: string) =>
    runs.reduce((sum, { callsPerAnswer }) => sum + (callsPerAnswer[method] ?? 0), 0) / runs.length;
  return Object.fromEntries([...methods].map((method) => [method, mean(method)]));
}

const HEAD = [
  'scenario',
  'limits',
  'bot',
  'writes/answer',
  '429s',
  'first sight p50/p95',
  'delta p50/p95',
  'final p50/p95',
  'question p50/p95',
  'to best: sight',
  'final',
  'question',
  'lost/doubled/reordered',
  'kB/thread',
  'CPU ms/1,000 events',
];

/** As text with columns, or as Markdown. */
export function tableOf(figures: readonly Figures[], { markdown = false } = {}): string {
  const rows = figures.map(cells);
  const widths = HEAD.map((words, column) => Math.max(words.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const padded = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const line = (row: string[]) => (markdown ? `| ${padded(row).join(' | ')} |` : padded(row).join('  ').trimEnd());
  const rule = markdown ? [`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`] : [];
  return `${[line(HEAD), ...rule, ...rows.map(line)].join('\n')}\n`;
}

function cells(figures: Figures): string[] {
  const { delays, refused, refusedShare } = figures;
  return [
    figures.scenario,
    figures.limited ? 'on' : 'off',
    figures.bot,
    number(figures.writesPerAnswer, 1),
    `${number(refused, 0)} (${(100 * (refusedShare.median ?? 0)).toFixed(1)} %)`,
    ...KINDS.map((kind) => pair(delays[kind], kind === 'question' && delays[kind].p50.least === null)),
    ...(['firstSight', 'final', 'question'] as const).map((kind) => times(delays[kind].toBest)),
    `${figures.lost}/${figures.doubled}/${figures.reordered}`,
    number(scaled(figures.rssPerThread, 1_000), 0),
    number(figures.cpuPer1000, 0),
  ];
}

function pair({ p50, p95 }: Quantiles, isNone: boolean): string {
  return isNone && p95.most === null ? '–' : `${delay(p50)} / ${delay(p95)}`;
}

function delay({ median, least, most }: Spread): string {
  const words = inWords(median);
  return least === most ? words : `${words} (${inWords(least)}–${inWords(most)})`;
}

function inWords(ms: Delay): string {
  if (ms === null) return 'never';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function number({ median, least, most }: Spread, digits: number): string {
  const words = (value: Delay) => (value ?? 0).toFixed(digits);
  return words(least) === words(most) ? words(median) : `${words(median)} (${words(least)}–${words(most)})`;
}

function scaled({ median, least, most }: Spread, by: number): Spread {
  const part = (value: Delay) => (value === null ? null : value / by);
  return { median: part(median), least: part(least), most: part(most) };
}

function times(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)}×`;
}
