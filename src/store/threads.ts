import type { ThreadId } from '../thread/ids.ts';
import type { ThreadRecord, Threads } from '../thread/ports.ts';
import type { OpenSpace } from './space.ts';

/**
 * Records by thread, and beside them a mark for each unfinished one, so that a start reads a handful of marks and
 * not every parked thread. The mark is set before the record and removed after it: a crash leaves one too many,
 * never one too few.
 */
export function createThreads(openSpace: OpenSpace): Threads {
  const records = openSpace<ThreadRecord>('threads');
  const marks = openSpace<true>('unfinished');

  return {
    load: (thread) => records.get(thread),
    async save(thread, record) {
      const unfinished = isUnfinished(record);
      if (unfinished && !(await marks.has(thread))) await marks.set(thread, true);
      await records.set(thread, record);
      if (!unfinished) await marks.delete(thread);
    },
    async *unfinished() {
      for await (const key of marks.keys()) {
        const thread = key as ThreadId;
        const record = await records.get(thread);
        if (record && isUnfinished(record)) yield thread;
      }
    },
  };
}

function isUnfinished({ turn, outputs }: ThreadRecord): boolean {
  return turn !== null || outputs !== null;
}
