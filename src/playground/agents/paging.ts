import { badRequest } from './api-error.ts';

export type Order = 'asc' | 'desc';
export interface Page<T> {
  data: T[];
  next_page: string | null;
}

/** Cursors are opaque to clients and carry the order they were made with: another order is a 400. */
function encodeCursor(order: Order, key: string): string {
  return `page_${Buffer.from(JSON.stringify([order, key])).toString('base64url')}`;
}

function decodeCursor(cursor: string, order: Order): string {
  const parts = readCursor(cursor);
  if (!parts) throw badRequest('page: invalid cursor');
  if (parts[0] !== order) throw badRequest(`page: cursor was created with order=${parts[0]}`);
  return parts[1];
}

function readCursor(cursor: string): [string, string] | undefined {
  if (!cursor.startsWith('page_')) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor.slice(5), 'base64url').toString());
    return Array.isArray(parts) && parts.length === 2 ? [String(parts[0]), String(parts[1])] : undefined;
  } catch {
    return undefined; // a made-up cursor: the caller answers 400
  }
}

export interface PageQuery {
  order: Order;
  limit: number;
  page: string | undefined;
}

/** Cuts one page out of rows that are already in order; `keyOf` must be unique per row. */
export function pageOf<T>(rows: T[], keyOf: (row: T) => string, query: PageQuery): Page<T> {
  const after = query.page === undefined ? undefined : decodeCursor(query.page, query.order);
  const at = after === undefined ? -1 : rows.findIndex((row) => keyOf(row) === after);
  const data = rows.slice(at + 1, at + 1 + query.limit);
  const last = data.at(-1);
  const more = last !== undefined && at + 1 + query.limit < rows.length;
  return { data, next_page: more ? encodeCursor(query.order, keyOf(last)) : null };
}
