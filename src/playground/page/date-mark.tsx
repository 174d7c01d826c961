import type { VNode } from 'preact';
import { safeHref } from './links.ts';
import { dayLabel, fullTime } from './time.ts';

interface DateMarkProps {
  /** Seconds since the epoch. */
  timestamp: number;
  /** Slack's own words for it: `{date_short_pretty} at {time}`. */
  format: string;
  fallback: string;
  href?: string;
  now?: () => number;
}

/** A point in time as Slack shows it to each reader: `<!date^1700000000^{date} at {time}|…>`. */
export function DateMark({ timestamp, format, fallback, href, now = Date.now }: DateMarkProps): VNode {
  const words = Number.isFinite(timestamp) && format ? slackDate(timestamp, { format, now: now() }) : fallback;
  const time = <time title={Number.isFinite(timestamp) ? fullTime(String(timestamp)) : undefined}>{words}</time>;
  const target = href && safeHref(href);
  return target ? (
    <a href={target} target="_blank" rel="noopener noreferrer">
      {time}
    </a>
  ) : (
    time
  );
}

/** Fills in a format; a name that Slack does not know stays as it is. */
export function slackDate(timestamp: number, { format, now }: { format: string; now: number }): string {
  return format.replace(/\{([a-z_]+)\}/g, (whole, name: string) => fill(name, { timestamp, now }) ?? whole);
}

const FORMS: Record<string, Intl.DateTimeFormatOptions> = {
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  date_slashes: { year: 'numeric', month: '2-digit', day: '2-digit' },
  time: { hour: 'numeric', minute: '2-digit' },
  time_secs: { hour: 'numeric', minute: '2-digit', second: '2-digit' },
};

function fill(name: string, { timestamp, now }: { timestamp: number; now: number }): string | undefined {
  const date = new Date(timestamp * 1000);
  if (name === 'date_num') return date.toLocaleDateString('sv-SE');
  if (name === 'ago') return ago(timestamp * 1000 - now);
  const form = FORMS[name.replace(/_pretty$/, '')];
  if (!form) return undefined;
  return (name.endsWith('_pretty') && nearDay(timestamp, now)) || date.toLocaleString(undefined, form);
}

/** `today`, `yesterday` and `tomorrow` are what makes a date pretty. */
function nearDay(timestamp: number, now: number): string | undefined {
  const label = dayLabel(String(timestamp), now);
  if (label === 'Today' || label === 'Yesterday') return label.toLowerCase();
  return dayLabel(String(timestamp), now + 86_400_000) === 'Today' ? 'tomorrow' : undefined;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

function ago(fromNowMs: number): string {
  const [unit, size] = STEPS.find(([, ms]) => Math.abs(fromNowMs) >= ms) ?? (['second', 1_000] as const);
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(Math.round(fromNowMs / size), unit);
}
