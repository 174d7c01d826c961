import { useEffect, useState } from 'preact/hooks';
import { formatRoute, parseRoute, type Route } from './route.ts';

/** The route in the address, kept in step both ways: moving writes it, Back and edited addresses are followed. */
export function useRoute(): [Route, (route: Route) => void] {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const go = (next: Route) => {
    const hash = formatRoute(next);
    if (hash !== location.hash) history.pushState(null, '', hash);
    setRoute(next);
  };
  return [route, go];
}
