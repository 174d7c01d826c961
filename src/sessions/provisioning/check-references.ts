import type { Declarations } from './declarations.ts';
import type { Remote } from './remote.ts';
import type { TargetSection } from './routing-schema.ts';

const KINDS = ['agents', 'environments', 'memory_stores', 'vaults'] as const;

interface ReferenceWorld {
  remote: Remote;
  /** The newest version of each agent that the file declares, once it is applied. */
  versions: ReadonlyMap<string, number>;
}

/** Which ids and versions of the file no session can be made with, in sentences. Rejects with a ProvisionError. */
export async function checkReferences(declared: Declarations, { remote, versions }: ReferenceWorld): Promise<string[]> {
  const problems: string[] = [];
  const newest = new Map(versions);
  for (const kind of KINDS) {
    for (const [name, { id }] of Object.entries(declared[kind] ?? {})) {
      if (id === undefined) continue;
      const found = await remote[kind].find(id);
      if (found === null) problems.push(`${kind}.${name}: there is no ${id} in this workspace. ${IN_VAIN}`);
      else if (found.isArchived) problems.push(`${kind}.${name}: ${id} is archived. ${IN_VAIN}`);
      if (found && kind === 'agents') newest.set(name, found.version);
    }
  }
  return [...problems, ...missingVersions(declared, newest)];
}

const IN_VAIN = 'No session can be made with it.';

/** Versions that new sessions are to stay at and that the agent does not have. */
function missingVersions(declared: Declarations, newest: ReadonlyMap<string, number>): string[] {
  return pinned(declared)
    .filter(({ agent, version }) => version > (newest.get(agent) ?? version))
    .map(({ place, agent, version }) => `${place}: agents.${agent} has no version ${version}. ${IN_VAIN}`);
}

interface Pin {
  /** Where the file says so. */
  place: string;
  agent: string;
  version: number;
}

function pinned({ agents = {}, routing }: Declarations): Pin[] {
  const [only] = Object.keys(agents);
  const usual = routing?.default?.agent ?? only;
  const ofAgents = Object.entries(agents).map(([agent, { version }]) => {
    return { place: `agents.${agent}.version`, agent, version };
  });
  const ofRoute = (place: string, { agent = usual, version }: TargetSection) => ({ place, agent, version });
  const ofRoutes = [
    ...(routing?.default ? [ofRoute('routing.default', routing.default)] : []),
    ...(routing?.routes ?? []).map((route) => ofRoute(`The route ${JSON.stringify(route.name)}`, route)),
  ];
  return [...ofAgents, ...ofRoutes].flatMap(({ place, agent, version }) =>
    agent !== undefined && version !== undefined ? [{ place, agent, version }] : [],
  );
}
