/** Where the page is, kept in the address so that a reload or a bookmark comes back to it. */
export interface Route {
  person?: string;
  channel?: string;
  thread?: string;
}

export function parseRoute(hash: string): Route {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const route: Route = {};
  for (const key of ['person', 'channel', 'thread'] as const) {
    const value = fields.get(key);
    if (value) route[key] = value;
  }
  return route;
}

export function formatRoute({ person, channel, thread }: Route): string {
  const fields = new URLSearchParams();
  if (person) fields.set('person', person);
  if (channel) fields.set('channel', channel);
  if (thread) fields.set('thread', thread);
  return `#${fields}`;
}
