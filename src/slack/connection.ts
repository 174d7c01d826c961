import { WebAPIRateLimitedError } from '@slack/web-api';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../clock.ts';
import { guardFrames, type SocketClient } from './frames.ts';
import { asSetupError, setupError, startError } from './setup-error.ts';

/** The one Socket Mode connection, which comes back whenever it is lost. */
export interface Connection {
  /** Resolves when Slack has said hello. Rejects with a SlackSetupError. */
  open(): Promise<void>;
  /** Resolves when the socket is closed. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  clock: Clock;
  log: Logger;
  /** Slack will not take us back: a SlackSetupError. Nothing is received any more. */
  onFatal(error: Error): void;
}

/** A connection that has lasted this long was a good one: its end says nothing against the next. */
const STEADY_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;
/** From asking for the address to Slack's hello. */
const HELLO_WITHIN_MS = 20_000;
/** The client would wait 30 s for a peer that never finishes the closing handshake. */
const CLOSED_WITHIN_MS = 2_000;

/**
 * Reconnects in the client's stead: `client` must be built with `autoReconnectEnabled: false`. On its own, Socket Mode
 * 3.1.0 waits 5 s before each reconnect, and a refusal on reconnecting is a rejection nobody can catch, which ends the
 * process. Here the first reconnect comes at once, later ones after growing waits, and a refusal reaches `onFatal`.
 * What is left: while there is no connection Slack keeps events and repeats them, but a click in that gap is lost.
 */
export function keepConnected(client: SocketClient, { clock, log, onFatal }: ConnectionOptions): Connection {
  const closing = new AbortController();
  let goodbye = '';
  let onDrop = () => {};
  let following: Promise<void> = Promise.resolve();

  /** Asks the client to close; a second request makes it give up on the handshake. */
  const closeSocket = async () => {
    const force = clock.after(CLOSED_WITHIN_MS, () => void client.disconnect());
    await client.disconnect();
    force();
  };

  guardFrames(client, {
    log,
    onGoodbye(reason) {
      goodbye = reason;
      log.info({ reason }, 'Slack closes the connection');
      // The client begins the closing handshake when it reads this same frame.
      const force = clock.after(CLOSED_WITHIN_MS, () => void client.disconnect());
      client.once('disconnected', force);
    },
  });
  client.on('disconnected', () => onDrop());

  /** One try. The promise inside the result ends with the connection. */
  const connect = async () => {
    goodbye = '';
    const dropped = new Promise<void>((resolve) => {
      onDrop = resolve;
    });
    const giveUp = clock.after(HELLO_WITHIN_MS, () => void client.disconnect());
    try {
      await client.start();
    } finally {
      giveUp();
    }
    log.info('connected to Slack');
    return { dropped, since: clock.now() };
  };

  const follow = async (first: Awaited<ReturnType<typeof connect>>) => {
    let connected: typeof first | undefined = first;
    let tries = 0;
    let waitMs = 0;
    while (!closing.signal.aborted) {
      if (connected) {
        await connected.dropped;
        if (closing.signal.aborted) return;
        if (goodbye === 'link_disabled') return onFatal(setupError('link_disabled', 'SLACK_APP_TOKEN'));
        if (clock.now() - connected.since >= STEADY_MS) tries = 0;
        waitMs = waitBefore(tries);
        connected = undefined;
      }
      await sleep(clock, waitMs, closing.signal);
      if (closing.signal.aborted) return;
      tries += 1;
      try {
        connected = await connect();
      } catch (error) {
        const refused = asSetupError(error, 'SLACK_APP_TOKEN');
        if (refused) return onFatal(refused);
        waitMs = Math.max(waitBefore(tries), retryAfterMs(error));
        log.warn({ err: error, waitMs }, 'Slack cannot be reached; trying again');
      }
    }
    // Closed while a try was under way: the client connects all the same.
    if (connected) await closeSocket();
  };

  return {
    async open() {
      const first = await connect().catch((error: unknown) => {
        throw startError(error, 'SLACK_APP_TOKEN');
      });
      following = follow(first);
    },
    async close() {
      closing.abort();
      await closeSocket();
      await following;
    },
  };
}

/** Nothing before the first try, then 1 s, 2 s, 4 s … */
function waitBefore(tries: number): number {
  return tries === 0 ? 0 : Math.min(1000 * 2 ** (tries - 1), LONGEST_WAIT_MS);
}

function retryAfterMs(error: unknown): number {
  return error instanceof WebAPIRateLimitedError ? error.retryAfter * 1000 : 0;
}
