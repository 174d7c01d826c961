import { sleep } from '../../clock.ts';
import type { RendererDeps } from './edit-renderer.ts';
import { refusalOf } from './refusal.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** Repeats a call whose outcome is unknown, which is safe for it; undefined when nothing more may be written. */
export async function insist<T>({ clock, signal }: RendererDeps, call: () => Promise<T>): Promise<T | undefined> {
  for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
    try {
      return await call();
    } catch (error) {
      if (refusalOf(error) !== null) throw error;
      await sleep(clock, waitMs, signal);
    }
  }
  return undefined;
}
