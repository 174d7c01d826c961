import type { Clock } from '../../src/clock.ts';

/** Real time, which can leap: what was due in between happens at once, in order. */
export interface LeapClock extends Clock {
  leap(ms: number): void;
  /** How much still waits for its time. */
  armed(): number;
}

interface Timer {
  at: number;
  run: () => void;
  handle: NodeJS.Timeout;
}

export function leapClock(): LeapClock {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const timers = new Set<Timer>();

  const arm = (timer: Timer) => {
    timer.handle = setTimeout(
      () => {
        timers.delete(timer);
        timer.run();
      },
      Math.min(Math.max(timer.at - now(), 0), 2 ** 31 - 1),
    );
  };
  return {
    now,
    after(ms, run) {
      const timer = { at: now() + ms, run } as Timer;
      timers.add(timer);
      arm(timer);
      return () => {
        clearTimeout(timer.handle);
        timers.delete(timer);
      };
    },
    armed: () => timers.size,
    leap(ms) {
      ahead += ms;
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        clearTimeout(timer.handle);
        arm(timer);
      }
    },
  };
}
