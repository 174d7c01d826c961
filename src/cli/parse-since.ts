/** A span of time until now (`30d`, `12h`) or a date (RFC 3339, or its day alone) in ms since the epoch; null: neither. */
export function parseSince(text: string, now: number): number | null {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS_MS[unit] ?? 0);
  return DATE.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : null;
}

const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
