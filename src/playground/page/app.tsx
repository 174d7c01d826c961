import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { AppProps } from './app-props.ts';
import { placeOf } from './place.ts';
import { useRoute } from './use-route.ts';
import { useWorkspace } from './use-workspace.ts';
import { Workspace } from './workspace.tsx';

/** Loads the workspace and finds out where in it we are: which person, which conversation, which thread. */
export function App(props: AppProps): VNode {
  const { state, online } = useWorkspace(props.api, props.traffic);
  const [route, go] = useRoute();
  const place = useMemo(() => state && placeOf(state, route), [state, route]);
  useEffect(() => {
    document.title = place ? `${place.channel?.name ?? 'Drawbridge'} · Drawbridge playground` : 'Drawbridge playground';
  }, [place]);
  if (!state || !place) {
    return <p class="loading">{online ? 'Opening the playground…' : 'Waiting for the playground server…'}</p>;
  }
  return <Workspace {...props} state={state} online={online} place={place} go={go} />;
}
