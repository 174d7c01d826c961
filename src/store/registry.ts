import type { Registry } from '../thread/gate-ports.ts';
import type { OpenSpace } from './space.ts';

/**
 * Records by id that are read, changed and written as one. This process alone uses the store, so one line per id in
 * memory makes a change atomic; a driver that several processes share needs a compare-and-set here.
 */
export function createRegistry(openSpace: OpenSpace, { name, ttlMs }: { name: string; ttlMs: number }): Registry {
  const records = openSpace<unknown>(name, { ttlMs });
  const last = new Map<string, Promise<unknown>>();

  const changeNow = async (id: string, change: (before: unknown) => unknown) => {
    const before = await records.get(id);
    const after = change(before);
    if (after === undefined) return before;
    await records.set(id, after);
    return after;
  };

  return {
    load: (id) => records.get(id),
    async change(id, change) {
      const before = last.get(id) ?? Promise.resolve();
      // The one before has told its own caller of its failure; here it only had to be over.
      const mine = before.catch(() => {}).then(() => changeNow(id, change));
      last.set(id, mine);
      try {
        return await mine;
      } finally {
        if (last.get(id) === mine) last.delete(id);
      }
    },
  };
}
