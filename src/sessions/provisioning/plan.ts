/** What would have to be done for the API to have what bridge.yaml declares. */
import { type AgentTree, type CustomTool, wantedAgent } from './agent-tree.ts';
import { teamOf } from './check.ts';
import { checkReferences } from './check-references.ts';
import { ConflictError } from './conflict-error.ts';
import type { Declarations } from './declarations.ts';
import { wantedEnvironment, wantedMemoryStore } from './environment-tree.ts';
import type { Kind, Lock } from './lock.ts';
import { ProvisionError } from './provision-error.ts';
import type { Found, Remote, Shelf } from './remote.ts';
import { settle } from './seen-agent.ts';
import { compareTrees, type FieldChange, type Tree } from './tree.ts';
import { warningsOf } from './warnings.ts';

/**
 * `adopt`: it is as declared, and only the lock file does not know it. `conflict`: somebody else has changed it since it
 * was last applied. `orphan`: it is declared no more; `archive`: and is to be archived.
 */
export type Action = 'create' | 'update' | 'adopt' | 'none' | 'conflict' | 'orphan' | 'archive';

export interface Change {
  kind: Kind;
  name: string;
  action: Action;
  /** Null: it is not there yet. */
  id: string | null;
  /** Of an agent, before the change; null: it has none, or is not there yet. */
  version: number | null;
  /** From what there is to what is declared. */
  fields: FieldChange[];
  /** What was changed elsewhere since it was last applied, as far as that can be said. */
  meanwhile: FieldChange[];
}

export interface Plan {
  /** In the order in which they are done. */
  steps: Step[];
  /** In sentences. */
  warnings: string[];
}

export interface Step {
  change: Change;
  /** Does it, as things are by then; null: nothing is left of it. Rejects with a ProvisionError. */
  run(): Promise<Made | null>;
}

export interface Made {
  id: string;
  /** Of an agent. */
  version: number | null;
}

export interface PlanOptions {
  remote: Remote;
  lock: Lock;
  /** The custom tools there are. */
  tools: readonly CustomTool[];
  /** Those of them that are the operator's own. */
  ownTools?: readonly string[];
  /** Whether what is declared no more is to be archived. */
  archive?: boolean;
  /** Whether what was changed elsewhere is to be set back. */
  overwrite?: boolean;
}

/** Reads and changes nothing. Rejects with a ProvisionError. Declarations must be checked, and prompts read. */
export async function makePlan(declared: Declarations, options: PlanOptions): Promise<Plan> {
  const { remote } = options;
  const steps: Step[] = [];
  for (const [name, section] of managed(declared.environments)) {
    const wanted = () => wantedEnvironment(name, section);
    steps.push(await stepFor('environments', name, { shelf: remote.environments, wanted, options }));
  }
  for (const [name, section] of managed(declared.memory_stores)) {
    const wanted = () => wantedMemoryStore(name, section);
    steps.push(await stepFor('memory_stores', name, { shelf: remote.memory_stores, wanted, options }));
  }
  steps.push(...(await agentSteps(declared, options)));
  steps.push(...(await orphanSteps(declared, options)));
  const warnings = [
    ...warningsOf(declared, options.ownTools ?? []),
    ...(await checkReferences(declared, { remote, versions: versionsAfter(steps) })),
  ];
  return { steps, warnings };
}

/** The version that each agent of the plan will have. */
function versionsAfter(steps: readonly Step[]): Map<string, number> {
  const ofAgents = steps.map(({ change }) => change).filter(({ kind }) => kind === 'agents');
  return new Map(ofAgents.map((change) => [change.name, versionAfter(change)]));
}

function versionAfter({ version, action }: Change): number {
  return (version ?? 0) + (action === 'update' || action === 'create' ? 1 : 0);
}

/** Whether anything would be done. */
export function hasChanges({ steps }: Plan): boolean {
  return steps.some(({ change: { action } }) => action !== 'none' && action !== 'orphan');
}

async function agentSteps(declared: Declarations, options: PlanOptions): Promise<Step[]> {
  const { tools, remote } = options;
  const team = await foreignTeam(declared, remote);
  const steps: Step[] = [];
  for (const name of inOrder(declared)) {
    const section = declared.agents?.[name];
    if (section === undefined || section.id !== undefined) continue;
    const step = await stepFor('agents', name, {
      shelf: remote.agents,
      wanted(seen: AgentTree | null) {
        const tree = wantedAgent(name, section, { tools, versions: team.versions });
        return seen ? settle(tree, seen) : tree;
      },
      options,
      ids: team.ids,
    });
    const { id } = step.change;
    if (id !== null) team.ids.set(name, id);
    team.versions.set(name, versionAfter(step.change));
    steps.push({
      ...step,
      async run() {
        const made = await step.run();
        if (made !== null) team.ids.set(name, made.id);
        if (made?.version) team.versions.set(name, made.version);
        return made;
      },
    });
  }
  return steps;
}

/** Agents that others are made with: each by its name, at the version that it will have. */
interface Team {
  ids: Map<string, string>;
  versions: Map<string, number>;
}

/** Those that are looked after elsewhere. */
async function foreignTeam(declared: Declarations, remote: Remote): Promise<Team> {
  const team: Team = { ids: new Map(), versions: new Map() };
  const members = new Set(Object.values(declared.agents ?? {}).flatMap(teamOf));
  for (const [name, { id, version }] of Object.entries(declared.agents ?? {})) {
    if (id === undefined || !members.has(name)) continue;
    const found = await remote.agents.find(id);
    if (found === null) throw new ProvisionError('refused', `agents.${name}: there is no agent ${id}.`);
    team.ids.set(name, id);
    team.versions.set(name, version ?? found.version);
  }
  return team;
}

/** Agents after those they are made with. */
function inOrder({ agents = {} }: Declarations): string[] {
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    const agent = agents[name];
    if (agent === undefined || ordered.has(name)) return;
    for (const member of teamOf(agent)) visit(member);
    ordered.add(name);
  };
  for (const name of Object.keys(agents)) visit(name);
  return [...ordered];
}

/** What is declared here and not only named by an id. */
function managed<T extends { id?: string | undefined }>(sections: Record<string, T> | undefined): [string, T][] {
  return Object.entries(sections ?? {}).filter(([, { id }]) => id === undefined);
}

interface StepSource<T extends Tree> {
  shelf: Shelf<T>;
  /** What it should be; the file may leave some of it to what there is. */
  wanted(seen: T | null): T;
  options: PlanOptions;
  /** Those of the agents that are known by now, by name. */
  ids?: ReadonlyMap<string, string>;
}

async function stepFor<T extends Tree & { name: string }>(
  kind: Kind,
  name: string,
  { shelf, wanted, options, ids = new Map() }: StepSource<T>,
): Promise<Step> {
  const found = await findDeclared(kind, name, { shelf, lock: options.lock, called: wanted(null).name });
  const made = ({ id, version }: Found<T>): Made => ({ id, version: kind === 'agents' ? version : null });
  const change = { kind, name, id: found?.id ?? null, version: found && made(found).version, meanwhile: [] };
  if (found === null) {
    const create = async () => made(await shelf.create(wanted(null), ids));
    return { change: { ...change, action: 'create', fields: compareTrees({}, wanted(null)) }, run: create };
  }
  const names = new Map([...ids].map(([key, id]) => [id, key]));
  const seen = found.tree(names);
  const fields = compareTrees(seen, wanted(seen));
  if (fields.length === 0) {
    const action = options.lock[kind][name]?.id === found.id ? 'none' : 'adopt';
    return { change: { ...change, action, fields }, run: async () => made(found) };
  }
  const meanwhile = await changedElsewhere(found, { shelf, names });
  const action = meanwhile !== null && options.overwrite !== true ? 'conflict' : 'update';
  const whole: Change = { ...change, action, fields, meanwhile: meanwhile ?? [] };
  const since = async () => {
    const now = await shelf.find(found.id);
    return now ? compareTrees(seen, now.tree(names)) : [];
  };
  const update = async () => {
    // What has no versions is looked at once more: nobody else would refuse.
    const early = kind === 'agents' ? [] : await since();
    if (early.length > 0) throw new ConflictError(whole, { meanwhile: early });
    try {
      return made(await shelf.update(found, wanted(seen), ids));
    } catch (error) {
      if (!(error instanceof ProvisionError) || error.code !== 'conflict') throw error;
      throw new ConflictError(whole, { meanwhile: await since(), cause: error });
    }
  };
  return { change: whole, run: update };
}

/** Null: as far as can be said, nobody else has changed it. */
async function changedElsewhere<T extends Tree>(
  found: Found<T>,
  { shelf, names }: { shelf: Shelf<T>; names: ReadonlyMap<string, string> },
): Promise<FieldChange[] | null> {
  if (found.made === null || found.made >= found.version) return null;
  const base = await shelf.findAt(found.id, found.made);
  if (base === null) return [];
  const meanwhile = compareTrees(base.tree(names), found.tree(names));
  // Changed, and changed back.
  return meanwhile.length === 0 ? null : meanwhile;
}

interface FindOptions<T extends Tree> {
  shelf: Shelf<T>;
  lock: Lock;
  /** What it would be called. */
  called: string;
}

/** The object that the lock file names, or else the one whose metadata says that it is this; null: it must be made. */
async function findDeclared<T extends Tree>(
  kind: Kind,
  name: string,
  { shelf, lock, called }: FindOptions<T>,
): Promise<Found<T> | null> {
  const locked = lock[kind][name];
  const found = locked ? await shelf.find(locked.id) : null;
  if (found && !found.isArchived) return found;
  const all = await shelf.list();
  const own = all.filter(({ key }) => key === name);
  if (own.length > 1) {
    const ids = own.map(({ id }) => id).join(' and ');
    const message = `${kind}.${name}: ${ids} all say that they are this one. Archive those that are not, or put the right id into the lock file.`;
    throw new ProvisionError('refused', message);
  }
  const [only = null] = own;
  const stranger = kind === 'environments' && only === null ? all.find((one) => one.name === called) : undefined;
  if (stranger) {
    const message = `${kind}.${name}: there is an environment of that name already, ${stranger.id}, and names are unique. Use it with { id: ${stranger.id} }, or give this one another name.`;
    throw new ProvisionError('refused', message);
  }
  return only;
}

const KINDS = ['agents', 'environments', 'memory_stores'] as const satisfies readonly Kind[];

/** What the lock file knows and the file does not declare any more, agents first: they use the others. */
async function orphanSteps(declared: Declarations, { remote, lock, archive = false }: PlanOptions): Promise<Step[]> {
  const steps: Step[] = [];
  for (const kind of KINDS) {
    for (const [name, { id }] of Object.entries(lock[kind])) {
      const section = declared[kind]?.[name];
      if (section !== undefined && (section.id === undefined || section.id === id)) continue;
      const found = await remote[kind].find(id);
      if (found === null || found.isArchived) continue;
      const version = kind === 'agents' ? found.version : null;
      const action = archive ? 'archive' : 'orphan';
      const change: Change = { kind, name, action, id, version, fields: [], meanwhile: [] };
      steps.push({
        change,
        async run() {
          if (archive) await remote[kind].archive(id);
          return archive ? null : { id, version };
        },
      });
    }
  }
  return steps;
}
