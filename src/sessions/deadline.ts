import type { Clock } from '../clock.ts';

/** One alarm that is put off again and again, for each event of a stream: that costs no timer of its own each time. */
export interface Deadline {
  /** Rings at `at` (ms since the epoch), unless it is set to another time before. */
  set(at: number): void;
  clear(): void;
}

export function createDeadline(clock: Clock, ring: () => void): Deadline {
  let at = Number.POSITIVE_INFINITY;
  /** When the timer wakes us: not after `at`. */
  let timedAt = Number.POSITIVE_INFINITY;
  let cancel = () => {};

  const time = () => {
    if (timedAt <= at) return;
    cancel();
    timedAt = at;
    cancel = clock.after(Math.max(at - clock.now(), 0), look);
  };
  const look = () => {
    timedAt = Number.POSITIVE_INFINITY;
    if (at <= clock.now()) {
      at = Number.POSITIVE_INFINITY;
      ring();
    } else if (at < Number.POSITIVE_INFINITY) time();
  };

  return {
    set(next) {
      at = next;
      time();
    },
    clear() {
      at = Number.POSITIVE_INFINITY;
      timedAt = Number.POSITIVE_INFINITY;
      cancel();
    },
  };
}
