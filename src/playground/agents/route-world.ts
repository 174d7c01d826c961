import type { Clock } from '../../clock.ts';
import type { AgentStore } from './agents.ts';
import type { EnvironmentStore } from './environments.ts';
import type { EventStreams } from './event-stream.ts';
import type { FaultPoints } from './faults.ts';
import type { FileStore } from './files.ts';
import type { MemoryStores } from './memory-stores.ts';
import type { Resources } from './resources.ts';
import type { SessionRunner } from './session-runner.ts';
import type { SessionStore } from './sessions.ts';
import type { Spool } from './spool.ts';
import type { VaultStore } from './vaults.ts';

/** What the routes call; each takes the part it needs. */
export interface RouteWorld {
  clock: Clock;
  agents: AgentStore;
  environments: EnvironmentStore;
  memoryStores: MemoryStores;
  vaults: VaultStore;
  sessions: SessionStore;
  resources: Resources;
  files: FileStore;
  spool: Spool;
  runner: SessionRunner;
  streams: EventStreams;
  faults: FaultPoints;
}

/** Where the routes of one session begin. */
export const SESSION = '/v1/sessions/:session';
