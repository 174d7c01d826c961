import { setTimeout as pause, setImmediate as soon } from 'node:timers/promises';
import type { Sqlite } from './sqlite.ts';
import { StoreError } from './store-error.ts';

/** Does one write after the other, in the order of the calls. What it gives is on disk. */
export type WriteQueue = <T>(write: () => T) => Promise<T>;

interface OpenQueue {
  queue: WriteQueue;
  /** Writes at once what still waits. */
  drain(): void;
}

interface QueueOptions {
  sqlite: Pick<Sqlite, 'together'>;
  /** In real time. */
  patienceMs: number;
}

interface Waiting {
  /** Writes; gives how to tell so, once that is on disk. */
  write(): () => void;
  reject(error: unknown): void;
}

const AGAIN_MS = 50;

/**
 * Each commit waits for the disk, with the process: so whoever writes in the same moment shares one. A write that is
 * refused is refused alone. A database that somebody else holds is waited for, with the process free for other things
 * meanwhile; then the writes are refused with the StoreError `locked`.
 */
export function createWriteQueue({ sqlite, patienceMs }: QueueOptions): OpenQueue {
  let waiting: Waiting[] = [];
  let isFlushing = false;

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      // Whatever has come in by now gets on.
      await soon();
      const batch = waiting;
      waiting = [];
      if (batch.length > 0) await commit(batch);
    }
    isFlushing = false;
  }

  async function commit(batch: Waiting[]): Promise<void> {
    const until = Date.now() + patienceMs;
    for (;;) {
      try {
        return write(batch);
      } catch (error) {
        const isHeld = error instanceof StoreError && error.code === 'locked';
        if (!isHeld && batch.length > 1) return oneByOne(batch);
        if (!isHeld || Date.now() >= until) return refuse(batch, error);
      }
      await pause(AGAIN_MS);
    }
  }

  function write(batch: Waiting[]): void {
    let tell: (() => void)[] = [];
    sqlite.together(() => {
      tell = batch.map((each) => each.write());
    });
    for (const each of tell) each();
  }

  function oneByOne(batch: Waiting[]): void {
    for (const each of batch) {
      try {
        write([each]);
      } catch (error) {
        refuse([each], error);
      }
    }
  }

  function refuse(batch: Waiting[], error: unknown): void {
    for (const { reject } of batch) reject(error);
  }

  const queue: WriteQueue = (work) =>
    new Promise((resolve, reject) => {
      waiting.push({
        write() {
          const result = work();
          return () => resolve(result);
        },
        reject,
      });
      if (isFlushing) return;
      isFlushing = true;
      void flush();
    });

  return {
    queue,
    drain() {
      const batch = waiting;
      waiting = [];
      oneByOne(batch);
    },
  };
}
