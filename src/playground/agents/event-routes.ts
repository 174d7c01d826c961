import { ApiError, notFound } from './api-error.ts';
import { listEvents } from './event-list.ts';
import { parseSend } from './event-schema.ts';
import { checkFileBlocks } from './file-blocks.ts';
import type { ApiRequest, Route } from './http.ts';
import { pageOf } from './paging.ts';
import { readList, readPage } from './query.ts';
import { type RouteWorld, SESSION } from './route-world.ts';
import type { Session } from './session.ts';
import { threadBodies } from './threads.ts';

export function eventRoutes(world: RouteWorld): Route[] {
  const { sessions, runner, files, streams } = world;
  return [
    {
      name: 'events.send',
      method: 'POST',
      path: `${SESSION}/events`,
      async run(request) {
        const session = sessions.find(request.param('session'));
        const events = parseSend(await request.body());
        checkFileBlocks(events, files);
        return { data: runner.accept(session, events) };
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

export function threadRoutes(world: RouteWorld): Route[] {
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

/** Clock time up to which events are listable: the list may lag the stream. */
function visible({ clock, faults }: RouteWorld): number {
  return clock.now() - faults.settings.listLagMs;
}
