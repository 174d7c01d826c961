import type { MemoryMount, RepositoryMount, Route, RouteMatch, Target } from '../route.ts';
import type { Declarations } from './declarations.ts';
import type { Finding } from './finding.ts';
import type { Lock } from './lock.ts';
import type { MatchSection, RepositorySection, TargetSection } from './routing-schema.ts';

export interface ResolveOptions {
  lock: Lock;
  /** `gate.groups` of the file. */
  groups: Record<string, string[]>;
  env: Record<string, string | undefined>;
  /** What the environment says the default is; it wins over the file. */
  given: { agent?: Target['agent'] | undefined; environmentId?: string | undefined; vaultIds?: string[] | undefined };
}

export interface ResolvedRoutes {
  /** Null: neither the file nor the environment says it. */
  agent: Target['agent'] | null;
  environmentId: string | null;
  vaultIds: string[];
  memoryStores: MemoryMount[];
  repositories: RepositoryMount[];
  routes: Route[];
  findings: Finding[];
  /** Declared things that a route needs and that drawbridge apply has not made yet. */
  unapplied: string[];
}

/** What the names of `routing:` stand for, by the file, the lock file and the environment. Declarations must be checked. */
export function resolveRoutes(declared: Declarations, { lock, groups, env, given }: ResolveOptions): ResolvedRoutes {
  const look = createLookUp(declared, { lock, env });
  const { default: usual = {}, routes = [] } = declared.routing ?? {};
  const whole: TargetSection = {
    ...usual,
    agent: usual.agent ?? onlyOne(declared.agents),
    environment: usual.environment ?? onlyOne(declared.environments),
  };
  const fallback = {
    agent: given.agent ?? look.agent(whole),
    environmentId: given.environmentId ?? look.environment(whole),
    vaultIds: given.vaultIds ?? look.vaults(whole),
    memoryStores: look.memoryStores(whole),
    repositories: look.repositories(whole),
  };
  const resolved = routes.flatMap((route): Route[] => {
    const agent = agentOf(route, { look, fallback: fallback.agent });
    const environmentId = route.environment === undefined ? fallback.environmentId : look.environment(route);
    if (agent === null || environmentId === null) return [];
    return [
      {
        name: route.name,
        match: matchOf(route.match, groups),
        agent,
        environmentId,
        vaultIds: route.vaults === undefined ? fallback.vaultIds : look.vaults(route),
        memoryStores: route.memory_stores === undefined ? fallback.memoryStores : look.memoryStores(route),
        repositories: route.repositories === undefined ? fallback.repositories : look.repositories(route),
      },
    ];
  });
  return { ...fallback, routes: resolved, findings: look.findings, unapplied: [...look.unapplied] };
}

interface AgentChoice {
  look: LookUp;
  fallback: Target['agent'] | null;
}

/** A version without an agent is one of the default's. */
function agentOf(route: TargetSection, { look, fallback }: AgentChoice): Target['agent'] | null {
  if (route.agent !== undefined) return look.agent(route);
  if (route.version === undefined || fallback === null) return fallback;
  return { ...fallback, version: route.version };
}

function matchOf({ place, channel, requester }: MatchSection, groups: Record<string, string[]>): RouteMatch {
  const ids = requester?.flatMap((name) => groups[name] ?? [name]);
  return { places: place ?? null, channels: channel ?? null, requesters: ids ?? null };
}

function onlyOne(entries: Record<string, unknown> = {}): string | undefined {
  const names = Object.keys(entries);
  return names.length === 1 ? names[0] : undefined;
}

type LookUp = ReturnType<typeof createLookUp>;

function createLookUp(declared: Declarations, { lock, env }: Pick<ResolveOptions, 'lock' | 'env'>) {
  const findings: Finding[] = [];
  const unapplied = new Set<string>();
  const idOf = (kind: 'agents' | 'environments' | 'memory_stores', name: string): string | null => {
    const id = declared[kind]?.[name]?.id ?? lock[kind][name]?.id;
    if (id === undefined) unapplied.add(`${kind}.${name}`);
    return id ?? null;
  };
  const tokenOf = (name: string, { token_from: variable }: RepositorySection): string | null => {
    if (variable === undefined) return null;
    const token = env[variable]?.trim();
    const path = ['repositories', name, 'token_from'];
    const isNew = !findings.some((finding) => finding.path.join() === path.join());
    if (!token && isNew) findings.push({ path, key: false, message: `names ${variable}, which is not set` });
    return token || null;
  };
  return {
    findings,
    unapplied,
    agent({ agent: name, version }: TargetSection): Target['agent'] | null {
      if (name === undefined) return null;
      const id = idOf('agents', name);
      return id === null ? null : { id, version: version ?? declared.agents?.[name]?.version ?? null };
    },
    environment({ environment: name }: TargetSection): string | null {
      return name === undefined ? null : idOf('environments', name);
    },
    vaults({ vaults = [] }: TargetSection): string[] {
      return vaults.flatMap((name) => declared.vaults?.[name]?.id ?? []);
    },
    memoryStores({ memory_stores: names = [] }: TargetSection): MemoryMount[] {
      return names.flatMap((name): MemoryMount[] => {
        const { access = 'read_only', instructions = null } = declared.memory_stores?.[name] ?? {};
        const id = idOf('memory_stores', name);
        return id === null ? [] : [{ id, access, instructions }];
      });
    },
    repositories({ repositories: names = [] }: TargetSection): RepositoryMount[] {
      return names.flatMap((name): RepositoryMount[] => {
        const section = declared.repositories?.[name];
        if (section === undefined) return [];
        const { url, branch, commit, path = null } = section;
        const checkout = branch ? { type: 'branch' as const, name: branch } : null;
        const exact = commit ? { type: 'commit' as const, sha: commit } : null;
        return [{ url, token: tokenOf(name, section), checkout: exact ?? checkout, path }];
      });
    },
  };
}
