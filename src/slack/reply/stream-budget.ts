import type { Clock } from '../../clock.ts';
import type { Pacer } from '../pacer/pacer.ts';

/** What the workspace can afford of streams. */
export interface StreamBudget {
  /** Null: there is no room for one more. */
  take(): Slot | null;
}

export interface Slot {
  started(): void;
  /** It is not open any more, or never was. */
  left(): void;
}

/** Slack has ended a stream by then, whatever became of it. */
const LONGEST_LIFE_MS = 6 * 60_000;

/**
 * A stream costs a start, appends and a stop, out of what all streams of the workspace share. It is begun only while
 * there is a stop for it too, beside those that the open ones still need: else an answer would not be finished.
 */
export function createStreamBudget(pacer: Pacer, clock: Clock): StreamBudget {
  const open = new Map<Slot, number>();
  const starting = new Set<Slot>();
  const room = (method: string) => pacer.room({ method });

  return {
    take() {
      for (const [slot, since] of open) if (clock.now() - since > LONGEST_LIFE_MS) slot.left();
      const isShort =
        room('chat.startStream') <= starting.size ||
        room('chat.stopStream') <= open.size ||
        room('chat.appendStream') < 1;
      if (isShort) return null;
      const slot: Slot = {
        started: () => void starting.delete(slot),
        left() {
          starting.delete(slot);
          open.delete(slot);
        },
      };
      starting.add(slot);
      open.set(slot, clock.now());
      return slot;
    },
  };
}
