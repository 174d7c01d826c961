import { type Clock, sleep } from '../../clock.ts';
import { refusalOf } from './refusal.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

interface Insisting {
  clock: Clock;
  /** Aborted when nothing more may be written. */
  signal: AbortSignal;
  /** How often it is worth trying; always, when left out. */
  tries?: number;
}

/** Repeats a call whose outcome is unknown, which is safe for it; undefined when nothing more may be written. */
export async function insist<T>(
  { clock, signal, tries = Infinity }: Insisting,
  call: () => Promise<T>,
): Promise<T | undefined> {
  let waitMs = FIRST_RETRY_MS;
  for (let tried = 1; !signal.aborted; tried += 1) {
    try {
      return await call();
    } catch (error) {
      if (refusalOf(error) !== null || tried >= tries) throw error;
      await sleep(clock, waitMs, signal);
      waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS);
    }
  }
  return undefined;
}
