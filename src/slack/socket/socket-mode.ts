import { type App, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { clientOptions, type WebApiOptions } from '../clients.ts';
import { fromSlack } from '../from-slack.ts';
import type { Taker, Transport } from '../transport.ts';
import { type Connection, keepConnected } from './connection.ts';
import { createHearing } from './hearing.ts';

export interface SocketModeOptions {
  appToken: string;
  webApi: WebApiOptions;
  clock: Clock;
  log: Logger;
  /** Slack will not take us back after the connection was lost: a SlackSetupError. */
  onFatal(error: Error): void;
  /** Nothing could come in for this time, in ms since the epoch. */
  onGap?: ((gap: { from: number; to: number }) => void) | undefined;
}

/** Short, since nothing can cut this request off when the process has to go. */
const ADDRESS_WITHIN_MS = 5_000;

/** Deliveries come over a WebSocket that we open. */
export function createSocketMode({ clock, log, onFatal, onGap, ...options }: SocketModeOptions): Transport {
  let connection: Connection | undefined;
  const hearing = createHearing({ clock, onDeaf: () => connection?.renew('deaf') });

  return {
    async open(taker, identity) {
      connection = keepConnected(() => createReceiver(taker, { ...options, log }).client, {
        clock,
        log,
        onFatal,
        ...(onGap && { onGap }),
        onDelivery(payload) {
          const translated = fromSlack(payload, identity);
          hearing.delivered({ isEcho: 'ignored' in translated && translated.ignored === 'own-echo' });
        },
      });
      await connection.open();
    },
    posting: hearing.posting,
    async close() {
      hearing.stop();
      await connection?.close();
    },
  };
}

interface ReceiverOptions {
  appToken: string;
  webApi: WebApiOptions;
  log: Logger;
}

/**
 * For one connection. Its client does not reconnect by itself, nor repeat a failed request for an address:
 * `keepConnected` does both, and can be stopped.
 */
function createReceiver(taker: Taker, { appToken, webApi, log }: ReceiverOptions): SocketModeReceiver {
  const { logger: _logger, ...socketOptions } = clientOptions(webApi, 0);
  const receiver = new SocketModeReceiver({
    appToken,
    logger: webApi.logger,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: { ...socketOptions, timeout: ADDRESS_WITHIN_MS } },
    async processEventErrorHandler({ error, event }) {
      log.error(
        { err: error, type: event.body?.type, retry: event.retryNum },
        'delivery not acknowledged; Slack repeats it',
      );
      return false;
    },
  });
  // Nothing else of the app is used.
  receiver.init(taker as App);
  return receiver;
}
