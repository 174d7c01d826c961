import { type Clock, sleep } from '../../clock.ts';
import { TurnOver } from './turn-ends.ts';

/** Every way a turn waits; all of them reject once it is interrupted. */
export interface TurnWaits {
  signal: AbortSignal;
  interrupt(): void;
  throwIfOver(): void;
  /** Clock time, whatever the pace. */
  waitFor(ms: number): Promise<void>;
  /** A script's time, multiplied by the pace. */
  wait(ms: number): Promise<void>;
  until(ready: () => boolean): Promise<void>;
  /** Has `until` look at its condition again. */
  wake(): void;
}

export function createTurnWaits(clock: Clock, pace: number): TurnWaits {
  const stopping = new AbortController();
  const { signal } = stopping;
  let wake = () => {};
  const throwIfOver = () => {
    if (signal.aborted) throw new TurnOver({ type: 'interrupted' });
  };
  const waitFor = async (ms: number) => {
    await sleep(clock, ms, signal);
    throwIfOver();
  };
  return {
    signal,
    interrupt() {
      stopping.abort();
      wake();
    },
    throwIfOver,
    waitFor,
    wait: (ms) => waitFor(ms * pace),
    async until(ready) {
      throwIfOver();
      while (!ready()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        throwIfOver();
      }
    },
    wake: () => wake(),
  };
}
