/** Environments and memory stores as trees: from bridge.yaml, from the API, and to what the API takes. */
import type Anthropic from '@anthropic-ai/sdk';
import { type EnvironmentSection, PACKAGE_MANAGERS } from './environment-schema.ts';
import type { MemoryStoreSection } from './routing-schema.ts';
import { NAME_KEY } from './shape.ts';

type Environment = Anthropic.Beta.BetaEnvironment;

export interface EnvironmentTree {
  readonly [key: string]: unknown;
  name: string;
  description: string | null;
  networking:
    | { type: 'unrestricted' }
    | { type: 'limited'; allowed_hosts: string[]; allow_mcp_servers: boolean; allow_package_managers: boolean };
  packages: Record<string, string[]>;
  metadata: Record<string, string>;
}

/** Closed where the file says nothing: the API's own default is open. */
export function wantedEnvironment(key: string, section: EnvironmentSection): EnvironmentTree {
  const { name = key, description = null, networking = {}, packages = {}, metadata = {} } = section;
  const limits = networking === 'unrestricted' ? null : networking;
  return {
    name,
    description,
    networking: limits
      ? {
          type: 'limited',
          allowed_hosts: [...(limits.allowed_hosts ?? [])].sort(),
          allow_mcp_servers: limits.allow_mcp_servers ?? false,
          allow_package_managers: limits.allow_package_managers ?? false,
        }
      : { type: 'unrestricted' },
    packages: packageLists(packages),
    metadata: { ...metadata, [NAME_KEY]: key },
  };
}

export function seenEnvironment({ name, description, config, metadata }: Environment): EnvironmentTree {
  const { networking, packages } = config.type === 'cloud' ? config : CLOSED;
  return {
    name,
    description: description || null,
    networking:
      networking.type === 'limited'
        ? { ...networking, allowed_hosts: [...networking.allowed_hosts].sort() }
        : { type: 'unrestricted' },
    packages: packageLists(packages),
    metadata,
  };
}

/** One that runs elsewhere; the API refuses to make a cloud one of it. */
const CLOSED = {
  networking: { type: 'limited' as const, allowed_hosts: [], allow_mcp_servers: false, allow_package_managers: false },
  packages: {},
};

function packageLists(packages: { [manager in (typeof PACKAGE_MANAGERS)[number]]?: string[] | undefined }) {
  return Object.fromEntries(
    PACKAGE_MANAGERS.flatMap((manager) => {
      const list = packages[manager] ?? [];
      return list.length > 0 ? [[manager, [...list].sort()]] : [];
    }),
  );
}

export function environmentParams(tree: EnvironmentTree): Anthropic.Beta.EnvironmentCreateParams {
  const { name, description, networking, packages, metadata } = tree;
  const all = Object.fromEntries(PACKAGE_MANAGERS.map((manager) => [manager, packages[manager] ?? []]));
  return { name, description, config: { type: 'cloud', networking, packages: all }, metadata };
}

export interface MemoryStoreTree {
  readonly [key: string]: unknown;
  name: string;
  description: string | null;
  metadata: Record<string, string>;
}

export function wantedMemoryStore(key: string, { name = key, description }: MemoryStoreSection): MemoryStoreTree {
  return { name, description: description ?? null, metadata: { [NAME_KEY]: key } };
}

export function seenMemoryStore(store: Anthropic.Beta.BetaManagedAgentsMemoryStore): MemoryStoreTree {
  const { name, description, metadata } = store;
  return { name, description: description || null, metadata };
}

export function memoryStoreParams({ name, description, metadata }: MemoryStoreTree) {
  return { name, description: description ?? '', metadata };
}
