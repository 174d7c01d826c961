import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ThreadId } from '../thread/ids.ts';
import type { Schedule } from '../thread/ports.ts';

/** Rings for each thread of the schedule when its time has come, with one timer for all of them. */
export interface Bell {
  /** From now on, and at once for every time that has passed. */
  start(): void;
  /** A thread's time in the schedule has changed to this. */
  set(thread: ThreadId, at: number): void;
  /** Rings no more; resolves when nothing reads the schedule any more. */
  stop(): Promise<void>;
}

interface BellOptions {
  schedule: Schedule;
  clock: Clock;
  log: Logger;
  ring(thread: ThreadId): void;
}

/** setTimeout takes at most 2^31 - 1 ms and fires at once beyond that, so a far time is reached in days. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** How long after a failure the schedule is read again. */
const READ_AGAIN_MS = 10_000;

export function createBell({ schedule, clock, log, ring }: BellOptions): Bell {
  let state: 'not started' | 'on' | 'off' = 'not started';
  /** Every time up to this one has rung. */
  let rungUntil = Number.NEGATIVE_INFINITY;
  let next: { at: number; cancel: () => void } | null = null;
  let reading = Promise.resolve();

  function arm(at: number): void {
    if (state !== 'on' || (next !== null && next.at <= at)) return;
    next?.cancel();
    const waitMs = Math.min(Math.max(0, at - clock.now()), LONGEST_WAIT_MS);
    next = { at, cancel: clock.after(waitMs, read) };
  }

  function read(): void {
    next?.cancel();
    next = null;
    reading = reading.then(ringDue);
  }

  async function ringDue(): Promise<void> {
    try {
      const now = clock.now();
      for await (const { thread, at } of schedule.after(rungUntil)) {
        if (state !== 'on') return;
        if (at > now) {
          arm(at);
          break;
        }
        ring(thread);
      }
      rungUntil = now;
    } catch (error) {
      log.error({ err: error }, 'the schedule cannot be read');
      arm(clock.now() + READ_AGAIN_MS);
    }
  }

  return {
    start() {
      state = 'on';
      read();
    },
    set(thread, at) {
      // Before the start nothing is armed: starting reads all there is.
      if (state !== 'on') return;
      if (at <= clock.now()) return ring(thread);
      // The clock may have been put back.
      rungUntil = Math.min(rungUntil, at - 1);
      arm(at);
    },
    async stop() {
      state = 'off';
      next?.cancel();
      await reading;
    },
  };
}
