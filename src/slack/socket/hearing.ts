import type { Clock } from '../../clock.ts';

/**
 * Tells a connection that hears nothing from one where nothing is said: each message that we post comes back as an
 * event. Where it does not, and nothing else comes either, we are deaf, however well the socket answers pings.
 */
export interface Hearing {
  /** A message of ours is on its way; the returned function is called when it stands in Slack. */
  posting(): () => void;
  /** Something was delivered; `isEcho`: a message of ours that came back. */
  delivered(what: { isEcho: boolean }): void;
  stop(): void;
}

/** Events come within a second or two; Slack repeats one that got lost after 3 s, and again after a minute. */
const ECHO_WITHIN_MS = 20_000;

/**
 * `onDeaf` is called once. It is called again only after an echo was heard: where messages never come back, as with an
 * app that does not ask for the events of this kind of channel, that must not end one connection after another.
 */
export function createHearing({ clock, onDeaf }: { clock: Clock; onDeaf(): void }): Hearing {
  let isInDoubt = false;
  let deliveries = 0;
  let stopWaiting: (() => void) | undefined;

  const believe = () => {
    stopWaiting?.();
    stopWaiting = undefined;
  };
  const doubt = () => {
    stopWaiting = undefined;
    isInDoubt = true;
    onDeaf();
  };
  return {
    posting() {
      // The echo may come before the answer.
      const before = deliveries;
      return () => {
        if (deliveries === before && !isInDoubt) stopWaiting ??= clock.after(ECHO_WITHIN_MS, doubt);
      };
    },
    delivered({ isEcho }) {
      deliveries += 1;
      believe();
      if (isEcho) isInDoubt = false;
    },
    stop: believe,
  };
}
