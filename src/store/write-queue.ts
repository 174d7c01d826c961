import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from './store-error.ts';

/** Does one write after the other, in the order of the calls. */
export type WriteQueue = <T>(write: () => T) => Promise<T>;

const AGAIN_MS = 50;

/**
 * A database that somebody else holds is waited for, up to `patienceMs` in real time, with the process free for other
 * things meanwhile. Then the write is refused, with the StoreError `locked`.
 */
export function createWriteQueue(patienceMs: number): WriteQueue {
  let last: Promise<unknown> = Promise.resolve();

  async function patiently<T>(write: () => T): Promise<T> {
    const until = Date.now() + patienceMs;
    for (;;) {
      try {
        return write();
      } catch (error) {
        const isHeld = error instanceof StoreError && error.code === 'locked';
        if (!isHeld || Date.now() >= until) throw error;
      }
      await pause(AGAIN_MS);
    }
  }

  return (write) => {
    const mine = last.then(() => patiently(write));
    last = mine.catch(() => {});
    return mine;
  };
}
