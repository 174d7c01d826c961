import type { Clock } from '../../clock.ts';
import { type AgentStore, parse, resolve } from './agents.ts';
import { badRequest, notFound } from './api-error.ts';
import type { EnvironmentStore } from './environments.ts';
import { createEventLog } from './event-log.ts';
import { parseEvents } from './event-schema.ts';
import type { FaultPoints } from './faults.ts';
import type { FileStore } from './files.ts';
import type { MakeId } from './ids.ts';
import { mergeMetadata } from './metadata.ts';
import { type Page, pageOf } from './paging.ts';
import { readCreatedAt, readList, readPage } from './query.ts';
import { createResources } from './resources.ts';
import { type Session, type SessionStatus, sessionBody } from './session.ts';
import { resolveSessionAgent } from './session-agent.ts';
import type { SessionRunner } from './session-runner.ts';
import { CREATE_SESSION, type SessionUpdate, UPDATE_SESSION } from './session-schema.ts';
import { createSessionStatuses } from './session-status.ts';
import { noUsage } from './usage.ts';

type SessionBody = ReturnType<typeof sessionBody>;

export interface SessionStore {
  create(body: unknown): SessionBody;
  find(id: string): Session;
  retrieve(id: string): SessionBody;
  update(id: string, body: unknown): SessionBody;
  archive(id: string): SessionBody;
  delete(id: string): { id: string; type: 'session_deleted' };
  list(query: URLSearchParams): Page<SessionBody> & { prev_page: null };
  all(): Session[];
}

export interface SessionWorld {
  clock: Clock;
  makeId: MakeId;
  faults: FaultPoints;
  agents: AgentStore;
  environments: EnvironmentStore;
  files: FileStore;
  runner: SessionRunner;
}

export function createSessionStore(world: SessionWorld): SessionStore {
  const { clock, makeId, faults, runner } = world;
  const sessions = new Map<string, Session>();
  const statuses = createSessionStatuses(clock);
  const resources = createResources(world);
  const now = () => new Date(clock.now()).toISOString();
  const find = (id: string) => {
    const session = sessions.get(id);
    if (!session || session.deleted) throw notFound('Session', id);
    return session;
  };
  const body = (session: Session) => sessionBody(session, storedStatus(session, world));
  const refuseWhileRunning = (session: Session, what: string) => {
    const status = storedStatus(session, { clock, faults });
    if (status === 'running' || status === 'rescheduling') {
      throw badRequest(`Cannot ${what} session '${session.id}' while it is ${status}; interrupt it and wait for idle.`);
    }
  };
  return {
    create(given) {
      const { environment_id, initial_events, ...fields } = parse(CREATE_SESSION, given);
      const agent = resolveSessionAgent(world.agents, fields.agent);
      const environment = world.environments.retrieve(environment_id);
      if (environment.archived_at) throw badRequest('The environment is archived.', 'environment_archived');
      const initial = checkInitial(initial_events ?? []);
      const id = makeId('sesn');
      const session: Session = {
        id,
        createdAt: now(),
        updatedAt: now(),
        archivedAt: null,
        deleted: false,
        title: fields.title ?? null,
        metadata: fields.metadata ?? {},
        environmentId: environment_id,
        agent,
        vaultIds: fields.vault_ids ?? [],
        budget: fields.budget ?? null,
        resources: (fields.resources ?? []).map((resource) => resources.mount(id, resource)),
        status: 'idle',
        statusSince: Number.NEGATIVE_INFINITY,
        stop: null,
        threadId: makeId('sthr'),
        children: [],
        log: createEventLog(clock, makeId),
        calls: new Map(),
        queue: [],
        usage: noUsage(),
      };
      sessions.set(id, session);
      if (initial.length > 0) runner.accept(session, initial);
      return body(session);
    },
    find,
    retrieve: (id) => body(find(id)),
    update(id, given) {
      const session = find(id);
      const update = parse(UPDATE_SESSION, given);
      if (session.archivedAt) throw badRequest(`Session '${id}' is archived.`);
      if (update.agent) refuseWhileRunning(session, 'update the agent of');
      const changed = applyUpdate(session, update);
      session.updatedAt = now();
      if (Object.keys(changed).length > 0) session.log.append('session.updated', changed);
      if ('budget' in changed) runner.budgetChanged(session);
      return body(session);
    },
    archive(id) {
      const session = find(id);
      refuseWhileRunning(session, 'archive');
      if (session.archivedAt) return body(session);
      runner.abandon(session);
      session.archivedAt = now();
      if (session.status !== 'terminated') statuses.terminated(session);
      return body(session);
    },
    delete(id) {
      const session = find(id);
      refuseWhileRunning(session, 'delete');
      runner.abandon(session);
      session.deleted = true;
      session.log.delete();
      world.files.deleteScope(id);
      return { id, type: 'session_deleted' };
    },
    list(query) {
      const page = readPage(query, { limit: 20, max: 100, order: 'desc' });
      const rows = [...sessions.values()].filter((session) => !session.deleted && matches(session));
      if (page.order === 'desc') rows.reverse();
      const { data, next_page } = pageOf(rows, (session) => session.id, page);
      return { data: data.map(body), next_page, prev_page: null };

      function matches(session: Session): boolean {
        const wanted = readList(query, 'statuses');
        const [agentId, version] = [query.get('agent_id'), query.get('agent_version')];
        return (
          readCreatedAt(query)(session.createdAt) &&
          (session.archivedAt === null || query.get('include_archived') === 'true') &&
          (wanted.length === 0 || wanted.includes(storedStatus(session, { clock, faults }))) &&
          (agentId === null || session.agent.id === agentId) &&
          (agentId === null || version === null || session.agent.version === Number(version)) &&
          !query.has('deployment_id') &&
          !query.has('memory_store_id')
        );
      }
    },
    all: () => [...sessions.values()],
  };
}

/** What retrieve says: after an idle event the stored status may stay `running` for a while. */
function storedStatus(session: Session, { clock, faults }: Pick<SessionWorld, 'clock' | 'faults'>): SessionStatus {
  const settling = session.status === 'idle' && clock.now() - session.statusSince < faults.settings.archiveRaceMs;
  return settling ? 'running' : session.status;
}

function checkInitial(events: unknown[]) {
  const initial = parseEvents(events);
  const wrong = initial.find((event) => event.type !== 'user.message' && event.type !== 'user.define_outcome');
  if (wrong) throw badRequest(`initial_events: '${wrong.type}' is not allowed here`);
  if (initial.filter((event) => event.type === 'user.define_outcome').length > 1) {
    throw badRequest('initial_events: at most one user.define_outcome is allowed');
  }
  return initial;
}

/** Changes the session and gives the fields `session.updated` shows: only what changed, metadata and agent whole. */
function applyUpdate(session: Session, update: SessionUpdate): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  const merged = mergeMetadata(session.metadata, update.metadata ?? {});
  const budget = update.budget === undefined ? session.budget : checkBudget(session, update.budget);
  if (update.title !== undefined && update.title !== session.title) {
    session.title = update.title;
    changed.title = update.title;
  }
  if (JSON.stringify(merged) !== JSON.stringify(session.metadata)) {
    session.metadata = merged;
    if (Object.keys(merged).length > 0) changed.metadata = merged;
  }
  if (update.agent) {
    session.agent = { ...session.agent, ...resolve(update.agent) };
    changed.agent = session.agent;
  }
  if (JSON.stringify(budget) !== JSON.stringify(session.budget)) {
    session.budget = budget;
    changed.budget = budget;
  }
  return changed;
}

function checkBudget(session: Session, budget: Session['budget']): Session['budget'] {
  if (budget === null) return null;
  if (session.budget === null) throw badRequest('budget: can only be set at creation', 'budget_create_only');
  if (Number(budget.max_list_cost.amount) <= session.usage.cents) {
    throw badRequest('budget: must be above what the session has already cost', 'budget_not_raised');
  }
  return budget;
}
