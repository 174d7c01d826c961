import type { Clock } from '../clock.ts';

/** So many requests a minute and no more, whoever makes them: those that came first go first. */
export interface Allowance {
  /** Resolves when one more may be made, or the signal has aborted. `later`: after all that are not, and what is kept for them. */
  take(options?: { later?: boolean; signal?: AbortSignal }): Promise<void>;
  /** One more could be made at once. */
  isFree(): boolean;
  /**
   * Resolves when one more could be made that nobody has taken or waits for, unless it may wait; or when the signal has
   * aborted. For work that makes requests of its own: it is begun no faster than they can be made.
   */
  room(signal?: AbortSignal): Promise<void>;
  /** None is made for as long as this: the other side said that it was too much. */
  pause(ms: number): void;
}

interface AllowanceOptions {
  clock: Clock;
  perMinute: number;
  /** How many may be made at once after a while without any. */
  burst: number;
  /** What those that may wait leave for the others, who may be about to come. */
  kept?: number;
}

interface Waiting {
  /** How many requests it stands for. */
  cost: 0 | 1;
  go(): void;
}

const LINES = ['soon', 'room', 'later'] as const;

export function createAllowance({ clock, perMinute, burst, kept = 0 }: AllowanceOptions): Allowance {
  const needed = { soon: 1, room: 1, later: 1 + kept };
  const msEach = 60_000 / perMinute;
  const lines: Record<(typeof LINES)[number], Waiting[]> = { soon: [], room: [], later: [] };
  let tokens = burst;
  let countedAt = clock.now();
  let pausedUntil = 0;
  let disarm = () => {};

  const count = () => {
    const now = clock.now();
    tokens = Math.min(burst, tokens + (now - countedAt) / msEach);
    countedAt = now;
  };

  const firstLine = () => LINES.find((name) => lines[name].length > 0);

  const serve = () => {
    disarm();
    count();
    for (let name = firstLine(); name !== undefined; name = firstLine()) {
      if (tokens < needed[name] || clock.now() < pausedUntil) return arm(needed[name]);
      const next = lines[name].shift();
      tokens -= next?.cost ?? 0;
      next?.go();
    }
  };

  const arm = (least: number) => {
    const waitMs = Math.max((least - tokens) * msEach, pausedUntil - clock.now());
    disarm = clock.after(Math.ceil(waitMs), serve);
  };

  const wait = (line: Waiting[], { cost, signal }: { cost: Waiting['cost']; signal: AbortSignal | undefined }) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      const leave = () => {
        const index = line.indexOf(waiting);
        if (index >= 0) line.splice(index, 1);
        resolve();
      };
      const waiting: Waiting = {
        cost,
        go() {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      line.push(waiting);
      serve();
    });

  return {
    take: ({ later = false, signal } = {}) => wait(later ? lines.later : lines.soon, { cost: 1, signal }),
    isFree() {
      count();
      return tokens >= 1 && clock.now() >= pausedUntil && lines.soon.length === 0;
    },
    room: (signal) => wait(lines.room, { cost: 0, signal }),
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
      tokens = Math.min(tokens, 1);
    },
  };
}
