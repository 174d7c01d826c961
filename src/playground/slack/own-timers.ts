import type { Clock } from '../../clock.ts';

/** A clock whose open timers can all be cancelled at once, so that a stopped server keeps no process alive. */
export interface OwnTimers extends Clock {
  cancelAll(): void;
}

export function ownTimers(clock: Clock): OwnTimers {
  const open = new Set<() => void>();
  return {
    now: clock.now,
    after(ms, run) {
      const stop = clock.after(ms, () => {
        open.delete(stop);
        run();
      });
      open.add(stop);
      return () => {
        open.delete(stop);
        stop();
      };
    },
    cancelAll() {
      for (const stop of open) stop();
      open.clear();
    },
  };
}
