import type Anthropic from '@anthropic-ai/sdk';
import { pino } from 'pino';
import { vi } from 'vitest';
import { type Clock, fastClock } from '../../src/clock.ts';
import type { Script } from '../../src/playground/agents/script.ts';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import { createClient } from '../../src/sessions/client.ts';
import { createSessions, type SessionsOptions } from '../../src/sessions/sessions.ts';
import type { Followed } from '../../src/thread/event.ts';
import type { AgentFiles } from '../../src/thread/file-ports.ts';
import { type SessionId, type SlackTs, threadId } from '../../src/thread/ids.ts';
import type { OutgoingMessage, Sessions } from '../../src/thread/ports.ts';

/** The real room with the real SDK against the real local server, on one fast clock. */
export interface Rig {
  server: AgentsServer;
  sessions: Sessions;
  files: AgentFiles;
  clock: Clock;
  /** A second client, to do what another program would do. */
  api: Anthropic;
  /** Everything logged so far. */
  logged(): string;
  open(key?: string): Promise<SessionId>;
  follow(session: SessionId, options?: { since?: string | null }): Follower;
  /** The server's record of one session. */
  record(session: SessionId): ReturnType<AgentsServer['records']>['sessions'][number];
  another(options: Partial<SessionsOptions>): Sessions;
  stop(): Promise<void>;
}

interface Follower {
  events: Followed[];
  types(): string[];
  /** Waits until `count` events of this type have come. */
  heard(type: Followed['type'], count?: number): Promise<void>;
  /** Settles when following has ended, with what it threw. */
  ended: Promise<unknown>;
  stop(): Promise<void>;
}

export const THREAD = threadId({ team: 'T1', channel: 'C1', root: '1700000000.000100' as SlackTs });

export interface RigOptions extends Partial<SessionsOptions> {
  scripts?: Script[];
  speed?: number;
}

export async function startRig({ scripts, speed = 20, ...options }: RigOptions = {}): Promise<Rig> {
  const clock = fastClock(speed);
  const server = await startAgentsServer({ clock, pace: 0, ...(scripts && { scripts }) });
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const base: SessionsOptions = {
    apiKey: server.apiKey,
    baseURL: server.url,
    agent: { id: server.agentId, version: null },
    environmentId: server.environmentId,
    vaultIds: [],
    memoryStores: [],
    repositories: [],
    routes: [],
    surroundings: { place: async () => 'channel', group: async () => [] },
    clock,
    log,
  };
  const { sessions, files } = createSessions({ ...base, ...options });
  const followers: Follower[] = [];
  return {
    server,
    sessions,
    files,
    clock,
    api: createClient({ apiKey: server.apiKey, baseURL: server.url }),
    logged: () => lines.join(''),
    open: (key = 'key-1') =>
      sessions.create({ thread: THREAD, key, title: 'a thread', requester: 'U1', triedSince: null }),
    follow(session, { since = null } = {}) {
      const follower = startFollower(sessions, { session, since });
      followers.push(follower);
      return follower;
    },
    record(session) {
      const found = server.records().sessions.find(({ id }) => id === session);
      if (!found) throw new Error(`no session ${session}`);
      return found;
    },
    another: (more) => createSessions({ ...base, ...more }).sessions,
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()));
      await server.stop();
    },
  };
}

function startFollower(sessions: Sessions, { session, since }: { session: SessionId; since: string | null }): Follower {
  const stopping = new AbortController();
  const events: Followed[] = [];
  const ended = (async () => {
    try {
      await sessions.follow(session, { since, signal: stopping.signal, tell: (event) => void events.push(event) });
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  const types = () => events.map((event) => event.type);
  return {
    events,
    types,
    heard: (type, count = 1) =>
      eventually(() => {
        const came = types().filter((one) => one === type).length;
        if (came < count) throw new Error(`${came} of ${count} ${type} in ${types().join(', ')}`);
      }),
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** Tries again until it does not throw. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 5 });
}

export function message(text: string, ts = '1700000000.000100'): OutgoingMessage {
  return { marker: { ts: ts as SlackTs, author: { id: 'U1', name: 'Ana' }, place: '#ops' }, blocks: [text] };
}

/** A script that answers everything with `run`. */
export function script(run: Script['run']): Script {
  return { name: 'test', trigger: '', shows: '', matches: () => true, run };
}

/** A door that stays shut until it is opened. */
export function door(): { open: () => void; passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}
