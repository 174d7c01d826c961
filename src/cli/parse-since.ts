import { durationMs } from '../gate/policy/duration.ts';

/** A duration until now (`30d`, `12h`) or a date (RFC 3339, or its day alone) in ms since the epoch; null: neither. */
export function parseSince(text: string, now: number): number | null {
  const ms = durationMs(text);
  if (!Number.isNaN(ms)) return now - ms;
  return DATE.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : null;
}

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
