import { agentRoutes, environmentRoutes, memoryStoreRoutes, vaultRoutes } from './control-routes.ts';
import { eventRoutes, threadRoutes } from './event-routes.ts';
import { fileRoutes } from './file-routes.ts';
import type { Route } from './http.ts';
import type { RouteWorld } from './route-world.ts';
import { sessionRoutes } from './session-routes.ts';

/** Every route of the API, by the name its client method has. */
export function createRoutes(world: RouteWorld): Route[] {
  return [
    ...agentRoutes(world),
    ...environmentRoutes(world),
    ...memoryStoreRoutes(world),
    ...vaultRoutes(world),
    ...sessionRoutes(world),
    ...eventRoutes(world),
    ...threadRoutes(world),
    ...fileRoutes(world),
  ];
}
