import type { Route } from './route.ts';
import type { Surroundings } from './router.ts';

/** The routes cannot hold: they name who is not there. The message says which, and what to do. */
export class RouteError extends Error {
  readonly code = 'route';

  constructor(problems: readonly string[]) {
    super(`Drawbridge cannot start: ${problems.join('\n')}`);
    this.name = 'RouteError';
  }
}

/** Holds the routes against what only Slack knows: its user groups. Rejects with a RouteError. */
export async function checkRoutes(routes: readonly Route[], { group }: Pick<Surroundings, 'group'>): Promise<void> {
  const problems: string[] = [];
  const known = new Set<string>();
  for (const { name, match } of routes) {
    for (const id of match.requesters ?? []) {
      if (!id.startsWith('S') || known.has(id)) continue;
      known.add(id);
      try {
        await group(id);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        problems.push(
          `the route ${JSON.stringify(name)} names a user group that Slack does not tell of: ${id} (${reason}). Check the id, and that the app has the scope usergroups:read; if Slack was out of reach, start again`,
        );
      }
    }
  }
  if (problems.length > 0) throw new RouteError(problems);
}
