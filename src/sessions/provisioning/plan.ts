/** What would have to be done for the API to have what bridge.yaml declares. */
import { type AgentTree, type CustomTool, wantedAgent } from './agent-tree.ts';
import { teamOf } from './check.ts';
import { checkReferences } from './check-references.ts';
import type { Declarations } from './declarations.ts';
import { wantedEnvironment, wantedMemoryStore } from './environment-tree.ts';
import { type OrphanOptions, orphanSteps } from './orphans.ts';
import { ProvisionError } from './provision-error.ts';
import type { Remote } from './remote.ts';
import { settle } from './seen-agent.ts';
import { type Change, type Step, type StepOptions, stepFor } from './step.ts';
import { warningsOf } from './warnings.ts';

export interface Plan {
  /** In the order in which they are done. */
  steps: Step[];
  /** In sentences. */
  warnings: string[];
}

export interface PlanOptions extends StepOptions, OrphanOptions {
  /** The custom tools there are. */
  tools: readonly CustomTool[];
  /** Those of them that are the operator's own. */
  ownTools?: readonly string[];
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
