import { useEffect, useState } from 'preact/hooks';
import type { PlaygroundApi } from './api.ts';
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
    const apply = (change: Change) => setState((current) => current && reduce(current, change));
    const load = async () => {
      waiting = [];
      try {
        const snapshot = await api.state();
        setState(waiting.reduce(reduce, snapshot));
        setOnline(true);
      } catch {
        // Shown as "reconnecting"; the next connection loads again.
        setOnline(false);
      }
      waiting = undefined;
    };
    return api.follow({
      connected: (up) => (up ? void load() : setOnline(false)),
      change: (change) => {
        if (change.type === 'traffic') traffic.add(change.traffic);
        else if (waiting) waiting.push(change);
        else apply(change);
      },
    });
  }, [api, traffic]);
  return { state, online };
}
