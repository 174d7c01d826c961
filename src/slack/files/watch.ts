import { realClock } from '../../clock.ts';

/** How long a transfer may take, in ms of real time: a slow network does not hurry with the clock of a test. */
export interface Patience {
  /** Until the other side begins to answer. */
  answerMs: number;
  /** Between two pieces. */
  pauseMs: number;
  /** All of it, with a second try: this, and a second more for each megabyte. */
  totalMs: number;
}

export const PATIENCE: Patience = { answerMs: 30_000, pauseMs: 30_000, totalMs: 60_000 };

/** Aborts a transfer that takes too long. */
export interface Watch {
  signal: AbortSignal;
  /** Something came: the next may take this long. */
  expect(withinMs: number): void;
  end(): void;
}

/** When a transfer of so many bytes has to be over, in ms since the epoch. */
export function lastMoment(bytes: number, { totalMs }: Patience): number {
  return realClock.now() + totalMs + bytes / 1_000;
}

/** Its signal aborts with `signal`, when nothing comes in time, and at `untilMs` at the latest. */
export function createWatch({ signal, untilMs }: { signal: AbortSignal; untilMs: number }): Watch {
  const controller = new AbortController();
  const giveUp = () => controller.abort(new Error('The transfer took too long.'));
  const pass = () => controller.abort(signal.reason);
  if (signal.aborted) pass();
  signal.addEventListener('abort', pass, { once: true });
  const cancelLast = realClock.after(Math.max(0, untilMs - realClock.now()), giveUp);
  let cancelNext = () => {};
  return {
    signal: controller.signal,
    expect(withinMs) {
      cancelNext();
      cancelNext = realClock.after(withinMs, giveUp);
    },
    end() {
      cancelNext();
      cancelLast();
      signal.removeEventListener('abort', pass);
    },
  };
}
