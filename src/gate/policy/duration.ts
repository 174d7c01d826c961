/** `90s`, `30m`, `24h`, `3d`: one number, one unit. */
export const DURATION = /^[1-9]\d{0,6}[smhd]$/;

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in ms; NaN for a text that is none. */
export function durationMs(text: string): number {
  if (!DURATION.test(text)) return Number.NaN;
  return Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? Number.NaN);
}
