import type { Clock } from '../clock.ts';

/** So many requests a minute and no more, whoever makes them: those that came first go first. */
export interface Allowance {
  /** Resolves when one more may be made, or the signal has aborted. `later`: after all that are not. */
  take(options?: { later?: boolean; signal?: AbortSignal }): Promise<void>;
  /** None is made for as long as this: the other side said that it was too much. */
  pause(ms: number): void;
}

interface AllowanceOptions {
  clock: Clock;
  perMinute: number;
  /** How many may be made at once after a while without any. */
  burst: number;
}

interface Waiting {
  go(): void;
}

export function createAllowance({ clock, perMinute, burst }: AllowanceOptions): Allowance {
  const msEach = 60_000 / perMinute;
  const lines: { soon: Waiting[]; later: Waiting[] } = { soon: [], later: [] };
  let tokens = burst;
  let countedAt = clock.now();
  let pausedUntil = 0;
  let isArmed = false;

  const count = () => {
    const now = clock.now();
    tokens = Math.min(burst, tokens + (now - countedAt) / msEach);
    countedAt = now;
  };

  const serve = () => {
    count();
    while (tokens >= 1 && clock.now() >= pausedUntil) {
      const next = lines.soon.shift() ?? lines.later.shift();
      if (!next) return;
      tokens -= 1;
      next.go();
    }
    if (isArmed || lines.soon.length + lines.later.length === 0) return;
    isArmed = true;
    const waitMs = Math.max((1 - tokens) * msEach, pausedUntil - clock.now());
    clock.after(Math.ceil(waitMs), () => {
      isArmed = false;
      serve();
    });
  };

  return {
    take: ({ later = false, signal } = {}) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const line = later ? lines.later : lines.soon;
        const leave = () => {
          const index = line.indexOf(waiting);
          if (index >= 0) line.splice(index, 1);
          resolve();
        };
        const waiting = {
          go() {
            signal?.removeEventListener('abort', leave);
            resolve();
          },
        };
        signal?.addEventListener('abort', leave, { once: true });
        line.push(waiting);
        serve();
      }),
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms);
      tokens = Math.min(tokens, 1);
    },
  };
}
