import type { Clock } from '../clock.ts';

export interface RememberOptions {
  clock: Clock;
  /** Rejects when it cannot say. */
  load(id: string): Promise<string>;
  /** The answer when it cannot. */
  otherwise(id: string): string;
}

const KEPT = 5_000;
const KEEP_MS = 3_600_000;
/** How long a failed look-up is not tried again, so that a limit we met is not met at every message. */
const KEEP_FAILURE_MS = 30_000;

/** Looks something up once an hour per id; concurrent askers share one look-up. Never rejects. */
export function createMemory({ clock, load, otherwise }: RememberOptions): (id: string) => Promise<string> {
  const known = new Map<string, { answer: Promise<string>; until: number }>();

  return (id) => {
    const now = clock.now();
    const entry = known.get(id);
    if (entry && now < entry.until) return entry.answer;
    const fresh = { answer: Promise.resolve(''), until: now + KEEP_MS };
    fresh.answer = load(id).catch(() => {
      // A name is a courtesy: the id says the same, and the next look-up may do better.
      fresh.until = clock.now() + KEEP_FAILURE_MS;
      return otherwise(id);
    });
    known.delete(id);
    known.set(id, fresh);
    const [oldest] = known.keys();
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    return fresh.answer;
  };
}
