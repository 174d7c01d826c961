import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Clock } from '../../clock.ts';
import type { PlaygroundState } from '../page/contract.ts';
import type { TrafficLog } from '../traffic.ts';
import type { Actors } from './actors.ts';
import { assemble } from './assemble.ts';
import type { Delivery } from './deliveries.ts';
import type { SlackFaults } from './faults.ts';
import type { InstalledApp } from './installed-app.ts';
import { isLocal } from './local-only.ts';
import { createRoutes } from './routes.ts';
import type { SocketMode } from './socket.ts';
import type { ApiCall } from './web-api.ts';

export interface SlackServerOptions {
  clock?: Clock;
  /** 0, the default, takes a free one. */
  port?: number;
  traffic?: TrafficLog;
  /** Whether rate tiers are enforced; they are not by default. */
  tiers?: boolean;
  /** More routes, mounted at `/`: the page. */
  page?: Hono;
  /** Gets the `agents` part of `POST /playground/faults`. */
  faults?: (json: unknown) => void | Promise<void>;
  /** Who answers behind the bot, for the page to say so: `scripted`, the default, or a `real` agent. */
  agent?: PlaygroundState['agent'];
  /** The app's scopes and subscriptions; those of `manifest/manifest.json` when not said. */
  app?: InstalledApp;
  /** Where events and interactivity go as signed HTTP, instead of Socket Mode. */
  requestUrl?: string;
  /** 0 ≤ n < 1: the order of twin events, the choice of a socket. */
  random?: () => number;
  /** Hears of every Web API call once it is answered; `calls()` keeps only the newest. */
  onCall?: (call: ApiCall) => void;
}

export interface SlackServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** What `SLACK_API_URL` is set to. */
  apiUrl: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  teamId: string;
  botUserId: string;
  botId: string;
  appId: string;
  state(): PlaygroundState;
  /** What people do; the JSON API runs the same code. */
  act: Actors;
  /** The Web API calls so far, the newest 10,000. */
  calls(): ApiCall[];
  /** The envelopes sent so far, the newest 10,000. */
  deliveries(): Delivery[];
  faults: SlackFaults;
  /** What a strict reviewer of the run would complain about; empty when all is well. */
  problems(): string[];
  /** What the app may do and hear. */
  installed(): InstalledApp;
  /** Installs the app anew, with other scopes and subscriptions. Its tokens stay the same. */
  install(app: InstalledApp): void;
  /** Makes a public channel private. Throws for anything else. */
  makePrivate(channel: string): void;
  /** Open Socket Mode connections. */
  connections(): number;
  /**
   * Sends everything to this address as signed HTTP from now on; undefined goes back to Socket Mode.
   * Rejects when the address does not answer Slack's challenge.
   */
  deliverTo(url: string | undefined): Promise<void>;
  /** Closes the port and every connection at once. */
  stop(): Promise<void>;
}

/** Starts a local Slack on 127.0.0.1: the Web API, Socket Mode, signed events, and the playground's JSON API. */
export async function startSlackServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  let url = '';
  const slack = assemble({ ...options, baseUrl: () => url });
  const { app, calls } = createRoutes(slack, {
    page: options.page,
    setAgentFaults: options.faults,
    onCall: options.onCall,
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  acceptSockets(server, slack.socket);
  url = await listen(server, options.port ?? 0);
  const { identity } = slack.workspace;

  return {
    url,
    apiUrl: `${url}/api/`,
    ...slack.secrets,
    teamId: identity.team.id,
    botUserId: identity.botUserId,
    botId: identity.botId,
    appId: identity.appId,
    state: slack.pageState.state,
    act: slack.act,
    calls,
    deliveries: slack.deliveries.list,
    faults: slack.faults,
    problems: slack.problems.list,
    installed: slack.installed,
    install: slack.install,
    makePrivate(id) {
      const channel = slack.workspace.channels.get(id);
      if (channel?.kind !== 'channel') throw new Error(`${id} is no public channel`);
      channel.kind = 'group';
    },
    connections: slack.socket.count,
    async deliverTo(target) {
      if (target !== undefined && !(await slack.http.verify(target))) {
        throw new Error(`${target} does not answer the url_verification challenge`);
      }
      slack.http.deliverTo(target);
    },
    async stop() {
      slack.deliveries.stop();
      slack.socket.stop();
      slack.clock.cancelAll();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await slack.spool.clear();
    },
  };
}

function acceptSockets(server: Server, socket: SocketMode): void {
  server.on('upgrade', (request, duplex, head) => {
    // Who is turned away may have gone before hearing it.
    duplex.on('error', () => {});
    const { host, origin } = request.headers;
    if (isLocal({ host, origin })) socket.upgrade(request, duplex, head);
    else duplex.destroy();
  });
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
