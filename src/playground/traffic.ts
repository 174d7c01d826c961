import type { Traffic } from './page/contract.ts';

/** Keeps the newest exchanges with both local servers for the page's drawer, and tells who listens. */
export interface TrafficLog {
  record(entry: Omit<Traffic, 'id'>): void;
  recent(): Traffic[];
  /** Calls back for each new entry; the returned function stops that. */
  listen(listener: (entry: Traffic) => void): () => void;
}

const KEPT = 500;

export function createTrafficLog(): TrafficLog {
  const entries: Traffic[] = [];
  const listeners = new Set<(entry: Traffic) => void>();
  let count = 0;
  return {
    record(entry) {
      count += 1;
      const numbered = { id: count, ...entry };
      entries.push(numbered);
      if (entries.length > KEPT) entries.shift();
      for (const listener of listeners) listener(numbered);
    },
    recent: () => [...entries],
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
