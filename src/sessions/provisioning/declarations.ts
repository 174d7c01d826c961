import type { AgentSection } from './agent-schema.ts';
import type { EnvironmentSection } from './environment-schema.ts';
import type { MemoryStoreSection, RepositorySection, RoutingSection, VaultSection } from './routing-schema.ts';

/** What bridge.yaml declares of the agent's side, by name. */
export interface Declarations {
  agents?: Record<string, AgentSection> | undefined;
  environments?: Record<string, EnvironmentSection> | undefined;
  vaults?: Record<string, VaultSection> | undefined;
  memory_stores?: Record<string, MemoryStoreSection> | undefined;
  repositories?: Record<string, RepositorySection> | undefined;
  routing?: RoutingSection | undefined;
}
