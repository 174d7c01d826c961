import { App, type Receiver, type ReceiverEvent } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Desk } from '../thread/gate-ports.ts';
import { createBoltLog } from './bolt-log.ts';
import { clientOptions, createReader, createWriter, type WebApiOptions } from './clients.ts';
import type { Identity } from './from-slack.ts';
import { ACK_WITHIN_MS } from './gate/ack-when-done.ts';
import { OTHER_ACTIONS } from './gate/actions.ts';
import { inTime } from './gate/in-time.ts';
import { listenForDecisions } from './gate/listen.ts';
import { createHttpMode } from './http/http-mode.ts';
import { createIntake, type Intake, type IntakePorts } from './intake.ts';
import { SlackSetupError, startError } from './setup-error.ts';
import { createSocketMode } from './socket/socket-mode.ts';
import type { SignedRequest, Transport } from './transport.ts';

/** Where what people do goes: inputs to the inbox, decisions to the desk. */
interface FrontDoorPorts extends IntakePorts {
  desk: Desk;
}

export interface FrontDoorOptions {
  botToken: string;
  /** Over a socket that we open, or as requests that Slack signs. */
  transport: { type: 'socket'; appToken: string } | { type: 'http'; signingSecret: string };
  /** `SLACK_API_URL`; Slack's own when absent. */
  apiUrl?: string | undefined;
  /** False: nothing that people do is taken in or acknowledged, so that Slack brings it to somebody else. */
  takesIn?: boolean;
  clock: Clock;
  log: Logger;
  /** Slack will not take us back after the connection was lost: a SlackSetupError, to end the process with. */
  onFatal(error: Error): void;
  /** Nothing could come in for this time, in ms since the epoch; now it can again. */
  onGap?: ((gap: { from: number; to: number }) => void) | undefined;
}

export interface FrontDoor {
  /** For what changes something in Slack. */
  client: WebClient;
  /** For look-ups. */
  reader: WebClient;
  /** Where the requests go that Slack sends; null when it sends none. */
  take: ((request: SignedRequest) => Promise<Response>) | null;
  /** Who we are; throws before `identify` or `start` has found out. */
  identity(): Identity;
  /** Finds out who we are, for look-ups before anything is taken in. Rejects with a SlackSetupError. */
  identify(): Promise<void>;
  /** Finds out who we are, if that is not known yet, connects, and takes in every delivery from then on. Rejects with a SlackSetupError. */
  start(ports: FrontDoorPorts): Promise<void>;
  /** Calls back with the body of every delivery, before it is taken in. The returned function ends that. */
  listen(listener: (body: unknown) => void): () => void;
  /** Resolves when nothing comes in any more and what had come in is on disk. */
  stop(): Promise<void>;
}

/** Slack through Bolt: every delivery is on disk before Slack gets its acknowledgement. */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const { botToken, apiUrl, takesIn = true, clock, log, onFatal } = options;
  const webApi = { apiUrl, logger: createBoltLog(log) };
  const { transport, take } = createTransport(options.transport, { webApi, clock, log, onFatal, onGap: options.onGap });
  const client = createWriter(botToken, { ...webApi, onPosting: transport.posting });
  const reader = createReader(botToken, webApi);
  const inFlight = new Set<Promise<void>>();
  const listeners = new Set<(body: unknown) => void>();
  let identity: Identity | undefined;

  return {
    client,
    reader,
    take,
    identity() {
      if (!identity) throw new Error('the front door has not been started');
      return identity;
    },
    async identify() {
      identity ??= await identify(reader);
    },
    async start(ports) {
      identity ??= await identify(reader);
      const { desk, ...intakePorts } = ports;
      const intake = takesIn ? createIntake(intakePorts, { identity, log }) : takeNothing;
      const track = (work: Promise<void>) => {
        const tracked = work.finally(() => inFlight.delete(tracked));
        inFlight.add(tracked);
        return tracked;
      };
      const app = createApp({ botToken, identity, webApi, log });
      listenForDecisions(app, { desk, teamId: identity.teamId, clock, log, track });
      await app.init();
      await transport.open(
        {
          processEvent(event) {
            for (const listener of listeners) listener(event.body);
            return track(persistFirst(event, { app, intake }));
          },
        },
        identity,
      );
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      // A click that came just now is lost without its acknowledgement; Slack waits no longer than this for one.
      await inTime(Promise.allSettled(inFlight), { clock, withinMs: ACK_WITHIN_MS });
      await transport.close();
      await Promise.allSettled(inFlight);
    },
  };
}

interface TransportDeps extends Pick<FrontDoorOptions, 'clock' | 'log' | 'onFatal' | 'onGap'> {
  webApi: WebApiOptions;
}

function createTransport(
  how: FrontDoorOptions['transport'],
  { webApi, clock, log, onFatal, onGap }: TransportDeps,
): { transport: Transport } & Pick<FrontDoor, 'take'> {
  if (how.type === 'socket') {
    return { transport: createSocketMode({ appToken: how.appToken, webApi, clock, log, onFatal, onGap }), take: null };
  }
  const http = createHttpMode({ signingSecret: how.signingSecret, clock, log });
  return { transport: http, take: http.take };
}

const takeNothing: Intake = async () => {
  throw new Error('this bot takes nothing in');
};

async function identify(reader: WebClient): Promise<Identity> {
  const answer = await reader.auth.test().catch((error: unknown) => {
    throw startError(error, 'SLACK_BOT_TOKEN');
  });
  const { user_id: botUserId, bot_id: botId, team_id: teamId } = answer;
  if (!botUserId || !botId || !teamId) {
    throw new SlackSetupError(
      'not_a_bot_token',
      'SLACK_BOT_TOKEN is a person’s token. Take the bot’s, which begins with xoxb-.',
    );
  }
  return { botUserId, botId, teamId };
}

/**
 * Puts the intake in front of Bolt, which would acknowledge an event before any listener or middleware runs, so that a
 * crash in between would lose what it brought. A delivery that could not be persisted is never acknowledged.
 */
async function persistFirst(event: ReceiverEvent, { app, intake }: { app: App; intake: Intake }): Promise<void> {
  await intake(event.body);
  // Nothing in the app listens for events: what they mean has been taken in. Each edit of ours comes back as one.
  if (event.body.type === 'event_callback') await event.ack();
  else await app.processEvent(event);
}

/** Deliveries come to the app from the transport, which is ours; Bolt wants to have one of its own. */
const NO_RECEIVER: Receiver = { init() {}, start: async () => {}, stop: async () => {} };

interface AppOptions {
  botToken: string;
  identity: Identity;
  webApi: WebApiOptions;
  log: Logger;
}

function createApp({ botToken, identity, webApi, log }: AppOptions): App {
  const { botUserId, botId } = identity;
  const app = new App({
    receiver: NO_RECEIVER,
    logger: webApi.logger,
    clientOptions: clientOptions(webApi, 0),
    // Our identity is known: no `auth.test` stands between a delivery and its acknowledgement.
    authorize: async () => ({ botToken, botUserId, botId }),
    convoStore: false,
    deferInitialization: true,
    extendedErrorHandler: true,
  });
  // What a click means has been taken in before Bolt sees it; a click nobody acknowledges shows a warning to who made it.
  // Decisions are not inputs: their listeners acknowledge them when they are on disk.
  app.action(OTHER_ACTIONS, ({ ack }) => ack());
  // The extended handler, as the option above says; Bolt's types cannot tell which one is meant.
  app.error(async ({ error }: { error: Error }) => {
    log.error({ err: error }, 'Bolt failed after a delivery was taken in');
  });
  return app;
}
