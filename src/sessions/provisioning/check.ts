import { type AgentSection, BUILT_IN_TOOLS, type TeamSection } from './agent-schema.ts';
import { checkRouting } from './check-routing.ts';
import type { Declarations } from './declarations.ts';
import type { EnvironmentSection } from './environment-schema.ts';
import type { Finding } from './finding.ts';

/** The API counts those of all toolsets together. */
const MOST_TOOLS = 256;

/** What is wrong with declarations that have the right shape: each of it is an error. */
export function checkDeclarations(declared: Declarations, { groups, customTools }: CheckOptions = {}): Finding[] {
  const { agents = {}, environments = {}, memory_stores: stores = {}, repositories = {} } = declared;
  const each = <T>(kind: string, entries: Record<string, T>, check: (one: T, path: string[]) => Finding[]) =>
    Object.entries(entries).flatMap(([name, one]) => check(one, [kind, name]));
  return [
    ...each('agents', agents, (agent, path) => checkAgent(agent, { path, agents, customTools })),
    ...each('environments', environments, checkEnvironment),
    ...checkUnique('environments', environments),
    ...each('memory_stores', stores, (store, path) =>
      checkOnlyId(store, { path, beside: ['access', 'instructions'], what: 'a memory store' }),
    ),
    ...each('repositories', repositories, ({ branch, commit }, path) =>
      branch !== undefined && commit !== undefined ? [at([...path, 'commit'], 'and branch exclude each other')] : [],
    ),
    ...checkRouting(declared, groups ?? {}),
  ];
}

export interface CheckOptions {
  /** `gate.groups` of the file. */
  groups?: Record<string, string[]> | undefined;
  /** The custom tools there are; without it their names are not looked at. */
  customTools?: readonly string[] | undefined;
}

interface AgentContext {
  path: string[];
  agents: Record<string, AgentSection>;
  customTools: readonly string[] | undefined;
}

function checkAgent(agent: AgentSection, { path, agents, customTools }: AgentContext): Finding[] {
  if (agent.id !== undefined) return checkOnlyId(agent, { path, beside: ['version'], what: 'an agent' });
  if (agent.model === undefined) {
    return [at(path, 'needs a model, or the id of an agent that is looked after elsewhere')];
  }
  return [
    ...checkTools(agent, path),
    ...checkCustomTools(agent, { path, customTools }),
    ...checkTeam(agent, { path, agents }),
  ];
}

interface OnlyId {
  path: string[];
  /** What may stand beside an id. */
  beside: string[];
  what: string;
}

/** What has an id is looked after elsewhere: nothing else that is said of it would have an effect. */
function checkOnlyId(section: { id?: string | undefined }, { path, beside, what }: OnlyId): Finding[] {
  if (section.id === undefined) return [];
  return Object.keys(section)
    .filter((key) => key !== 'id' && !beside.includes(key))
    .map((key) =>
      at([...path, key], `does nothing beside an id, which is ${what} that is looked after elsewhere: take one away`),
    );
}

function checkTools(agent: AgentSection, path: string[]): Finding[] {
  const { toolset, mcp_servers: servers = {}, custom_tools: custom = [], skills = [] } = agent;
  const findings: Finding[] = [];
  for (const name of ['web_fetch', 'web_search'] as const) {
    const { allowed_domains: allowed, blocked_domains: blocked } = toolset?.[name] ?? {};
    if (allowed && blocked) {
      findings.push(at([...path, 'toolset', name, 'blocked_domains'], 'and allowed_domains exclude each other'));
    }
  }
  const reads = toolset !== undefined && (toolset.read?.enabled ?? toolset.default?.enabled ?? true);
  if (skills.length > 0 && !reads) {
    findings.push(at([...path, 'skills'], 'need the tool read: add toolset: {}, or enable read in it'));
  }
  const ofServers = Object.values(servers).reduce((sum, { tools = {} }) => sum + Object.keys(tools).length, 0);
  const count = (toolset ? BUILT_IN_TOOLS.length : 0) + custom.length + ofServers;
  if (count > MOST_TOOLS) findings.push(at(path, `has ${count} tools: at most ${MOST_TOOLS}`));
  return findings;
}

function checkCustomTools(
  { custom_tools: custom = [] }: AgentSection,
  { path, customTools }: Pick<AgentContext, 'path' | 'customTools'>,
): Finding[] {
  return custom.flatMap((name, index) => {
    const place = [...path, 'custom_tools', String(index)];
    if (custom.indexOf(name) !== index) return [value(place, 'is there twice: take one away')];
    if (customTools === undefined || customTools.includes(name)) return [];
    const there = customTools.join(', ');
    return [
      value(
        place,
        `names a tool that no code has: ${name}. There are ${there}; DRAWBRIDGE_TOOLS names a folder of others`,
      ),
    ];
  });
}

function checkTeam(agent: AgentSection, { path, agents }: Pick<AgentContext, 'path' | 'agents'>): Finding[] {
  return (['subagents', 'workflows'] as const).flatMap((key) =>
    membersOf(agent.multiagent?.[key]).flatMap((name, index) => {
      const place = [...path, 'multiagent', key, 'agents', String(index)];
      if (agents[name] === undefined) return [value(place, `names no agent of this file: ${name}`)];
      const isCircle = reaches(name, { target: path.at(-1) ?? '', agents, seen: new Set() });
      return isCircle ? [value(place, `leads back to this agent: ${name} works for it, and it for ${name}`)] : [];
    }),
  );
}

/** The agents of this file that another one is made with. */
export function teamOf({ multiagent }: AgentSection): string[] {
  return [...new Set([...membersOf(multiagent?.subagents), ...membersOf(multiagent?.workflows)])];
}

function membersOf(team: TeamSection | undefined): string[] {
  return typeof team === 'object' ? (team.agents ?? []) : [];
}

interface Search {
  target: string;
  agents: Record<string, AgentSection>;
  seen: Set<string>;
}

function reaches(name: string, { target, agents, seen }: Search): boolean {
  if (name === target) return true;
  const agent = agents[name];
  if (agent === undefined || seen.has(name)) return false;
  seen.add(name);
  return teamOf(agent).some((next) => reaches(next, { target, agents, seen }));
}

function checkEnvironment(environment: EnvironmentSection, path: string[]): Finding[] {
  const { id, networking = {}, packages = {} } = environment;
  if (id !== undefined) return checkOnlyId(environment, { path, beside: [], what: 'an environment' });
  const installs = Object.values(packages).some((list) => (list ?? []).length > 0);
  if (!installs || networking === 'unrestricted' || networking.allow_package_managers === true) return [];
  const message = 'cannot be installed with this networking: add networking: { allow_package_managers: true }';
  return [at([...path, 'packages'], message)];
}

/** The API refuses a second environment of the same name. */
function checkUnique(kind: string, entries: Record<string, EnvironmentSection>): Finding[] {
  const called = Object.entries(entries)
    .filter(([, { id }]) => id === undefined)
    .map(([key, { name = key }]) => ({ key, name }));
  return called
    .filter(({ name }, index) => called.findIndex((other) => other.name === name) !== index)
    .map(({ key, name }) =>
      at([kind, key], `is called as another one is, ${name}: give one of them a name of its own`),
    );
}

function at(path: string[], message: string): Finding {
  return { path, key: true, message };
}

function value(path: string[], message: string): Finding {
  return { path, key: false, message };
}
