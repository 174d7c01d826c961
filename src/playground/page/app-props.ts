import type { PlaygroundApi } from './api.ts';
import type { Memory } from './memory.ts';
import type { TrafficStore } from './traffic-store.ts';

/** What the page gets from the browser around it. */
export interface AppProps {
  api: PlaygroundApi;
  traffic: TrafficStore;
  memory: Memory;
  /** Milliseconds since the epoch. */
  now: () => number;
}
