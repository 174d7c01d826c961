/** An agent as the API has it, as the tree that bridge.yaml would make of it. */
import type Anthropic from '@anthropic-ai/sdk';
import { type AgentTree, differing, type RuleTree, type TeamTree, type ToolsetTree } from './agent-tree.ts';
import { VERSION_KEY } from './shape.ts';

type Agent = Anthropic.Beta.BetaManagedAgentsAgent;
type Toolset = Extract<Agent['tools'][number], { configs: unknown }>;

/** `names` are those of the agents of the file, by their ids. */
export function seenAgent(agent: Agent, names: ReadonlyMap<string, string>): AgentTree {
  const { [VERSION_KEY]: _, ...metadata } = agent.metadata;
  const builtIn = agent.tools.find((tool) => tool.type === 'agent_toolset_20260401');
  return {
    name: agent.name,
    model: seenModel(agent.model),
    system: agent.system || null,
    description: agent.description || null,
    toolset: builtIn ? seenToolset(builtIn, 'always_allow') : null,
    mcp_servers: seenServers(agent),
    custom_tools: Object.fromEntries(
      agent.tools.flatMap((tool) =>
        tool.type === 'custom'
          ? [[tool.name, { description: tool.description, input_schema: withoutNulls(tool.input_schema) }]]
          : [],
      ),
    ),
    skills: Object.fromEntries(agent.skills.map(({ skill_id, type, version }) => [skill_id, { type, version }])),
    multiagent: seenMultiagent(agent.multiagent, names),
    metadata,
    ...foreignTools(agent),
  };
}

/** Kinds that are newer than this: the file cannot declare them, and so what it declares would take them away. */
function foreignTools({ tools }: Agent): { other_tools?: unknown[] } {
  const others = tools.filter(({ type }) => !KNOWN_TOOLS.has(type));
  return others.length > 0 ? { other_tools: others } : {};
}

const KNOWN_TOOLS = new Set<string>(['agent_toolset_20260401', 'mcp_toolset', 'custom']);

/** What the file leaves to the API is as the API has it: it is no difference. */
export function settle(wanted: AgentTree, seen: AgentTree): AgentTree {
  const isSameModel = wanted.model.id === seen.model.id;
  const effort = wanted.model.effort ?? (isSameModel ? seen.model.effort : undefined);
  const skills = Object.entries(wanted.skills).map(([id, skill]) => {
    const version = skill.version ?? seen.skills[id]?.version ?? null;
    return [id, { ...skill, version }];
  });
  return {
    ...wanted,
    model: { ...wanted.model, ...(effort !== undefined && { effort }) },
    skills: Object.fromEntries(skills),
  };
}

function seenModel({ id, effort, speed = 'standard', inference_geo }: Agent['model']): AgentTree['model'] {
  return { id, ...(effort && { effort: effort.type }), speed, ...(inference_geo && { inference_geo }) };
}

function seenServers({ mcp_servers: servers, tools }: Agent): AgentTree['mcp_servers'] {
  return Object.fromEntries(
    servers.map(({ name, url }) => {
      const rules = tools.find((tool) => tool.type === 'mcp_toolset' && tool.mcp_server_name === name);
      return [name, { url, ...seenToolset(rules?.type === 'mcp_toolset' ? rules : undefined, 'always_ask') }];
    }),
  );
}

/** The documentation shows toolsets without some of what the types promise. */
function seenToolset(toolset: Partial<Toolset> | undefined, permission: string): ToolsetTree {
  const usual = seenRule(toolset?.default_config ?? {}, { enabled: true, permission });
  const tools = (toolset?.configs ?? []).map(({ name, ...rule }): [string, RuleTree] => [name, seenRule(rule, usual)]);
  return { default: usual, tools: differing(usual, tools) };
}

function seenRule(config: object, usual: { enabled: boolean; permission: string }): RuleTree {
  const { enabled, permission_policy: policy, type: _, ...more } = config as SeenRule;
  return {
    enabled: enabled ?? usual.enabled,
    permission: policy?.type ?? usual.permission,
    ...withoutNulls(more),
  };
}

interface SeenRule {
  enabled?: boolean | null;
  permission_policy?: { type: string } | null;
  type?: string;
  [more: string]: unknown;
}

function seenMultiagent(multiagent: Agent['multiagent'], names: ReadonlyMap<string, string>): AgentTree['multiagent'] {
  if (!multiagent) return null;
  // Made elsewhere, in the form of old: nothing in bridge.yaml is like it.
  if (multiagent.type !== 'multiagent_20261001') {
    return { ...multiagent, advisor: null, subagents: { enabled: false }, workflows: { enabled: false } };
  }
  const { advisor, subagents, workflows } = multiagent;
  return {
    advisor: advisor.type === 'enabled' ? advisor.model : null,
    subagents: seenTeam(subagents, names),
    workflows: seenTeam(workflows, names),
  };
}

type SeenTeam = Anthropic.Beta.BetaManagedAgentsMultiagent20261001['subagents' | 'workflows'];

function seenTeam(team: SeenTeam, names: ReadonlyMap<string, string>): TeamTree {
  if (team.type === 'disabled') return { enabled: false };
  const members = team.predefined_agents.map(({ id, version }) => [names.get(id) ?? id, version]);
  return { enabled: true, inline: team.inline_agents.type !== 'disabled', agents: Object.fromEntries(members) };
}

function withoutNulls(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
