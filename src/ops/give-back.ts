/** Gives back to the machine what a burst of work has used, once nothing runs any more. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '../clock.ts';

export interface GiveBackOptions {
  /** No thread runs. */
  isAtRest(): boolean;
  clock: Clock;
  heap?: Heap;
}

export interface Heap {
  /** In bytes, with what nobody refers to any more. */
  used(): number;
  collect(): void;
}

const LOOK_EVERY_MS = 5_000;
/** Below this, there is nothing worth stopping for, even for the few hundredths of a second that it takes. */
const WORTH_BYTES = 4_000_000;

/**
 * V8 collects when it needs room, and with nothing to do it needs none: a process in which everything is parked would
 * go on holding what its busiest minute took. Returns how to end it.
 */
export function giveBackAtRest({ isAtRest, clock, heap = v8Heap() }: GiveBackOptions): () => void {
  let kept = heap.used();
  let wasAtRest = false;
  let cancel = () => {};

  const look = () => {
    const isResting = isAtRest();
    // Twice in a row: between two turns of a conversation nothing may run for a moment.
    if (isResting && wasAtRest && heap.used() - kept > WORTH_BYTES) {
      heap.collect();
      kept = heap.used();
    }
    wasAtRest = isResting;
    cancel = clock.after(LOOK_EVERY_MS, look);
  };
  cancel = clock.after(LOOK_EVERY_MS, look);
  return () => cancel();
}

/** The one way to ask for a collection without an option of `node`, which whoever starts us would have to know of. */
function v8Heap(): Heap {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  const collect = () => {
    gc();
    // Only this one gives back what the first has emptied.
    gc();
  };
  return { used: () => process.memoryUsage().heapUsed, collect };
}
