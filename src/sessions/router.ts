import { SessionError } from '../thread/errors.ts';
import { parseThreadId, type ThreadId } from '../thread/ids.ts';
import type { Place, Route, RouteMatch, Target } from './route.ts';

/** What routes ask of Slack. Both reject when Slack does not say. */
export interface Surroundings {
  place(channel: string): Promise<Place>;
  /** The people of a user group, `S…`. */
  group(group: string): Promise<string[]>;
}

export interface Router {
  /** What a new session of this thread is made from, and the route that says so; null: the default. */
  target(thread: ThreadId, requester: string): Promise<{ target: Target; route: string | null }>;
  /** Every agent a session may have. */
  agentIds: string[];
}

interface RouterOptions {
  fallback: Target;
  routes: readonly Route[];
  surroundings: Surroundings;
}

interface Asked {
  channel: string;
  requester: string;
}

/** Picks the first route that matches, and asks Slack nothing that the answer does not depend on. */
export function createRouter({ fallback, routes, surroundings }: RouterOptions): Router {
  return {
    agentIds: [...new Set([fallback, ...routes].map(({ agent }) => agent.id))],
    async target(thread, requester) {
      const asked = { channel: parseThreadId(thread).channel, requester };
      try {
        for (const route of routes) {
          if (await matches(route.match, asked, surroundings)) return { target: route, route: route.name };
        }
      } catch (error) {
        // The default may be an agent that this thread must not have.
        throw new SessionError('unreachable', 'Slack does not say which route serves the thread.', { cause: error });
      }
      return { target: fallback, route: null };
    },
  };
}

async function matches(
  { channels, places, requesters }: RouteMatch,
  { channel, requester }: Asked,
  surroundings: Surroundings,
): Promise<boolean> {
  if (channels !== null && !channels.includes(channel)) return false;
  if (places !== null && !places.includes(await surroundings.place(channel))) return false;
  return requesters === null || isAmong(requester, requesters, surroundings);
}

async function isAmong(person: string, ids: readonly string[], { group }: Surroundings): Promise<boolean> {
  if (ids.includes(person)) return true;
  for (const id of ids) {
    if (id.startsWith('S') && (await group(id)).includes(person)) return true;
  }
  return false;
}
