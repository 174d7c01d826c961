import type { Lookup } from '../lookup.ts';
import type { Wire } from '../wire.ts';
import type { Workspace } from '../workspace.ts';

/** What every family of methods works on. */
export interface Rooms {
  workspace: Workspace;
  lookup: Lookup;
  wire: Wire;
  /** `http://127.0.0.1:PORT`; known once the server listens. */
  baseUrl: () => string;
  /** The most that a page of a list holds: Slack may give fewer than it is asked for. */
  pageSize: () => number;
  /** The same of messages, of which some apps are given very few. */
  readSize: () => number;
}
