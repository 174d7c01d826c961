import { badRequest } from './api-error.ts';
import type { LoggedEvent, SessionEvent } from './event-log.ts';
import { type Page, pageOf } from './paging.ts';
import { readCreatedAt, readList, readPage } from './query.ts';

const MAX_PAGE = 1000;
const FAMILIES = /^(user|agent|session|span|workflow_run|system)\.[a-z_.]+$/;

/**
 * `GET …/events`: sorted by `processed_at`, what is still queued last (first in `desc`), filtered and paged.
 * `visibleUntil` is the clock time up to which emitted events are listable: the list may lag the stream.
 */
export function listEvents(
  entries: readonly LoggedEvent[],
  query: URLSearchParams,
  options: { visibleUntil: number },
): Page<SessionEvent> {
  const page = readPage(query, { limit: MAX_PAGE, max: MAX_PAGE, order: 'asc' });
  const types = readTypes(query);
  const inRange = readCreatedAt(query);
  const rows = entries
    .filter((entry) => entry.emittedAt <= options.visibleUntil)
    .filter(({ event }) => types.size === 0 || types.has(event.type))
    .filter(({ event }) => inRange(event.processed_at))
    .sort(byProcessedAt);
  if (page.order === 'desc') rows.reverse();
  const { data, next_page } = pageOf(rows, (row) => row.event.id, page);
  return { data: data.map((row) => row.event), next_page };
}

function readTypes(query: URLSearchParams): Set<string> {
  const types = readList(query, 'types');
  // `session.deleted` only ever travels on a stream and is not part of the filter's enum.
  const wrong = types.find((type) => !FAMILIES.test(type) || type === 'session.deleted');
  if (wrong !== undefined) throw badRequest(`types: '${wrong}' is not a supported event type`);
  return new Set(types);
}

function byProcessedAt(a: LoggedEvent, b: LoggedEvent): number {
  const [left, right] = [a.event.processed_at, b.event.processed_at];
  if (left === right) return a.sequence - b.sequence;
  if (left === null) return 1;
  if (right === null) return -1;
  return left < right ? -1 : 1;
}
