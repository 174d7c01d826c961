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
  /** How many things of a kind somebody waited for. */
  awaited: Record<Kind, number>;
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
  /**
   * Under limits, the 95th percentile compared with the bound and what the product takes when nothing is limited. Null:
   * there is nothing to compare.
   */
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
      toBest: row.limited && free ? ratio(p95.median, (boundP95.median ?? 0) + (freeP95 ?? 0)) : null,
    };
  };
  const { scenario, bot, limited } = row;
  return {
    scenario,
    bot,
    limited,
    runs: row.runs.length,
    turns: row.runs[0]?.turns ?? 0,
    awaited: ofKinds((kind) => row.runs[0]?.delays[kind].length ?? 0),
    writesPerAnswer: over(({ writesPerAnswer }) => writesPerAnswer),
    callsPerAnswer: meanCalls(row.runs),
    refusedShare: over(({ refused, calls }) => refused / Math.max(calls, 1)),
    refused: over(({ refused }) => refused),
    delays: ofKinds(quantiles),
    lost: worst(({ lost }) => lost),
    doubled: worst(({ doubled }) => doubled),
    reordered: worst(({ reordered }) => reordered),
    rssPerThread: over(({ rssPerThread }) => rssPerThread),
    cpuPer1000: over(({ cpuPer1000 }) => cpuPer1000),
  };
}

function ofKinds<T>(of: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<Kind, T>;
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
  'bot',
  'limits',
  'writes per answer',
  '429s',
  'first sight',
  'delta',
  'final',
  'question',
  'lost/doubled/reordered',
  'kB per thread',
  'CPU ms per 1,000 events',
];

/** Delays as `p50 / p95, × the best`. As text with columns, or as Markdown. */
export function tableOf(figures: readonly Figures[], { markdown = false } = {}): string {
  const rows = figures.map(cells);
  const widths = HEAD.map((words, column) => Math.max(words.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const padded = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const line = (row: string[]) => (markdown ? `| ${row.join(' | ')} |` : padded(row).join('  ').trimEnd());
  const rule = markdown ? [line(HEAD.map(() => '---'))] : [];
  return `${[line(HEAD), ...rule, ...rows.map(line)].join('\n')}\n`;
}

/** Which Slack methods an answer takes, and how often. */
export function callsOf(figures: readonly Figures[]): string {
  const line = ({ scenario, bot, limited, callsPerAnswer }: Figures) => {
    const calls = Object.entries(callsPerAnswer).map(([method, count]) => `${method} ${count.toFixed(1)}`);
    return `${scenario}, ${bot}, limits ${onOff(limited)}: ${calls.join(', ')}`;
  };
  return `Calls per answer\n${figures.map(line).join('\n')}\n`;
}

function onOff(limited: boolean): string {
  return limited ? 'on' : 'off';
}

function cells(figures: Figures): string[] {
  const { delays, refused, refusedShare } = figures;
  return [
    figures.scenario,
    figures.bot,
    onOff(figures.limited),
    number(figures.writesPerAnswer, 1),
    `${number(refused, 0)} (${(100 * (refusedShare.median ?? 0)).toFixed(1)} %)`,
    ...KINDS.map((kind) => (figures.awaited[kind] === 0 ? '–' : quantilesInWords(delays[kind]))),
    `${figures.lost}/${figures.doubled}/${figures.reordered}`,
    number(scaled(figures.rssPerThread, 1_000), 0),
    number(figures.cpuPer1000, 0),
  ];
}

function quantilesInWords({ p50, p95, toBest }: Quantiles): string {
  return `${inWords(p50.median)} / ${delay(p95)}${toBest === null ? '' : `, ${toBest.toFixed(2)}×`}`;
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
