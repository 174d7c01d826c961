import type { Clock } from '../../clock.ts';
import { inTime } from './in-time.ts';

/** Slack shows a warning after three seconds without an acknowledgement, and brings a click only once. */
export const ACK_WITHIN_MS = 2_500;

export interface AckOptions {
  clock: Clock;
  ack(): Promise<void>;
  /** Called after an acknowledgement that came before its reason. */
  late(): Promise<void>;
}

/**
 * Lets work reach the disk before its click is acknowledged. Work that takes longer than Slack waits goes on after the
 * acknowledgement: it may still succeed, so nothing must be said of its end before it is there.
 */
export async function ackWhenDone<T>(work: Promise<T>, { clock, ack, late }: AckOptions): Promise<T> {
  // A failure is the caller's, who gets it with the work itself.
  const first = await inTime(work, { clock, withinMs: ACK_WITHIN_MS }).catch(() => null);
  await ack();
  if (first?.late) await late();
  return work;
}
