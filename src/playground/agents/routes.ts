import type { Clock } from '../../clock.ts';
import type { AgentStore } from './agents.ts';
import { ApiError, badRequest, notFound } from './api-error.ts';
import type { EnvironmentStore } from './environments.ts';
import { listEvents } from './event-list.ts';
import { parseSend } from './event-schema.ts';
import type { EventStreams } from './event-stream.ts';
import type { FaultPoints } from './faults.ts';
import type { FileStore } from './files.ts';
import { type ApiRequest, type Route, resetConnection } from './http.ts';
import { pageOf } from './paging.ts';
import { readList, readPage } from './query.ts';
import type { Resources } from './resources.ts';
import type { Session } from './session.ts';
import type { SessionRunner } from './session-runner.ts';
import type { SessionStore } from './sessions.ts';
import { threadBodies } from './threads.ts';

interface RouteWorld {
  clock: Clock;
  agents: AgentStore;
  environments: EnvironmentStore;
  sessions: SessionStore;
  resources: Resources;
  files: FileStore;
  runner: SessionRunner;
  streams: EventStreams;
  faults: FaultPoints;
}

/** Every route of the API, by the name its client method has. */
export function createRoutes(world: RouteWorld): Route[] {
  return [
    ...agentRoutes(world),
    ...environmentRoutes(world),
    ...sessionRoutes(world),
    ...eventRoutes(world),
    ...threadRoutes(world),
    ...fileRoutes(world),
  ];
}

function agentRoutes({ agents }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('agent');
  return [
    { name: 'agents.create', method: 'POST', path: '/v1/agents', run: async (r) => agents.create(await r.body()) },
    { name: 'agents.list', method: 'GET', path: '/v1/agents', run: (r) => agents.list(r.query) },
    {
      name: 'agents.retrieve',
      method: 'GET',
      path: '/v1/agents/:agent',
      run: (r) => agents.retrieve(id(r), readVersion(r.query)),
    },
    {
      name: 'agents.update',
      method: 'POST',
      path: '/v1/agents/:agent',
      run: async (r) => agents.update(id(r), await r.body()),
    },
    { name: 'agents.archive', method: 'POST', path: '/v1/agents/:agent/archive', run: (r) => agents.archive(id(r)) },
    {
      name: 'agents.versions.list',
      method: 'GET',
      path: '/v1/agents/:agent/versions',
      run: (r) => agents.versions(id(r), r.query),
    },
  ];
}

function environmentRoutes({ environments }: RouteWorld): Route[] {
  const path = '/v1/environments';
  const id = (request: ApiRequest) => request.param('environment');
  return [
    { name: 'environments.create', method: 'POST', path, run: async (r) => environments.create(await r.body()) },
    { name: 'environments.list', method: 'GET', path, run: (r) => environments.list(r.query) },
    {
      name: 'environments.retrieve',
      method: 'GET',
      path: `${path}/:environment`,
      run: (r) => environments.retrieve(id(r)),
    },
    {
      name: 'environments.update',
      method: 'POST',
      path: `${path}/:environment`,
      run: async (r) => environments.update(id(r), await r.body()),
    },
    {
      name: 'environments.delete',
      method: 'DELETE',
      path: `${path}/:environment`,
      run: (r) => environments.delete(id(r)),
    },
    {
      name: 'environments.archive',
      method: 'POST',
      path: `${path}/:environment/archive`,
      run: (r) => environments.archive(id(r)),
    },
  ];
}

const SESSION = '/v1/sessions/:session';

function sessionRoutes({ sessions, resources }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('session');
  const one = `${SESSION}/resources/:resource`;
  const find = (request: ApiRequest) => sessions.find(id(request));
  return [
    {
      name: 'sessions.create',
      method: 'POST',
      path: '/v1/sessions',
      run: async (r) => sessions.create(await r.body()),
    },
    { name: 'sessions.list', method: 'GET', path: '/v1/sessions', run: (r) => sessions.list(r.query) },
    { name: 'sessions.retrieve', method: 'GET', path: SESSION, run: (r) => sessions.retrieve(id(r)) },
    {
      name: 'sessions.update',
      method: 'POST',
      path: SESSION,
      run: async (r) => sessions.update(id(r), await r.body()),
    },
    { name: 'sessions.delete', method: 'DELETE', path: SESSION, run: (r) => sessions.delete(id(r)) },
    { name: 'sessions.archive', method: 'POST', path: `${SESSION}/archive`, run: (r) => sessions.archive(id(r)) },
    {
      name: 'resources.list',
      method: 'GET',
      path: `${SESSION}/resources`,
      run(r) {
        const page = readPage(r.query, { limit: 100, max: 1000, order: 'asc' });
        return pageOf(find(r).resources, (resource) => resource.id, page);
      },
    },
    {
      name: 'resources.add',
      method: 'POST',
      path: `${SESSION}/resources`,
      run: async (r) => resources.add(find(r), await r.body()),
    },
    { name: 'resources.retrieve', method: 'GET', path: one, run: (r) => resources.find(find(r), r.param('resource')) },
    { name: 'resources.update', method: 'POST', path: one, run: (r) => resources.update(find(r), r.param('resource')) },
    {
      name: 'resources.delete',
      method: 'DELETE',
      path: one,
      run: (r) => resources.remove(find(r), r.param('resource')),
    },
  ];
}

function eventRoutes(world: RouteWorld): Route[] {
  const { sessions, runner, faults, streams } = world;
  return [
    {
      name: 'events.send',
      method: 'POST',
      path: `${SESSION}/events`,
      async run(request) {
        const session = sessions.find(request.param('session'));
        const data = runner.accept(session, parseSend(await request.body()));
        const broken = faults.takeStoredSend();
        if (broken === 'reset') return resetConnection(request);
        if (broken === 'error') throw new ApiError(500, 'Internal server error');
        return { data };
      },
    },
    {
      name: 'events.list',
      method: 'GET',
      path: `${SESSION}/events`,
      run: (r) =>
        listEvents(sessions.find(r.param('session')).log.entries(), r.query, { visibleUntil: visible(world) }),
    },
    {
      name: 'events.stream',
      method: 'GET',
      path: `${SESSION}/events/stream`,
      run: (r) => streams.open(sessions.find(r.param('session')).log, r),
    },
  ];
}

function visible({ clock, faults }: RouteWorld): number {
  return clock.now() - faults.settings.listLagMs;
}

function threadRoutes(world: RouteWorld): Route[] {
  const { sessions, streams } = world;
  const find = (request: ApiRequest) => {
    const session = sessions.find(request.param('session'));
    const thread = threadBodies(session).find((one) => one.id === request.param('thread'));
    if (!thread) throw notFound('Thread', request.param('thread'));
    return { session, thread };
  };
  const ownEvents = (session: Session, threadId: string) =>
    threadId === session.threadId
      ? session.log.entries()
      : session.log.entries().filter(({ event }) => event.session_thread_id === threadId);
  return [
    {
      name: 'threads.list',
      method: 'GET',
      path: `${SESSION}/threads`,
      run(r) {
        const wanted = readList(r.query, 'statuses');
        const threads = threadBodies(sessions.find(r.param('session')));
        const rows = threads.filter((thread) => wanted.length === 0 || wanted.includes(thread.status));
        return pageOf(rows, (thread) => thread.id, readPage(r.query, { limit: 100, max: 1000, order: 'asc' }));
      },
    },
    { name: 'threads.retrieve', method: 'GET', path: `${SESSION}/threads/:thread`, run: (r) => find(r).thread },
    {
      name: 'threads.events.list',
      method: 'GET',
      path: `${SESSION}/threads/:thread/events`,
      run(r) {
        const { session, thread } = find(r);
        return listEvents(ownEvents(session, thread.id), r.query, { visibleUntil: visible(world) });
      },
    },
    {
      name: 'threads.stream',
      method: 'GET',
      path: `${SESSION}/threads/:thread/stream`,
      run(r) {
        const { session, thread } = find(r);
        if (thread.id !== session.threadId) throw new ApiError(404, 'Child threads cannot be streamed here.');
        return streams.open(session.log, r);
      },
    },
  ];
}

function fileRoutes({ files }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('file');
  return [
    { name: 'files.upload', method: 'POST', path: '/v1/files', run: async (r) => upload(files, await r.form()) },
    {
      name: 'files.list',
      method: 'GET',
      path: '/v1/files',
      run(r) {
        if (r.query.has('scope_id') && !r.beta) {
          throw badRequest('scope_id: requires the anthropic-beta header managed-agents-2026-04-01');
        }
        return files.list(r.query);
      },
    },
    { name: 'files.retrieve', method: 'GET', path: '/v1/files/:file', run: (r) => files.retrieve(id(r)) },
    {
      name: 'files.content',
      method: 'GET',
      path: '/v1/files/:file/content',
      run(r) {
        const { body, bytes } = files.content(id(r));
        return new Response(bytes, { headers: { 'content-type': body.mime_type } });
      },
    },
    { name: 'files.delete', method: 'DELETE', path: '/v1/files/:file', run: (r) => files.delete(id(r)) },
  ];
}

async function upload(files: FileStore, form: FormData) {
  const file = form.get('file');
  if (!(file instanceof File)) throw badRequest('file: Field required');
  const expires = form.get('expires_in_seconds');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mimeType = (file.type || 'application/octet-stream').replace(/;.*$/, '');
  return files.upload({ filename: file.name, mimeType, bytes }, expires === null ? undefined : Number(expires));
}

function readVersion(query: URLSearchParams): number | undefined {
  const version = query.get('version');
  if (version === null) return undefined;
  if (!/^[1-9]\d*$/.test(version)) throw badRequest('version: must be a positive integer');
  return Number(version);
}
