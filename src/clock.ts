/**
 * Time as a parameter: everything that waits or measures takes a Clock, so that a test can run six minutes in a
 * moment and the playground can be told to hurry.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `ms` of this clock's time; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A clock that runs `speed` times as fast as the real one. Two that began at the same time show the same. */
export function fastClock(speed: number, startedAt = Date.now()): Clock {
  return {
    now: () => Math.round(startedAt + (Date.now() - startedAt) * speed),
    after: (ms, run) => realClock.after(ms / speed, run),
  };
}

/** Resolves after `ms` of the clock's time, or as soon as the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}
