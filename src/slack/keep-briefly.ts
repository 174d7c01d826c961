import type { Clock } from '../clock.ts';

export interface KeepBrieflyOptions<T> {
  clock: Clock;
  keepMs: number;
  load(id: string): Promise<T>;
}

const KEPT = 1_000;

/** Looks something up and keeps the answer for a while; who asks meanwhile shares it. A failure is not kept. */
export function keepBriefly<T>({ clock, keepMs, load }: KeepBrieflyOptions<T>): (id: string) => Promise<T> {
  const known = new Map<string, { answer: Promise<T>; until: number }>();
  return (id) => {
    const entry = known.get(id);
    if (entry && clock.now() < entry.until) return entry.answer;
    // What takes long to arrive is no older for it than when it was asked for.
    const fresh = { answer: load(id), until: clock.now() + keepMs };
    known.delete(id);
    known.set(id, fresh);
    fresh.answer.catch(() => {
      if (known.get(id) === fresh) known.delete(id);
    });
    const [oldest] = known.keys();
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    return fresh.answer;
  };
}
