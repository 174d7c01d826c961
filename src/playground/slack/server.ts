import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { type Clock, realClock } from '../../clock.ts';
import type { Change, PlaygroundState } from '../page/contract.ts';
import { createTrafficLog, type TrafficLog } from '../traffic.ts';
import type { Actors } from './actors.ts';
import { createDeliveries, type Delivery } from './deliveries.ts';
import { createEvents } from './events.ts';
import { createFaults, type SlackFaults } from './faults.ts';
import { createFileStore } from './file-store.ts';
import { newSecret } from './ids.ts';
import { createJsonApi } from './json-api.ts';
import { isLocal } from './local-only.ts';
import { createLookup } from './lookup.ts';
import { chatMethods } from './methods/chat.ts';
import { conversationMethods } from './methods/conversations.ts';
import type { Rooms } from './methods/rooms.ts';
import { userMethods } from './methods/users.ts';
import { createPageState } from './page-state.ts';
import { createPeople } from './people.ts';
import { createSessionStore } from './session-store.ts';
import { createSocketMode } from './socket.ts';
import { createTiers } from './tiers.ts';
import { createViewStore } from './view-store.ts';
import { type ApiCall, createWebApi } from './web-api.ts';
import { createWire } from './wire.ts';
import { createWorkspace } from './workspace.ts';

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
  /** 0 ≤ n < 1: the order of twin events and the choice of a socket. */
  random?: () => number;
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
  act: Actors;
  /** Every Web API call so far, the newest 10,000. */
  calls(): ApiCall[];
  /** Every envelope sent so far, the newest 10,000. */
  deliveries(): Delivery[];
  faults: SlackFaults;
  /** Open Socket Mode connections. */
  connections(): number;
  /** Closes the port and every connection at once. */
  stop(): Promise<void>;
}

export async function startSlackServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  const { clock = realClock, traffic = createTrafficLog(), random = Math.random } = options;
  const workspace = createWorkspace(clock);
  const { identity } = workspace;
  let url = '';
  const baseUrl = () => url;
  const tokens = { bot: newSecret('xoxb-playground-'), app: newSecret('xapp-1-playground-') };
  const signingSecret = newSecret('');
  const wire = createWire(workspace, { baseUrl });
  const files = createFileStore(clock);
  const sessions = createSessionStore(workspace);
  const views = createViewStore();
  const lookup = createLookup(workspace);
  const rooms: Rooms = { workspace, lookup, wire, baseUrl };
  const socket = createSocketMode({ clock, appId: identity.appId, random });
  const faults = createFaults({
    random,
    tiers: options.tiers ?? false,
    disconnect: socket.disconnect,
    forge: socket.forge,
    appRateLimited: () => ({}),
  });
  const deliveries = createDeliveries({ clock, line: () => socket, faults, traffic });
  const pageState = createPageState(workspace, { sessions, views });
  const people = createPeople(workspace, files);
  const act: Actors = {
    ...people,
    click: () => Promise.resolve({}),
    submit: () => Promise.resolve({}),
    stop() {},
  };
  const eventsOf = createEvents(workspace, { wire, random });
  workspace.listen((happening) => {
    for (const payload of eventsOf(happening)) deliveries.event(payload);
  });

  const api = createWebApi({
    clock,
    traffic,
    faults,
    tokens,
    tiers: createTiers(clock),
    scopes: 'chat:write',
    methods: {
      ...userMethods(rooms, { link: () => socket.link(url.replace('http', 'ws')) }),
      ...chatMethods(rooms),
      ...conversationMethods(rooms),
    },
  });

  const listen = (listener: (change: Change) => void) => {
    const ends = [
      workspace.listen((happening) => {
        for (const change of pageState.changes(happening)) listener(change);
      }),
      views.listen(listener),
    ];
    return () => {
      for (const end of ends) end();
    };
  };
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (c, next) => {
    if (!isLocal({ host: c.req.header('host'), origin: c.req.header('origin') })) {
      return c.json(
        { ok: false, error: 'not_local', message: 'This server answers only to its own page and machine.' },
        403,
      );
    }
    return next();
  });
  app.route('/api', api.routes);
  app.route(
    '/playground',
    createJsonApi({
      act,
      files,
      traffic,
      state: pageState.state,
      listen,
      async setFaults(json) {
        const { slack, agents } = json as { slack?: unknown; agents?: unknown };
        if (slack !== undefined) faults.apply(slack);
        if (agents !== undefined) await options.faults?.(agents);
      },
    }),
  );
  if (options.page) app.route('/', options.page);

  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.on('upgrade', (request, duplex, head) => {
    if (isLocal({ host: request.headers.host, origin: request.headers.origin })) socket.upgrade(request, duplex, head);
    else duplex.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    apiUrl: `${url}/api/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret,
    teamId: identity.team.id,
    botUserId: identity.botUserId,
    botId: identity.botId,
    appId: identity.appId,
    state: pageState.state,
    act,
    calls: api.calls,
    deliveries: deliveries.list,
    faults,
    connections: socket.count,
    stop() {
      deliveries.stop();
      socket.stop();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
