import type { Clock } from '../clock.ts';

/** One time to be reminded at, for as long as a run lasts. */
export interface Alarm {
  /** ms since the epoch, instead of what was set before; infinity: never. */
  set(at: number): void;
  end(): void;
}

/** setTimeout takes no more, and a run that lasts as long has been reminded of other things before. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

export function createAlarm(clock: Clock, { onDue }: { onDue: () => void }): Alarm {
  let setTo = Number.POSITIVE_INFINITY;
  let cancel = () => {};
  const end = () => {
    cancel();
    cancel = () => {};
    setTo = Number.POSITIVE_INFINITY;
  };
  return {
    set(at) {
      if (at === setTo) return;
      end();
      setTo = at;
      if (at === Number.POSITIVE_INFINITY) return;
      cancel = clock.after(Math.min(Math.max(0, at - clock.now()), LONGEST_WAIT_MS), () => {
        setTo = Number.POSITIVE_INFINITY;
        onDue();
      });
    },
    end,
  };
}
