import type { Args } from '../args.ts';
import { Refusal } from '../refusal.ts';

const MAX_PAGE = 1_000;

/** One page of a list as `limit` and `cursor` ask for it, with the `response_metadata` that leads to the next. */
export function pageOf<T>(
  items: T[],
  page: {
    args: Args;
    /** How many there are where no limit is given. */
    usual: number;
    /** How many there are at most, whatever the limit. */
    atMost: number;
  },
): { items: T[]; next: string; metadata: { response_metadata: { next_cursor: string } } } {
  const { args, usual, atMost } = page;
  const limit = Math.min(args.number('limit') || usual, MAX_PAGE, atMost);
  if (limit < 1) throw new Refusal('invalid_limit');
  const start = offsetOf(args.maybe('cursor'));
  const end = start + limit;
  const next = end < items.length ? btoa(`next:${end}`) : '';
  return { items: items.slice(start, end), next, metadata: { response_metadata: { next_cursor: next } } };
}

function offsetOf(cursor: string | undefined): number {
  if (!cursor) return 0;
  const offset = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (!offset) throw new Refusal('invalid_cursor');
  return Number(offset);
}
