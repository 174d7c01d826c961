import type { Traffic } from './contract.ts';

/** The newest exchanges, apart from the workspace, so that a burst of them redraws nothing but the open drawer. */
export interface TrafficStore {
  add(entry: Traffic): void;
  /** Puts older entries, as the server remembers them, before those already here. */
  load(entries: Traffic[]): void;
  clear(): void;
  entries(): Traffic[];
  listen(listener: () => void): () => void;
}

const KEPT = 300;

export function createTrafficStore(): TrafficStore {
  let entries: Traffic[] = [];
  let clearedUpTo = 0;
  const listeners = new Set<() => void>();
  const keep = (next: Traffic[]) => {
    entries = next.slice(-KEPT);
    for (const listener of listeners) listener();
  };
  return {
    add: (entry) => keep([...entries, entry]),
    load(older) {
      const known = new Set(entries.map(({ id }) => id));
      const merged = [...older.filter(({ id }) => id > clearedUpTo && !known.has(id)), ...entries];
      keep(merged.sort((a, b) => a.id - b.id));
    },
    clear() {
      clearedUpTo = entries.at(-1)?.id ?? clearedUpTo;
      keep([]);
    },
    entries: () => entries,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
