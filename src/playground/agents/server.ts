import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Clock, realClock } from '../../clock.ts';
import type { TrafficLog } from '../traffic.ts';
import { createAgentStore } from './agents.ts';
import { createEnvironmentStore } from './environments.ts';
import type { SessionEvent } from './event-log.ts';
import { createEventStreams } from './event-stream.ts';
import { type AgentsFaults, createFaults } from './faults.ts';
import { createFileStore } from './files.ts';
import { createHttpApp } from './http.ts';
import { createIds } from './ids.ts';
import { createMemoryStores } from './memory-stores.ts';
import { READY_AGENT } from './ready-agent.ts';
import { createResources } from './resources.ts';
import { createRoutes } from './routes.ts';
import { createSandbox } from './sandbox.ts';
import type { Script } from './script.ts';
import { catalogue } from './scripts/catalogue.ts';
import type { SessionStatus } from './session.ts';
import { createSessionRunner } from './session-runner.ts';
import { createSessionStatuses } from './session-status.ts';
import { createSessionStore, type OnEmit } from './sessions.ts';
import { createSpool } from './spool.ts';
import { createVaultStore } from './vaults.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export interface AgentsServerOptions {
  clock?: Clock;
  /** 0, the default, takes a free port. */
  port?: number;
  traffic?: TrafficLog;
  /** Default: the whole catalogue. The first that matches answers. */
  scripts?: Script[];
  /** Multiplies the scripts' waits; 0 answers at once. */
  pace?: number;
  /** What happens to a message sent while a turn runs: seen by that turn's next model request, or a turn of its own. */
  steering?: 'absorb' | 'own-turn';
  /** Hears of all that the sessions emit, in the moment they do; previews too, which nothing keeps. */
  onEmit?: OnEmit;
}

export interface AgentsServer {
  /** For ANTHROPIC_BASE_URL. */
  url: string;
  /** The one key it accepts, as x-api-key or as a bearer token. */
  apiKey: string;
  /** A ready-made agent and environment. */
  agentId: string;
  environmentId: string;
  faults: AgentsFaults;
  /** Nobody gets them until there is an address. */
  webhooks: Pick<Webhooks, 'key' | 'deliverTo' | 'deliveries'>;
  records(): AgentsRecords;
  /** Closes everything at once, open streams included. */
  stop(): Promise<void>;
}

interface AgentsRecords {
  sessions: {
    id: string;
    title: string | null;
    status: SessionStatus;
    archived: boolean;
    deleted: boolean;
    metadata: Record<string, string>;
    /** The full history in the order it was emitted, each event as it stands now. */
    events: SessionEvent[];
  }[];
  /** How often each route was called, by its name: `sessions.create`, `events.send`, … */
  requests: Record<string, number>;
  openStreams: number;
}

/** Starts a local server that speaks the Managed Agents protocol, with an agent that follows scripts. */
export async function startAgentsServer(options: AgentsServerOptions = {}): Promise<AgentsServer> {
  const { clock = realClock, port = 0, traffic, scripts = catalogue, pace = 1, steering = 'absorb', onEmit } = options;
  const makeId = createIds();
  const apiKey = `sk-ant-playground-${randomBytes(12).toString('hex')}`;
  const streams = createEventStreams({ clock, traffic });
  const faults = createFaults(streams.breakAll);
  const agents = createAgentStore(clock, makeId);
  const environments = createEnvironmentStore(clock, makeId);
  const vaults = createVaultStore(clock, makeId);
  const memoryStores = createMemoryStores(clock, makeId);
  const files = createFileStore(clock, makeId);
  const statuses = createSessionStatuses(clock);
  const spool = createSpool();
  const sandbox = createSandbox({ files, spool, faults });
  const runner = createSessionRunner({ clock, makeId, faults, statuses, pace, steering, sandbox }, scripts);
  const resources = createResources({ clock, makeId, files, memoryStores });
  const webhooks = createWebhooks({ clock, makeId, faults });
  const stores = { agents, environments, files, memoryStores };
  const sessions = createSessionStore({ clock, makeId, faults, ...stores, runner, webhooks, onEmit });
  const world = {
    clock,
    makeId,
    agents,
    environments,
    memoryStores,
    vaults,
    sessions,
    resources,
    files,
    spool,
    runner,
    streams,
    faults,
  };

  const requests: Record<string, number> = {};
  const count = (name: string) => {
    requests[name] = (requests[name] ?? 0) + 1;
  };
  const app = createHttpApp(createRoutes(world), { clock, makeId, apiKey, faults, traffic, count });
  const http = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  const agent = agents.create(READY_AGENT);
  const environment = environments.create({ name: 'playground' });
  await listen(http, port);
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    apiKey,
    agentId: agent.id,
    environmentId: environment.id,
    faults,
    webhooks,
    records: () => ({
      sessions: sessions.all().map((session) => ({
        id: session.id,
        title: session.title,
        status: session.status,
        archived: session.archivedAt !== null,
        deleted: session.deleted,
        metadata: session.metadata,
        events: session.log.entries().map(({ event }) => event),
      })),
      requests: { ...requests },
      openStreams: streams.count(),
    }),
    async stop() {
      webhooks.stop();
      for (const session of sessions.all()) runner.abandon(session);
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
      spool.clear();
    },
  };
}

function listen(http: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', () => {
      http.off('error', reject);
      resolve();
    });
  });
}
