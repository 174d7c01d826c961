import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { setupError } from '../setup-error.ts';
import { guardFrames, type SocketClient } from './frames.ts';

/** One Socket Mode connection, from Slack's hello to its end. */
export interface Line {
  /** When Slack said hello, in ms since the epoch. */
  since: number;
  /** Resolves when another one must take its place, with Slack's reason for it, or `lost`. It may still work then. */
  over: Promise<string>;
  /** Resolves when the socket is closed. */
  close(): Promise<void>;
}

export interface LineOptions {
  clock: Clock;
  log: Logger;
  /** Aborted when no line is wanted any more. */
  signal: AbortSignal;
  /** The body of each delivery, before it is taken in. */
  onDelivery(payload: unknown): void;
}

/** From asking for the address to Slack's hello. */
const HELLO_WITHIN_MS = 20_000;
/** The client would wait 30 s for a peer that never finishes the closing handshake. */
const CLOSED_WITHIN_MS = 2_000;

/**
 * Connects a client that was never used before. A peer that answers no pings is lost to it after 5 to 9 s.
 * Rejects when Slack does not say hello, with what its Web API said or a SlackSetupError where that is the reason.
 */
export async function openLine(client: SocketClient, { clock, log, signal, onDelivery }: LineOptions): Promise<Line> {
  let isOpen = false;
  let end = (_why: string) => {};
  const over = new Promise<string>((resolve) => {
    end = resolve;
  });

  /** Asks the client to close; a second request makes it give up on the handshake. */
  const close = async () => {
    const force = clock.after(CLOSED_WITHIN_MS, () => void client.disconnect());
    await client.disconnect();
    force();
  };

  guardFrames(client, {
    log,
    onDelivery,
    onGoodbye(reason) {
      end(reason);
      // Turned away before its hello: nothing is to be kept.
      if (!isOpen) void close();
    },
  });
  client.on('disconnected', () => end('lost'));
  const giveUp = () => void client.disconnect();
  const stopWaiting = clock.after(HELLO_WITHIN_MS, giveUp);
  signal.addEventListener('abort', giveUp);
  try {
    await client.start();
    isOpen = true;
  } catch (error) {
    if (error !== undefined) throw error;
    // The client rejects with nothing when the socket closes before the hello.
    const why = await over;
    throw why === 'link_disabled'
      ? setupError(why, 'SLACK_APP_TOKEN')
      : new Error(`Slack closed the connection before its hello: ${why}`);
  } finally {
    stopWaiting();
    signal.removeEventListener('abort', giveUp);
  }
  return { since: clock.now(), over, close };
}
