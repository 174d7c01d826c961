import type { Change, PlaygroundView } from '../page/contract.ts';

/** The modals and home tabs that are open. */
export interface ViewStore {
  list(): PlaygroundView[];
  listen(listener: (change: Change) => void): () => void;
}

export function createViewStore(): ViewStore {
  const views = new Map<string, PlaygroundView>();
  const listeners = new Set<(change: Change) => void>();
  return {
    list: () => [...views.values()],
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
