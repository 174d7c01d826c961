import type { SlackTs, ThreadId } from '../thread/ids.ts';
import { byTs, type Input, inputKey } from '../thread/input.ts';
import type { Inbox, Seen } from '../thread/ports.ts';
import type { OpenSpace } from './space.ts';

/** How long a settled input is remembered: longer than any platform delivers a second time. */
const CLAIM_TTL_MS = 30 * 24 * 3_600_000;

/**
 * One entry per input, so that adding is one atomic write and never a read-modify-write of a list. Settling writes
 * the claim before it deletes the entry: a crash between the two leaves an entry that its claim hides.
 */
export function createInbox(openSpace: OpenSpace): Inbox {
  const inputs = openSpace<Input>('inbox');
  const claims = openSpace<true>('claims', { ttlMs: CLAIM_TTL_MS });

  return {
    async add(input) {
      if (await claims.has(nameOf(input))) return false;
      await inputs.set(nameOf(input), input);
      return true;
    },
    async list(thread) {
      const open: Input[] = [];
      for await (const input of inputs.values(thread)) {
        if (!(await claims.has(nameOf(input)))) open.push(input);
      }
      return open.sort(byTs);
    },
    async settle(input) {
      await claims.set(nameOf(input), true);
      await inputs.delete(nameOf(input));
    },
    async *waiting() {
      const seen = new Set<ThreadId>();
      for await (const input of inputs.values()) {
        if (seen.has(input.thread) || (await claims.has(nameOf(input)))) continue;
        seen.add(input.thread);
        yield input.thread;
      }
    },
    async *seen() {
      const threads = new Map<ThreadId, Seen>();
      for await (const name of claims.keys()) widen(threads, name);
      for await (const name of inputs.keys()) widen(threads, name);
      yield* threads.values();
    },
  };
}

/** What is settled and what waits tell together what was taken in: nothing else has to be written for it. */
function widen(threads: Map<ThreadId, Seen>, name: string): void {
  const [id = '', at = ''] = name.split(':');
  const [thread, ts] = [id as ThreadId, at as SlackTs];
  const { first, last } = threads.get(thread) ?? { first: ts, last: ts };
  threads.set(thread, { thread, first: ts < first ? ts : first, last: ts > last ? ts : last });
}

/** A thread id has no colon, so all of a thread's inputs, and only they, begin with it and one. */
function nameOf(input: Input): string {
  return `${input.thread}:${inputKey(input)}`;
}
