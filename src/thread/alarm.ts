import type { Clock } from '../clock.ts';

/** One time to be reminded at. It may be put off for each event of a stream: that costs no timer of its own each time. */
export interface Alarm {
  /** ms since the epoch, instead of what was set before; infinity: never. */
  set(at: number): void;
  end(): void;
}

/** setTimeout takes no more. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

export function createAlarm(clock: Clock, { onDue }: { onDue: () => void }): Alarm {
  let setTo = Number.POSITIVE_INFINITY;
  /** When the timer looks: not after what it is set to. */
  let looksAt = Number.POSITIVE_INFINITY;
  let cancel = () => {};

  const end = () => {
    cancel();
    setTo = Number.POSITIVE_INFINITY;
    looksAt = Number.POSITIVE_INFINITY;
  };
  const time = () => {
    cancel();
    looksAt = Math.min(setTo, clock.now() + LONGEST_WAIT_MS);
    cancel = clock.after(Math.max(0, looksAt - clock.now()), look);
  };
  const look = () => {
    if (setTo > clock.now()) return time();
    end();
    onDue();
  };

  return {
    set(at) {
      if (at === Number.POSITIVE_INFINITY) return end();
      setTo = at;
      if (at < looksAt) time();
    },
    end,
  };
}
