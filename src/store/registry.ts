import type { Registry } from '../thread/gate-ports.ts';
import { createTurns } from '../thread/in-turn.ts';
import type { OpenSpace } from './space.ts';

/**
 * Records by id that are read, changed and written as one. This process alone uses the store, so one line per id in
 * memory makes a change atomic; a driver that several processes share needs a compare-and-set here.
 */
export function createRegistry(openSpace: OpenSpace, { name, ttlMs }: { name: string; ttlMs: number }): Registry {
  const records = openSpace<unknown>(name, { ttlMs });
  const inTurn = createTurns<string>();

  return {
    load: (id) => records.get(id),
    change: (id, change) =>
      inTurn(id, async () => {
        const before = await records.get(id);
        const after = change(before);
        if (after === undefined) return before;
        await records.set(id, after);
        return after;
      }),
  };
}
