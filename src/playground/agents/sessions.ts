import type { Clock } from '../../clock.ts';
import type { AgentStore } from './agents.ts';
import { badRequest, notFound } from './api-error.ts';
import type { EnvironmentStore } from './environments.ts';
import type { Preview, SessionEvent } from './event-log.ts';
import type { FaultPoints } from './faults.ts';
import type { FileStore } from './files.ts';
import type { MakeId } from './ids.ts';
import type { MemoryStores } from './memory-stores.ts';
import { newSession } from './new-session.ts';
import { type Page, pageOf } from './paging.ts';
import { parse } from './parse.ts';
import { readCreatedAt, readList, readPage } from './query.ts';
import { createResources } from './resources.ts';
import { type Session, type SessionStatus, sessionBody } from './session.ts';
import type { SessionRunner } from './session-runner.ts';
import { UPDATE_SESSION } from './session-schema.ts';
import { createSessionStatuses } from './session-status.ts';
import { applyUpdate } from './session-update.ts';
import type { Webhooks } from './webhooks.ts';

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
  memoryStores: MemoryStores;
  runner: SessionRunner;
  webhooks: Pick<Webhooks, 'watch'>;
  onEmit?: OnEmit | undefined;
}

export type OnEmit = (session: Pick<Session, 'id' | 'metadata'>, frame: SessionEvent | Preview) => void;

export function createSessionStore(world: SessionWorld): SessionStore {
  const { clock, runner } = world;
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
    const status = storedStatus(session, world);
    if (status === 'running' || status === 'rescheduling') {
      throw badRequest(`Cannot ${what} session '${session.id}' while it is ${status}; interrupt it and wait for idle.`);
    }
  };
  return {
    create(given) {
      const { session, initial } = newSession(given, { ...world, resources });
      sessions.set(session.id, session);
      world.webhooks.watch(session);
      if (world.onEmit) report(session, world.onEmit);
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
      const rows = [...sessions.values()].filter(
        (session) => !session.deleted && matches(session, query, storedStatus(session, world)),
      );
      if (page.order === 'desc') rows.reverse();
      const { data, next_page } = pageOf(rows, (session) => session.id, page);
      return { data: data.map(body), next_page, prev_page: null };
    },
    all: () => [...sessions.values()],
  };
}

/** What retrieve says: after an idle event the stored status may stay `running` for a while. */
function storedStatus(session: Session, { clock, faults }: Pick<SessionWorld, 'clock' | 'faults'>): SessionStatus {
  const settling = session.status === 'idle' && clock.now() - session.statusSince < faults.settings.archiveRaceMs;
  return settling ? 'running' : session.status;
}

function matches(session: Session, query: URLSearchParams, status: SessionStatus): boolean {
  const statuses = readList(query, 'statuses');
  const [agentId, version] = [query.get('agent_id'), query.get('agent_version')];
  return (
    readCreatedAt(query)(session.createdAt) &&
    (session.archivedAt === null || query.get('include_archived') === 'true') &&
    (statuses.length === 0 || statuses.includes(status)) &&
    (agentId === null || session.agent.id === agentId) &&
    (agentId === null || version === null || session.agent.version === Number(version)) &&
    // Neither deployments nor memory stores exist here, so nothing can match them.
    !query.has('deployment_id') &&
    !query.has('memory_store_id')
  );
}

function report(session: Session, onEmit: OnEmit): void {
  const emit = (frame: SessionEvent | Preview) => onEmit(session, frame);
  session.log.listen({ event: emit, preview: emit, end() {} });
}
