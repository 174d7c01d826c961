import type { ThreadId } from '../thread/ids.ts';
import type { ThreadRecord, Threads } from '../thread/ports.ts';
import type { OpenSpace } from './space.ts';

/**
 * Records by thread, and beside them a mark for each unfinished one and for each that is parked, so that a start reads
 * a handful of marks and not every thread. A mark is set before the record and removed after it: a crash leaves one too
 * many, never one too few.
 */
export function createThreads(openSpace: OpenSpace): Threads {
  const records = openSpace<ThreadRecord>('threads');
  const kinds = [
    { marks: openSpace<true>('unfinished'), is: isUnfinished },
    { marks: openSpace<true>('parked'), is: isParked },
  ] as const;
  const [unfinished, parked] = kinds;

  async function* marked({ marks, is }: (typeof kinds)[number]): AsyncGenerator<ThreadId> {
    for await (const key of marks.keys()) {
      const thread = key as ThreadId;
      const record = await records.get(thread);
      if (record && is(record)) yield thread;
    }
  }

  return {
    load: (thread) => records.get(thread),
    async save(thread, record) {
      for (const { marks, is } of kinds) if (is(record) && !(await marks.has(thread))) await marks.set(thread, true);
      await records.set(thread, record);
      for (const { marks, is } of kinds) if (!is(record) && (await marks.has(thread))) await marks.delete(thread);
    },
    unfinished: () => marked(unfinished),
    parked: () => marked(parked),
  };
}

function isUnfinished({ turn, parked, outputs }: ThreadRecord): boolean {
  return (turn !== null && !parked) || outputs !== null;
}

/** It waits for people, and is found by what they do. */
function isParked({ parked }: ThreadRecord): boolean {
  return Boolean(parked);
}
