import { type Clock, sleep } from '../../clock.ts';

/** `late`: there is no result yet; the work goes on. */
export type InTime<T> = { late: false; result: T } | { late: true };

/** Waits for work as long as whoever waits for us has patience. Rejects when the work does, in that time. */
export async function inTime<T>(work: Promise<T>, { clock, withinMs }: { clock: Clock; withinMs: number }) {
  const over = new AbortController();
  const limit = sleep(clock, withinMs, over.signal).then((): InTime<T> => ({ late: true }));
  try {
    return await Promise.race([work.then((result): InTime<T> => ({ late: false, result })), limit]);
  } finally {
    over.abort();
  }
}
