import { badRequest } from './api-error.ts';
import type { Order, PageQuery } from './paging.ts';

/** `key[]=a&key[]=b`; URLSearchParams has already undone the SDK's percent-encoding of the brackets. */
export function readList(query: URLSearchParams, key: string): string[] {
  return [...query.getAll(`${key}[]`), ...query.getAll(key)];
}

export function readPage(query: URLSearchParams, options: { limit: number; max: number; order: Order }): PageQuery {
  const order = query.get('order') ?? options.order;
  if (order !== 'asc' && order !== 'desc') throw badRequest("order: must be 'asc' or 'desc'");
  return { order, limit: readLimit(query, options), page: query.get('page') ?? undefined };
}

function readLimit(query: URLSearchParams, { limit, max }: { limit: number; max: number }): number {
  const given = query.get('limit');
  if (given === null) return limit;
  const number = Number(given);
  if (!Number.isInteger(number) || number < 1 || number > max) {
    throw badRequest(`limit: must be between 1 and ${max}`);
  }
  return number;
}

const RANGES = {
  gt: (a: number, b: number) => a > b,
  gte: (a: number, b: number) => a >= b,
  lt: (a: number, b: number) => a < b,
  lte: (a: number, b: number) => a <= b,
};

/** `created_at[gte]=2026-01-01T00:00:00Z` and its three sisters, as one test on a timestamp. */
export function readCreatedAt(query: URLSearchParams): (at: string | null) => boolean {
  const tests = Object.entries(RANGES).flatMap(([name, compare]) => {
    const given = query.get(`created_at[${name}]`);
    if (given === null) return [];
    const bound = Date.parse(given);
    if (Number.isNaN(bound)) throw badRequest(`created_at[${name}]: must be an RFC 3339 timestamp`);
    return [(at: number) => compare(at, bound)];
  });
  if (tests.length === 0) return () => true;
  return (at) => at !== null && tests.every((test) => test(Date.parse(at)));
}
