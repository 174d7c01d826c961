import { WebAPIRateLimitedError } from '@slack/web-api';
import { type Clock, sleep } from '../clock.ts';

const TRIES = 3;
const LONGEST_WAIT_MS = 30_000;

/** Reads from Slack, and again after as long as it asks for when it says that this was too much. */
export async function patiently<T>(clock: Clock, read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof WebAPIRateLimitedError) || tries === TRIES) throw error;
      const waitMs = error.retryAfter * 1000;
      if (waitMs > LONGEST_WAIT_MS) throw error;
      await sleep(clock, waitMs);
    }
  }
}
