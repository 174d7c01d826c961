import { useEffect, useState } from 'preact/hooks';
import type { PlaygroundApi } from './api.ts';
import { createChangeQueue } from './change-queue.ts';
import type { Change, PlaygroundState } from './contract.ts';
import { reduce } from './state.ts';
import type { TrafficStore } from './traffic-store.ts';

/** The live workspace: loaded at each connection, then kept up to date by changes. Undefined until the first load. */
export function useWorkspace(api: PlaygroundApi, traffic: TrafficStore) {
  const [state, setState] = useState<PlaygroundState>();
  const [online, setOnline] = useState(true);
  useEffect(() => {
    // Changes that arrive while a snapshot is on its way are applied on top of it: each carries the whole thing that
    // changed, so one that the snapshot has already does no harm.
    let waiting: Change[] | undefined = [];
    const queue = createChangeQueue(
      (changes) => setState((current) => current && changes.reduce(reduce, current)),
      requestAnimationFrame,
    );
    const load = async () => {
      const during: Change[] = [];
      waiting = during;
      try {
        const snapshot = await api.state();
        // A connection that came up after this one loads by itself.
        if (waiting !== during) return;
        queue.clear();
        setState(during.reduce(reduce, snapshot));
        setOnline(true);
      } catch {
        // Shown as "trying again"; the next connection loads anew.
        setOnline(false);
      }
      if (waiting === during) waiting = undefined;
    };
    return api.follow({
      connected: (up) => (up ? void load() : setOnline(false)),
      change: (change) => {
        if (change.type === 'traffic') traffic.add(change.traffic);
        else if (waiting) waiting.push(change);
        else queue.add(change);
      },
    });
  }, [api, traffic]);
  return { state, online };
}
