/** Which agent, environment and resources a thread's session is made from. */

/** What a session is made from. */
export interface Target {
  /** `version` null: the latest at that time. */
  agent: { id: string; version: number | null };
  environmentId: string;
  vaultIds: readonly string[];
  memoryStores: readonly MemoryMount[];
  repositories: readonly RepositoryMount[];
}

export interface MemoryMount {
  id: string;
  access: 'read_only' | 'read_write';
  instructions: string | null;
}

export interface RepositoryMount {
  url: string;
  /** Null: public. */
  token: string | null;
  checkout: { type: 'branch'; name: string } | { type: 'commit'; sha: string } | null;
  /** Null: where the API puts it. */
  path: string | null;
}

/** A target for some threads; the first route that matches serves the thread. */
export interface Route extends Target {
  name: string;
  match: RouteMatch;
}

export type Place = 'channel' | 'dm' | 'group_dm';

/** All that is not null must be so. */
export interface RouteMatch {
  places: readonly Place[] | null;
  channels: readonly string[] | null;
  /** `U…`, and user groups, `S…`. */
  requesters: readonly string[] | null;
}
