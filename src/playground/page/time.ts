/** A Slack timestamp as a point in time. */
export function dateOf(ts: string): Date {
  return new Date(Number(ts) * 1000);
}

export function clockTime(ts: string): string {
  return dateOf(ts).toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
}

export function fullTime(ts: string): string {
  return dateOf(ts).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' });
}

/** `Today`, `Yesterday`, or the date, seen from `now` (milliseconds since the epoch). */
export function dayLabel(ts: string, now: number): string {
  const day = startOfDay(dateOf(ts));
  // Rounded, because a day with a clock change has 23 or 25 hours.
  const daysAgo = Math.round((startOfDay(new Date(now)) - day) / 86_400_000);
  if (daysAgo === 0) return 'Today';
  if (daysAgo === 1) return 'Yesterday';
  return new Date(day).toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
}

export function sameDay(a: string, b: string): boolean {
  return startOfDay(dateOf(a)) === startOfDay(dateOf(b));
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
