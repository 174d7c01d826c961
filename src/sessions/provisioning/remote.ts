/** The agents API as shelves of what is declared: all that a plan reads, and all that applying it does. */
import Anthropic, { type ClientOptions, NotFoundError } from '@anthropic-ai/sdk';
import { createClient, inTime } from '../client.ts';
import { type AgentTree, agentParams } from './agent-tree.ts';
import {
  type EnvironmentTree,
  environmentParams,
  type MemoryStoreTree,
  memoryStoreParams,
  seenEnvironment,
  seenMemoryStore,
} from './environment-tree.ts';
import type { Kind } from './lock.ts';
import { provisionError } from './provision-error.ts';
import { seenAgent } from './seen-agent.ts';
import { NAME_KEY, VERSION_KEY } from './shape.ts';
import type { Tree } from './tree.ts';

/** Something that the API has. */
export interface Found<T extends Tree> {
  id: string;
  /** What the Console calls it. */
  name: string;
  /** Its name in bridge.yaml; null: not made from one. */
  key: string | null;
  isArchived: boolean;
  /** Of an agent; 1 for what has no versions. */
  version: number;
  /** The version that drawbridge made last; null when there are none, or it made none. */
  made: number | null;
  /** `names` are those of the agents of the file, by their ids. */
  tree(names: ReadonlyMap<string, string>): T;
}

/** Rejects with a ProvisionError. `ids` are those of the agents of the file, by their names. */
export interface Shelf<T extends Tree> {
  /** Null: there is none of this id. */
  find(id: string): Promise<Found<T> | null>;
  /** As it was at a version; null where that cannot be said. */
  findAt(id: string, version: number): Promise<Found<T> | null>;
  /** All that are not archived. */
  list(): Promise<Found<T>[]>;
  create(tree: T, ids: ReadonlyMap<string, string>): Promise<Found<T>>;
  /** `conflict` when it is no longer as it was found. */
  update(found: Found<T>, tree: T, ids: ReadonlyMap<string, string>): Promise<Found<T>>;
  archive(id: string): Promise<void>;
}

export interface Remote {
  agents: Shelf<AgentTree>;
  environments: Shelf<EnvironmentTree>;
  memory_stores: Shelf<MemoryStoreTree>;
  /** Looked at only: their credentials are made in the Console. */
  vaults: { find(id: string): Promise<Pick<Found<Tree>, 'isArchived' | 'version'> | null> };
}

export interface RemoteOptions {
  apiKey: string;
  /** Without one: the real API. */
  baseURL?: string | undefined;
  fetch?: ClientOptions['fetch'];
}

/** Nothing is tried again by itself: a create that had landed would be made twice. */
export function createRemote(options: RemoteOptions): Remote {
  const { agents, environments, memoryStores, vaults } = createClient(options).beta;
  const page = { limit: 100 };
  return {
    agents: shelfOf<AgentTree, Agent>('agents', {
      found: (agent) => ({ ...common(agent), ...versions(agent), tree: (names) => seenAgent(agent, names) }),
      find: (request, id, version) => agents.retrieve(id, version === undefined ? {} : { version }, request),
      list: (request) => agents.list(page, request),
      create: (request, tree, ids) => agents.create(marked(agentParams(tree, ids), 1), request),
      update: (request, { id, version, ...found }, tree, ids) => {
        const params = marked(agentParams(tree, ids), version + 1);
        const metadata = patch(found.tree(NOBODY).metadata, params.metadata);
        return agents.update(id, { ...params, metadata, version }, request);
      },
      archive: (request, id) => agents.archive(id, {}, request),
    }),
    environments: shelfOf<EnvironmentTree, Anthropic.Beta.BetaEnvironment>('environments', {
      found: (environment) => ({ ...common(environment), ...NO_VERSIONS, tree: () => seenEnvironment(environment) }),
      find: (request, id) => environments.retrieve(id, {}, request),
      list: (request) => environments.list(page, request),
      create: (request, tree) => environments.create(environmentParams(tree), request),
      update: (request, found, tree) => {
        const params = environmentParams(tree);
        const metadata = patch(found.tree(NOBODY).metadata, params.metadata ?? {});
        return environments.update(found.id, { ...params, metadata }, request);
      },
      archive: (request, id) => environments.archive(id, {}, request),
    }),
    memory_stores: shelfOf<MemoryStoreTree, Anthropic.Beta.BetaManagedAgentsMemoryStore>('memory_stores', {
      found: (store) => ({ ...common(store), ...NO_VERSIONS, tree: () => seenMemoryStore(store) }),
      find: (request, id) => memoryStores.retrieve(id, {}, request),
      list: (request) => memoryStores.list(page, request),
      create: (request, tree) => memoryStores.create(memoryStoreParams(tree), request),
      update: (request, found, tree) => {
        const metadata = patch(found.tree(NOBODY).metadata, tree.metadata);
        return memoryStores.update(found.id, { ...memoryStoreParams(tree), metadata }, request);
      },
      archive: (request, id) => memoryStores.archive(id, {}, request),
    }),
    vaults: {
      async find(id) {
        const vault = await findOrNull(`vaults ${id}`, (request) => vaults.retrieve(id, {}, request));
        return vault && { isArchived: vault.archived_at !== null, version: 1 };
      },
    },
  };
}

type Agent = Anthropic.Beta.BetaManagedAgentsAgent;

const NOBODY: ReadonlyMap<string, string> = new Map();
const NO_VERSIONS = { version: 1, made: null };

interface Calls<T extends Tree, Raw> {
  found(raw: Raw): Found<T>;
  find(request: InTime, id: string, version?: number): Promise<Raw>;
  list(request: InTime): AsyncIterable<Raw>;
  create(request: InTime, tree: T, ids: ReadonlyMap<string, string>): Promise<Raw>;
  update(request: InTime, found: Found<T>, tree: T, ids: ReadonlyMap<string, string>): Promise<Raw>;
  archive(request: InTime, id: string): Promise<unknown>;
}

/** What ends a request, as the SDK takes it. */
interface InTime {
  signal: AbortSignal;
}

function shelfOf<T extends Tree, Raw>(kind: Kind, calls: Calls<T, Raw>): Shelf<T> {
  const about = async <R>(what: string, work: (request: InTime) => Promise<R>): Promise<R> => {
    try {
      return await inTime((signal) => work({ signal }));
    } catch (error) {
      throw provisionError(error, what);
    }
  };
  const nameOf = ({ metadata, name }: { metadata: Record<string, string>; name: string }) =>
    `${kind}.${metadata[NAME_KEY] ?? name}`;
  const find = async (id: string, version?: number) => {
    const raw = await findOrNull(`${kind} ${id}`, (request) => calls.find(request, id, version));
    return raw && calls.found(raw);
  };
  return {
    find: (id) => find(id),
    findAt: (id, version) => find(id, version),
    list: () =>
      about(kind, async (request) => {
        const all: Found<T>[] = [];
        for await (const raw of calls.list(request)) all.push(calls.found(raw));
        return all;
      }),
    create: (tree, ids) =>
      about(nameOf(tree as unknown as Named), async (request) => calls.found(await calls.create(request, tree, ids))),
    update: (found, tree, ids) =>
      about(nameOf(tree as unknown as Named), async (request) =>
        calls.found(await calls.update(request, found, tree, ids)),
      ),
    async archive(id) {
      await about(`${kind} ${id}`, (request) => calls.archive(request, id));
    },
  };
}

async function findOrNull<R>(what: string, work: (request: InTime) => Promise<R>): Promise<R | null> {
  try {
    return await inTime((signal) => work({ signal }));
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw provisionError(error, what);
  }
}

interface Named {
  name: string;
  metadata: Record<string, string>;
}

function common(raw: Named & { id: string; archived_at: string | null }) {
  return { id: raw.id, name: raw.name, key: raw.metadata[NAME_KEY] ?? null, isArchived: raw.archived_at !== null };
}

function versions({ version, metadata }: Agent) {
  const made = Number(metadata[VERSION_KEY]);
  return { version, made: Number.isInteger(made) && made > 0 ? made : null };
}

/** The version that this will make is said in it: whatever another one makes carries an older one. */
function marked<P extends Anthropic.Beta.AgentCreateParams>(params: P, version: number) {
  return { ...params, metadata: { ...params.metadata, [VERSION_KEY]: String(version) } };
}

/** The API merges metadata: what is to go must be said. */
function patch(old: Record<string, string>, wanted: Record<string, string>): Record<string, string | null> {
  return { ...Object.fromEntries(Object.keys(old).map((key) => [key, null])), ...wanted };
}
