import type { ClientOptions } from '@anthropic-ai/sdk';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { AgentFiles } from '../thread/file-ports.ts';
import type { SessionId } from '../thread/ids.ts';
import type { Sessions } from '../thread/ports.ts';
import { answer } from './answer.ts';
import type { Doubts } from './apply-once.ts';
import { archive } from './archive.ts';
import { createClient } from './client.ts';
import { create } from './create.ts';
import { createAgentFiles } from './files/agent-files.ts';
import { follow } from './follow.ts';
import { interrupt } from './interrupt.ts';
import { createAllowances, type Limits } from './limits.ts';
import { list } from './list.ts';
import { raise } from './raise.ts';
import type { Route, Target } from './route.ts';
import { createRouter, type Surroundings } from './router.ts';
import { send } from './send.ts';
import { createTrickle } from './trickle.ts';
import { createWebhook, type Webhook, type WebhookOptions } from './webhook.ts';

/** Sessions are made from the target that these options are, where no route says otherwise. */
export interface SessionsOptions extends Target {
  apiKey: string;
  /** Without one: the real API. */
  baseURL?: string;
  /** The key that webhooks are signed with; null: none are taken. */
  webhookKey?: string | null;
  routes: readonly Route[];
  surroundings: Surroundings;
  /** The cap of a new session, in cents of list cost; null: none. It cannot be given one later. */
  budgetCents?: number | null;
  clock: Clock;
  log: Logger;
  fetch?: ClientOptions['fetch'];
  /** No event for this long on an open stream: list again and reconnect. Default one minute. */
  silenceMs?: number;
  /** No byte of a download for this long: it is begun anew, once. Default half a minute. */
  idleMs?: number;
  /** Default: those that every organisation has. */
  limits?: Limits;
}

const SILENCE_MS = 60_000;

interface AgentsSide {
  sessions: Sessions;
  files: AgentFiles;
  /** Puts a session away for good, whatever it does: its history stays. Rejects with a SessionError. */
  archive(session: SessionId): Promise<void>;
  /** Resolves when there is room for the reads that following one more session takes, or when the signal aborts. */
  room(signal: AbortSignal): Promise<void>;
  /** Takes what the agents API sends; null without a key for that. */
  listenTo: ((onMoved: WebhookOptions['onMoved']) => Webhook) | null;
}

/** The agents API behind the hall's ports. */
export function createSessions(options: SessionsOptions): AgentsSide {
  const { clock, log, routes, surroundings, budgetCents = null, silenceMs = SILENCE_MS, idleMs, limits } = options;
  const client = createClient(options);
  const doubts: Doubts = new Map();
  const { reads, creates } = createAllowances(clock, limits);
  const world = { client, clock, log, doubts, reads, creates };
  const router = createRouter({ fallback: options, routes, surroundings });
  const turnToBegin = createTrickle();
  const following = { client, clock, log, reads, turnToBegin, silenceMs };
  const sessions: Sessions = {
    async create(spec) {
      await turnToBegin();
      return create(spec, { router, budgetCents, ...world });
    },
    send: (session, message, how = {}) => send(session, message, { ...world, ...how }),
    interrupt: (session) => interrupt(session, world),
    answer: (session, callId, given) => answer(session, { callId, given }, world),
    raise: (session, toCents) => raise(session, toCents, world),
    async list(page) {
      await reads.take({ later: true });
      return list(page, world);
    },
    follow: (session, how) => follow(session, how, following),
  };
  const key = options.webhookKey ?? null;
  return {
    sessions,
    archive: (session) => archive(session, world),
    files: createAgentFiles({ ...world, ...(idleMs !== undefined && { idleMs }) }),
    room: reads.room,
    listenTo: key === null ? null : (onMoved) => createWebhook({ client, key, log, onMoved }),
  };
}
