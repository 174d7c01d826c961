/** Builds every room in order and hands each its ports. The only place that sees them all. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Clock, realClock } from './clock.ts';
import type { AgentsConfig, Config, SlackConfig } from './config.ts';
import { createEmbeddedDispatcher } from './dispatch/embedded.ts';
import { openAudit } from './gate/audit/audit-file.ts';
import { checkStart } from './gate/check-start.ts';
import { createGate } from './gate/gate.ts';
import type { Policy } from './gate/policy/policy.ts';
import { createListener } from './ops/listener.ts';
import { recordPorts } from './ops/recording/record-ports.ts';
import type { Recorder } from './ops/recording/recorder.ts';
import { checkRoutes } from './sessions/check-routes.ts';
import { createSessions } from './sessions/sessions.ts';
import { createConversation } from './slack/conversation.ts';
import { createDirectory } from './slack/directory.ts';
import { createAttachments } from './slack/files/attachments.ts';
import { createFileHosts } from './slack/files/hosts.ts';
import { createUploads } from './slack/files/uploads.ts';
import { createFrontDoor } from './slack/front-door.ts';
import { createIntake } from './slack/intake.ts';
import { type CatchUp, createCatchUp } from './slack/missed/catch-up.ts';
import { createPacer } from './slack/pacer/pacer.ts';
import { createPeople } from './slack/people.ts';
import { createPlaces } from './slack/places.ts';
import { createReplies } from './slack/reply/replies.ts';
import { seenDelivery } from './slack/seen-delivery.ts';
import { createSelfTestPlace } from './slack/self-test-place.ts';
import { createWorkspace } from './slack/workspace.ts';
import { openStore } from './store/open-store.ts';
import { storeError } from './store/store-error.ts';
import { type Absence, createAttendance } from './thread/attendance.ts';
import { createConductor } from './thread/conduct.ts';
import { createIncoming } from './thread/files/incoming.ts';
import { createLineages } from './thread/files/lineage.ts';
import { createOutgoing } from './thread/files/outgoing.ts';
import type { Tool } from './thread/gate-ports.ts';
import { WORTH_TELLING_MS } from './thread/late.ts';
import { pickUp } from './thread/pick-up.ts';
import type { Dispatcher, Seen } from './thread/ports.ts';
import { createReconciler } from './thread/reconcile.ts';
import { createSelfTest, type SelfTest } from './thread/self-test.ts';
import { createTools } from './tools/registry.ts';

/** What the bot needs to run; Config has it, and the playground gives what Config leaves out. */
export interface AppSettings {
  slack: SlackConfig;
  agents: AgentsConfig;
  dataFolder: string;
  /** Where we listen, when anything is sent to us. */
  host: string;
  port: number;
  renderers: Config['renderers'];
  gate: Policy;
  tools: readonly Tool[];
  files: Config['files'];
  catchUp: Config['catchUp'];
  /** Default: those that every organisation has. */
  agentLimits?: Config['agentLimits'];
}

export interface AppOptions {
  log: Logger;
  clock?: Clock;
  /** False: a bot that is only tried out, and leaves what people do to another. */
  takesIn?: boolean;
  /** Writes down what people and sessions do. */
  recorder?: Recorder;
  /** Called when the bot cannot go on, e.g. Slack refuses its token on a reconnect. */
  onFatal(error: Error): void;
}

export interface App {
  /** Resolves when Slack is connected and what a former process left is being picked up. */
  start(): Promise<void>;
  /** One conversation through all of it, once it has started. */
  selfTest: SelfTest;
  /** No thread runs: all of them wait for people or for nothing. */
  isAtRest(): boolean;
  /** Takes no more work, brings replies to a clean state, closes everything. */
  stop(): Promise<void>;
}

export function createApp(settings: AppSettings, options: AppOptions): App {
  const { log, clock = realClock, takesIn = true, recorder, onFatal } = options;
  const { slack, agents, renderers, gate: policy } = settings;
  const tools = createTools(settings.tools);
  const onGap = (gap: Absence) => void catchUpOn(gap);
  // What could not be kept was not acknowledged, and Slack brings nothing for as long as that may take.
  const { dataFolder } = settings;
  const store = openStore({ dataFolder, log, clock, onDamaged: onFatal, onOver: onGap });
  const audit = openAudit({ path: join(settings.dataFolder, 'audit.jsonl'), log });
  const { inbox, threads, ledger } = store;
  const dispatcher = createEmbeddedDispatcher({ schedule: store.schedule, clock, log });
  const door = createFrontDoor({ ...slack, apiUrl: slack.apiUrl ?? undefined, takesIn, clock, log, onFatal, onGap });
  const { client, reader, identity } = door;
  const people = createPeople(reader, { clock });
  const places = createPlaces(reader, { clock });
  const pacer = createPacer({ clock, log, limits: slack.limits });
  const conversation = createConversation({ reader, identity, clock, people, places });
  const directory = createDirectory({ reader, identity, clock });
  const { gate, desk, ...openGate } = createGate({
    ...store,
    policy,
    tools,
    directory,
    workspace: createWorkspace({ client, reader, pacer, people, places, identity, clock }),
    audit,
    dispatcher,
    clock,
    log,
  });
  const {
    sessions,
    archive,
    files: agentFiles,
    listenTo,
    room,
  } = createSessions({
    ...agents,
    ...(agents.baseUrl === null ? {} : { baseURL: agents.baseUrl }),
    surroundings: { place: places.kind, group: directory.group },
    budgetCents: policy.budget.threadCents,
    ...(settings.agentLimits && { limits: settings.agentLimits }),
    clock,
    log,
  });
  const ports = { inbox, gate, desk, sessions };
  const used = recorder ? recordPorts(ports, recorder) : ports;
  const { sightings } = store;
  const reconciler = createReconciler({ sessions, threads, sightings, dispatcher, clock, log });
  const webhook = listenTo?.(reconciler.saw);
  const listener = createListener({
    host: settings.host,
    port: settings.port,
    routes: [
      ...(door.take ? [{ path: '/slack/events', take: door.take }] : []),
      ...(webhook ? [{ path: '/anthropic/webhook', take: webhook.take }] : []),
    ],
    log,
  });
  const fileHosts = createFileHosts({ hosts: settings.files.hosts, apiUrl: slack.apiUrl });
  const lineages = createLineages(store.files);
  const folder = emptyFolder(join(settings.dataFolder, 'tmp'));
  const incoming = createIncoming({
    attachments: createAttachments({ botToken: slack.botToken, hosts: fileHosts, reader, clock, log }),
    agentFiles,
    lineages,
    limits: settings.files,
    folder,
    log,
    onArrived: dispatcher.wake,
  });
  const uploads = createUploads({ client, reader, pacer, hosts: fileHosts, clock, log });
  const outgoing = createOutgoing({
    agentFiles,
    uploads,
    lineages,
    maxSize: settings.files.maxSize,
    folder,
    clock,
    log,
  });
  const attendance = createAttendance({ registry: store.attendance, clock, log });
  const stopping = new AbortController();
  let catchingUp: Promise<void> = Promise.resolve();
  let pickingUp: Promise<void> = Promise.resolve();

  async function prepareCatchUp(): Promise<CatchUp> {
    const seen: Seen[] = [];
    for await (const each of inbox.seen()) seen.push(each);
    const intake = createIntake({ inbox: used.inbox, threads, dispatcher }, { identity: identity(), log });
    const { signal } = stopping;
    return createCatchUp({
      reader,
      identity: identity(),
      intake,
      seen,
      absence: attendance.last(),
      limits: slack.limits,
      clock,
      log,
      signal,
    });
  }

  /** Slack has forgotten what it could not bring for so long. */
  async function catchUpOn(gap: Absence): Promise<void> {
    if (!takesIn || gap.to - gap.from < WORTH_TELLING_MS) return;
    try {
      await attendance.missed(gap);
      await catchingUp;
      catchingUp = (await prepareCatchUp()).run();
    } catch (err) {
      log.error({ err }, 'what was missed cannot be read');
    }
  }

  return {
    selfTest: createSelfTest({
      ...store,
      dispatcher,
      place: createSelfTestPlace({ ...door, clock }),
      archive,
      clock,
    }),
    async start() {
      await door.identify();
      // Nobody can decide anything by a policy that cannot hold.
      await checkStart(policy, { tools, directory });
      await checkRoutes(agents.routes, directory);
      await attendance.begin();
      const replies = createReplies({
        client,
        reader,
        ledger,
        pacer,
        clock,
        log,
        botUserId: identity().botUserId,
        renderer: ({ channel }) => renderers.channels[channel] ?? renderers.default,
      });
      const conduct = createConductor({
        sessions: used.sessions,
        inbox: used.inbox,
        threads,
        conversation,
        replies,
        gate: used.gate,
        incoming,
        outgoing,
        lineages,
        sightings,
        dispatcher,
        attendance,
        directory,
        late: settings.catchUp,
        clock,
        log,
      });
      if (recorder) {
        door.listen((body) => {
          const seen = seenDelivery(body, identity());
          if (seen !== null) recorder.delivery(seen);
        });
      }
      const catchUp = await prepareCatchUp();
      dispatcher.start(conduct);
      // What was begun goes on while Slack is still being connected to.
      pickingUp = pickUp({ inbox, threads, dispatcher, room, clock, signal: stopping.signal }).then(
        (count) => log.info({ threads: count }, 'picked up what was left'),
        (err: unknown) => log.error({ err }, 'what was left cannot be picked up'),
      );
      await door.start({
        inbox: used.inbox,
        threads,
        desk: used.desk,
        dispatcher: { ...dispatcher, wake: inOrder(catchUp, dispatcher) },
      });
      if (takesIn) catchingUp = catchUp.run();
      await listener.start();
      reconciler.start();
    },
    isAtRest: () => dispatcher.running() === 0,
    async stop() {
      stopping.abort();
      await Promise.all([listener.stop(), door.stop(), reconciler.stop(), dispatcher.stop()]);
      await Promise.all([pickingUp, catchingUp]);
      await attendance.end();
      await Promise.all([openGate.stop(), incoming.stop(), webhook?.stop()]);
      recorder?.close();
      await audit.close();
      store.close();
    },
  };
}

/** What was missed of a thread comes before what Slack brings now. */
function inOrder(catchUp: CatchUp, { wake }: Dispatcher): Dispatcher['wake'] {
  return (thread) => void catchUp.first(thread).then(() => wake(thread));
}

/** For bytes on their way; what a process that died left there is of no use. */
function emptyFolder(path: string): string {
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw storeError(path, error);
  }
  return path;
}
