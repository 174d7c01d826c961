import type { AgentBody } from './agent-body.ts';
import type { EventLog, SessionEvent } from './event-log.ts';
import type { Call, Thread } from './session-parts.ts';
import { type Usage, usageBody } from './usage.ts';

export type SessionStatus = 'idle' | 'running' | 'rescheduling' | 'terminated';

/** Why a session is idle: open ended, because the platform adds reasons (and the playground fakes a new one). */
export interface StopReason {
  type: string;
  event_ids?: string[];
}
export interface StopDetails {
  type: 'refusal';
  category: string | null;
  explanation: string | null;
}
interface Budget {
  type: 'limit';
  max_list_cost: { amount: string; currency: 'USD' };
}
export interface Resource {
  id: string;
  type: string;
  created_at: string;
  updated_at: string;
  [field: string]: unknown;
}
export type SessionAgent = Omit<AgentBody, 'metadata' | 'created_at' | 'updated_at' | 'archived_at'>;

/** One session as the server holds it; only the runner and the session routes change it. */
export interface Session {
  readonly id: string;
  readonly createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
  deleted: boolean;
  title: string | null;
  metadata: Record<string, string>;
  readonly environmentId: string;
  agent: SessionAgent;
  readonly vaultIds: string[];
  budget: Budget | null;
  resources: Resource[];
  status: SessionStatus;
  /** Clock time of the last status change; the stored status may be told to flip later than the event. */
  statusSince: number;
  /** The newest idle's reason; null while it works or before its first turn. */
  stop: StopReason | null;
  readonly threadId: string;
  children: Thread[];
  readonly log: EventLog;
  /** Every tool call that ever needed an answer, by the id of its event. */
  readonly calls: Map<string, Call>;
  /** Accepted and not yet seen by the agent, in order. */
  queue: SessionEvent[];
  usage: Usage;
}

/** The session object of the API. `status` is passed in because the stored one may lag (the archive race). */
export function sessionBody(session: Session, status: SessionStatus) {
  return {
    id: session.id,
    type: 'session',
    status,
    title: session.title,
    metadata: session.metadata,
    environment_id: session.environmentId,
    agent: session.agent,
    resources: session.resources,
    vault_ids: session.vaultIds,
    budget: session.budget,
    deployment_id: null,
    outcome_evaluations: [],
    usage: usageBody(session.usage),
    stats: { active_seconds: session.usage.activeMs / 1000, duration_seconds: session.usage.activeMs / 1000 },
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    archived_at: session.archivedAt,
  };
}

/** True when the next model request may not be made: the cap is checked between requests. */
export function isOverBudget(session: Session): boolean {
  return session.budget !== null && session.usage.cents >= Number(session.budget.max_list_cost.amount);
}
