import type { Clock } from '../../clock.ts';
import { GROWING } from '../pacer/queue.ts';
import type { Chunks, Streaming } from './thread-writes.ts';

/** What could be a message as well does not wait for a stream's limits for longer. */
const WITHIN_MS = 1_500;

/** The same write, but what people wait for goes out soon or not at all. */
export function impatient<C extends Chunks>(
  clock: Clock,
  { render, urgency }: Streaming<C>,
): Streaming<C> & { isOver(): boolean } {
  let since: number | null = null;
  const isOver = () => since !== null && clock.now() - since > WITHIN_MS;
  return {
    render,
    isOver,
    urgency() {
      const rank = urgency();
      if (!GROWING.has(rank)) since ??= clock.now();
      return isOver() ? null : rank;
    },
  };
}
