import { type Clock, realClock } from '../../clock.ts';
import type { Change, PlaygroundState } from '../page/contract.ts';
import { createTrafficLog, type TrafficLog } from '../traffic.ts';
import type { Actors } from './actors.ts';
import { createBearerWatch } from './bearer-watch.ts';
import { createDeliveries } from './deliveries.ts';
import { createEvents } from './events.ts';
import { createFaults } from './faults.ts';
import { createSpool } from './file-bytes.ts';
import { createFileStore } from './file-store.ts';
import { createHttpLine } from './http-line.ts';
import { newSecret, newUuid } from './ids.ts';
import { fromManifest, type InstalledApp } from './installed-app.ts';
import { createInteractivity } from './interactivity.ts';
import { createLookup } from './lookup.ts';
import type { Methods } from './method.ts';
import { chatMethods } from './methods/chat.ts';
import { conversationMethods } from './methods/conversations.ts';
import { fileMethods } from './methods/files.ts';
import { groupMethods } from './methods/groups.ts';
import { reactionMethods } from './methods/reactions.ts';
import type { Rooms } from './methods/rooms.ts';
import { sessionMethods } from './methods/sessions.ts';
import { streamMethods } from './methods/streams.ts';
import { userMethods } from './methods/users.ts';
import { viewMethods } from './methods/views.ts';
import { ownTimers } from './own-timers.ts';
import { createPageState } from './page-state.ts';
import { createPeople } from './people.ts';
import { createProblems } from './problems.ts';
import { createResponseUrls } from './response-urls.ts';
import { createScopes, hears } from './scopes.ts';
import { renameByUser, stopByUser } from './session-acts.ts';
import { createSessionStore } from './session-store.ts';
import { createSocketMode } from './socket.ts';
import { createTriggers } from './triggers.ts';
import { createViewStore } from './view-store.ts';
import { createWire } from './wire.ts';
import { createWorkspace } from './workspace.ts';

export interface AssembleOptions {
  clock?: Clock;
  traffic?: TrafficLog;
  tiers?: boolean;
  random?: () => number;
  requestUrl?: string;
  agent?: PlaygroundState['agent'];
  app?: InstalledApp;
  baseUrl: () => string;
}

export type Slack = ReturnType<typeof assemble>;

/** Messages at once for a distributed app. */
const LIMITED_READ = 15;

/** Builds every part of the local Slack and connects what happens to the page and to the app. Nothing listens yet. */
export function assemble({ traffic = createTrafficLog(), ...options }: AssembleOptions) {
  const { baseUrl, random = Math.random, requestUrl, agent = 'scripted' } = options;
  const clock = ownTimers(options.clock ?? realClock);
  const secrets = {
    botToken: newSecret('xoxb-playground-'),
    appToken: newSecret('xapp-1-playground-'),
    signingSecret: newSecret(''),
  };
  let app = options.app ?? fromManifest();
  const workspace = createWorkspace(clock);
  const installed = () => ({ ...app, scopes: faults.granted() ?? app.scopes });
  const scopes = createScopes({ app: installed, kindOf: (channel) => workspace.channels.get(channel)?.kind });
  const wire = createWire(workspace, { baseUrl });
  const socket = createSocketMode({ clock, appId: workspace.identity.appId, random });
  const http = createHttpLine({ clock, signingSecret: secrets.signingSecret });
  http.deliverTo(requestUrl);
  const faults = createFaults({
    random,
    tiers: options.tiers ?? false,
    disconnect: socket.disconnect,
    failSockets: socket.fail,
    forge: socket.forge,
    appRateLimited: () => rateLimitedEnvelope(workspace.identity),
  });
  const deliveries = createDeliveries({ clock, line: () => (http.open() ? http : socket), faults, traffic });
  const eventsOf = createEvents(workspace, { wire, random });
  workspace.listen((happening) => {
    for (const payload of eventsOf(happening)) if (hears(installed(), payload.event)) deliveries.event(payload);
  });

  const files = createFileStore(clock);
  const spool = createSpool();
  const bearers = createBearerWatch({ baseUrl });
  const sessions = createSessionStore(workspace);
  const views = createViewStore();
  const triggers = createTriggers(clock);
  const lookup = createLookup(workspace);
  const responseUrls = createResponseUrls(workspace, { baseUrl });
  const { present, active, ...people } = createPeople(workspace, { files, faults });
  const interactivity = createInteractivity({
    workspace,
    wire,
    views,
    triggers,
    deliveries,
    present,
    active,
    responseUrls,
  });
  const pageState = createPageState(workspace, { sessions, views, agent });
  const problems = createProblems(workspace, { sessions, lookup, bearers, unanswered: interactivity.unanswered });
  const act: Actors = {
    ...people,
    click: interactivity.click,
    submit: interactivity.submit,
    stop: (stop) => stopByUser(workspace, { sessions, present, stop }),
    rename: (rename) => renameByUser({ sessions, present, rename }),
  };
  const readSize = () => Math.min(faults.pageSize(), faults.distributed() ? LIMITED_READ : Number.POSITIVE_INFINITY);
  const rooms: Rooms = { workspace, lookup, wire, baseUrl, pageSize: faults.pageSize, readSize };
  const methods: Methods = {
    ...userMethods(rooms, { link: () => socket.link(baseUrl().replace('http', 'ws')) }),
    ...groupMethods(rooms),
    ...chatMethods(rooms),
    ...streamMethods(rooms, { sessions }),
    ...sessionMethods(rooms, { sessions, hearsStops: () => app.events.includes(STOPPED) }),
    ...conversationMethods(rooms),
    ...reactionMethods(rooms),
    ...fileMethods(rooms, { files, faults }),
    ...viewMethods(rooms, { views, triggers }),
  };

  /** Tells of every change the page shows. */
  const listen = (listener: (change: Change) => void) => {
    const stopWorkspace = workspace.listen((happening) => {
      for (const change of pageState.changes(happening)) listener(change);
    });
    const stopViews = views.listen(listener);
    return () => {
      stopWorkspace();
      stopViews();
    };
  };
  return {
    clock,
    traffic,
    secrets,
    scopes,
    installed,
    install(anew: InstalledApp) {
      app = anew;
    },
    workspace,
    socket,
    http,
    faults,
    deliveries,
    files,
    spool,
    bearers,
    responseUrls,
    act,
    methods,
    pageState,
    problems,
    listen,
  };
}

const STOPPED = 'agent_session_stopped';

/** The one delivery that has no event inside: apps have crashed on it. */
function rateLimitedEnvelope({ appId, team }: { appId: string; team: { id: string } }): Record<string, unknown> {
  const payload = {
    token: 'playground-verification',
    type: 'app_rate_limited',
    team_id: team.id,
    minute_rate_limited: 0,
    api_app_id: appId,
  };
  return { envelope_id: newUuid(), type: 'events_api', accepts_response_payload: false, payload };
}
