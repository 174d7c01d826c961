/** An agent as a tree: from bridge.yaml, and to what the API takes. */
import type Anthropic from '@anthropic-ai/sdk';
import type { AgentSection, TeamSection, ToolRule } from './agent-schema.ts';
import { NAME_KEY } from './shape.ts';

export interface AgentTree {
  readonly [key: string]: unknown;
  name: string;
  model: { id: string; effort?: string; speed: string; inference_geo?: string };
  system: string | null;
  description: string | null;
  /** Null: it has none of the built-in tools. */
  toolset: ToolsetTree | null;
  mcp_servers: Record<string, ToolsetTree & { url: string }>;
  custom_tools: Record<string, { description: string; input_schema: Record<string, unknown> }>;
  /** Ids, with the version; null where the file leaves it to the API. */
  skills: Record<string, { type: 'anthropic' | 'custom'; version: string | null }>;
  multiagent: MultiagentTree | null;
  metadata: Record<string, string>;
}

export interface ToolsetTree {
  default: RuleTree;
  /** Tools that differ from the default. */
  tools: Record<string, RuleTree>;
}

/** Beside these two, what the web tools have of their own, as the API has it. */
export interface RuleTree {
  readonly [key: string]: unknown;
  enabled: boolean;
  permission: string;
}

interface MultiagentTree {
  readonly [key: string]: unknown;
  advisor: string | null;
  subagents: TeamTree;
  workflows: TeamTree;
}

/** Members by name, or by id where no name is known, with their version. */
export type TeamTree = { enabled: false } | { enabled: true; inline: boolean; agents: Record<string, number> };

/** A custom tool as the agent is told of it. */
export interface CustomTool {
  name: string;
  description: string;
  /** JSON Schema, `type: object`. */
  inputSchema: Record<string, unknown>;
}

interface AgentWorld {
  tools: readonly CustomTool[];
  /** The version that each agent of the file will have, by name. */
  versions: ReadonlyMap<string, number>;
}

/** What bridge.yaml wants an agent to be. Declarations must be checked, and prompts read. */
export function wantedAgent(key: string, section: AgentSection, { tools, versions }: AgentWorld): AgentTree {
  const { model = '', system, toolset, mcp_servers: servers = {}, skills = [], multiagent, metadata = {} } = section;
  const { id, effort, speed = 'standard', inference_geo } = typeof model === 'string' ? { id: model } : model;
  return {
    name: section.name ?? key,
    model: { id, ...(effort && { effort }), speed, ...(inference_geo && { inference_geo }) },
    system: typeof system === 'string' ? system : null,
    description: section.description ?? null,
    toolset: toolset ? toolsetTree(toolset.default, { rules: without(toolset), permission: 'always_allow' }) : null,
    mcp_servers: Object.fromEntries(
      Object.entries(servers).map(([name, server]) => {
        const source = { rules: server.tools ?? {}, permission: 'always_ask' };
        return [name, { url: server.url, ...toolsetTree(server.default, source) }];
      }),
    ),
    custom_tools: Object.fromEntries((section.custom_tools ?? []).flatMap((name) => declaredTool(name, tools))),
    skills: Object.fromEntries(skills.map(skillTree)),
    multiagent: multiagent
      ? {
          advisor: multiagent.advisor ?? null,
          subagents: teamTree(multiagent.subagents ?? true, versions),
          workflows: teamTree(multiagent.workflows ?? false, versions),
        }
      : null,
    metadata: { ...metadata, [NAME_KEY]: key },
  };
}

function without({ default: _, ...rules }: NonNullable<AgentSection['toolset']>): Record<string, ToolRule | undefined> {
  return rules;
}

interface RuleSource {
  rules: Record<string, ToolRule | undefined>;
  /** Where the file says nothing. */
  permission: string;
}

function toolsetTree(fallback: ToolRule | undefined, { rules, permission }: RuleSource): ToolsetTree {
  const usual = { enabled: fallback?.enabled ?? true, permission: fallback?.permission ?? permission };
  const tools = Object.entries(rules).map(([name, rule = {}]): [string, RuleTree] => {
    const { enabled = usual.enabled, permission: own = usual.permission, ...domains } = rule;
    return [name, { enabled, permission: own, ...domains }];
  });
  return { default: usual, tools: differing(usual, tools) };
}

/** One that says what the default says anyway is none. */
export function differing(usual: RuleTree, tools: [string, RuleTree][]): Record<string, RuleTree> {
  return Object.fromEntries(
    tools.filter(
      ([, { enabled, permission, ...more }]) =>
        enabled !== usual.enabled || permission !== usual.permission || Object.keys(more).length > 0,
    ),
  );
}

function declaredTool(name: string, tools: readonly CustomTool[]): [string, AgentTree['custom_tools'][string]][] {
  const tool = tools.find((one) => one.name === name);
  return tool ? [[name, { description: tool.description, input_schema: tool.inputSchema }]] : [];
}

type SkillSection = NonNullable<AgentSection['skills']>[number];

function skillTree(skill: SkillSection): [string, AgentTree['skills'][string]] {
  const { id, version = null } = typeof skill === 'string' ? { id: skill } : skill;
  return [id, { type: id.startsWith('skill_') ? 'custom' : 'anthropic', version }];
}

function teamTree(team: TeamSection, versions: ReadonlyMap<string, number>): TeamTree {
  if (team === false) return { enabled: false };
  const { agents = [], inline = true } = team === true ? {} : team;
  return { enabled: true, inline, agents: Object.fromEntries(agents.map((name) => [name, versions.get(name) ?? 1])) };
}

type Params = Anthropic.Beta.AgentCreateParams;

/** What the API takes for it, all of it: what is cleared is said too. `ids` are those of the agents of the file. */
export function agentParams(tree: AgentTree, ids: ReadonlyMap<string, string>): Params {
  const { name, model, system, description, toolset, mcp_servers: servers, custom_tools: custom, skills } = tree;
  const builtIn = toolset ? [{ type: 'agent_toolset_20260401' as const, ...toolsetParams(toolset) }] : [];
  const ofServers = Object.entries(servers).map(([server, rules]) => ({
    type: 'mcp_toolset' as const,
    mcp_server_name: server,
    ...toolsetParams(rules),
  }));
  const own = Object.entries(custom).map(([tool, parts]) => ({ type: 'custom' as const, name: tool, ...parts }));
  return {
    name,
    model: modelParams(model),
    system,
    description,
    // Rules may have fields that the types of the SDK know of single tools only.
    tools: [...builtIn, ...ofServers, ...own] as NonNullable<Params['tools']>,
    mcp_servers: Object.entries(servers).map(([server, { url }]) => ({ type: 'url' as const, name: server, url })),
    skills: Object.entries(skills).map(([id, { type, version }]) => ({
      type,
      skill_id: id,
      ...(version !== null && { version }),
    })),
    multiagent: tree.multiagent ? multiagentParams(tree.multiagent, ids) : null,
    metadata: tree.metadata,
  };
}

function modelParams({ id, effort, speed, inference_geo }: AgentTree['model']): Params['model'] {
  return {
    id,
    ...(effort !== undefined && { effort: effort as 'high' }),
    speed: speed as 'standard',
    ...(inference_geo !== undefined && { inference_geo }),
  };
}

function toolsetParams({ default: usual, tools }: ToolsetTree) {
  return {
    default_config: ruleParams(usual),
    configs: Object.entries(tools).map(([name, rule]) => ({ name, ...ruleParams(rule) })),
  };
}

function ruleParams({ enabled, permission, ...more }: RuleTree) {
  return { enabled, permission_policy: { type: permission as 'always_ask' }, ...more };
}

function multiagentParams(
  { advisor, subagents, workflows }: MultiagentTree,
  ids: ReadonlyMap<string, string>,
): NonNullable<Params['multiagent']> {
  return {
    type: 'multiagent_20261001',
    advisor: advisor === null ? { type: 'disabled' } : { type: 'enabled', model: advisor },
    subagents: teamParams(subagents, ids),
    workflows: teamParams(workflows, ids),
  };
}

function teamParams(team: TeamTree, ids: ReadonlyMap<string, string>) {
  if (!team.enabled) return { type: 'disabled' as const };
  return {
    type: 'enabled' as const,
    inline_agents: { type: team.inline ? ('enabled' as const) : ('disabled' as const) },
    predefined_agents: Object.entries(team.agents).map(([name, version]) => ({
      type: 'agent' as const,
      id: ids.get(name) ?? name,
      version,
    })),
  };
}
