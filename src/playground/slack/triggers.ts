import { type Clock, sleep } from '../../clock.ts';
import type { PlaygroundView } from '../page/contract.ts';
import { newId } from './ids.ts';
import { Refusal } from './refusal.ts';

/** The single-use tickets that let an app open a modal right after a person did something. */
export interface Triggers {
  issue(trigger: { user: string; fromView?: string }): string;
  /** Who the modal is for, and the view the trigger came from. Throws `invalid_`, `expired_` or `exchanged_trigger_id`. */
  redeem(id: string): { user: string; fromView?: string };
  /** Tells whoever waits that the trigger has opened this view. */
  opened(id: string, view: PlaygroundView): void;
  /** The view that the trigger opens within the grace time after the ack, if any. */
  outcome(id: string): Promise<PlaygroundView | undefined>;
}

const VALID_MS = 3_000;
/** An app acknowledges first and opens its modal right after; a person's script wants to see that modal. */
const GRACE_MS = 250;

interface Trigger {
  user: string;
  fromView?: string;
  issuedAt: number;
  used: boolean;
  view?: PlaygroundView;
  wake: () => void;
}

export function createTriggers(clock: Clock): Triggers {
  const triggers = new Map<string, Trigger>();
  return {
    issue(trigger) {
      const id = `${Math.floor(clock.now() / 1000)}.${newId('')}`;
      triggers.set(id, { ...trigger, issuedAt: clock.now(), used: false, wake() {} });
      clock.after(2 * VALID_MS, () => triggers.delete(id));
      return id;
    },
    redeem(id) {
      const trigger = triggers.get(id);
      // Forgotten ones still carry their second of issue, which tells an old one from an invented one.
      if (!trigger) throw new Refusal(/^\d{10}\.[0-9A-Z]{10}$/.test(id) ? 'expired_trigger_id' : 'invalid_trigger_id');
      if (trigger.used) throw new Refusal('exchanged_trigger_id');
      if (clock.now() - trigger.issuedAt > VALID_MS) throw new Refusal('expired_trigger_id');
      trigger.used = true;
      return { user: trigger.user, ...(trigger.fromView ? { fromView: trigger.fromView } : {}) };
    },
    opened(id, view) {
      const trigger = triggers.get(id);
      if (!trigger) return;
      trigger.view = view;
      trigger.wake();
    },
    async outcome(id) {
      const trigger = triggers.get(id);
      if (!trigger) return undefined;
      const woken = new AbortController();
      trigger.wake = () => woken.abort();
      if (!trigger.view) await sleep(clock, GRACE_MS, woken.signal);
      return trigger.view;
    },
  };
}
