import type { Clock } from '../clock.ts';
import { type Input, tsMs } from './input.ts';

/** How long after a failure that may pass something is tried again. */
export const RETRY_MS = 60_000;
/** An input older than this is given up instead of tried again. */
export const GIVE_UP_MS = 3_600_000;

export function ageMs(input: Input, clock: Clock): number {
  return clock.now() - tsMs(input);
}
