import type { AgentFields, ModelParam, ToolParam } from './agent-schema.ts';
import { badRequest } from './api-error.ts';

/** An agent as the API shows it: resolved, at one version. */
export interface AgentBody {
  id: string;
  type: 'agent';
  version: number;
  name: string;
  model: AgentModel;
  system: string | null;
  description: string | null;
  tools: unknown[];
  mcp_servers: unknown[];
  skills: unknown[];
  multiagent: unknown;
  execution_identity: unknown;
  metadata: Record<string, string>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
}

export const BLANK_AGENT = {
  id: '',
  type: 'agent' as const,
  version: 1,
  name: '',
  model: resolveModel('', undefined),
  system: null,
  description: null,
  tools: [],
  mcp_servers: [],
  skills: [],
  multiagent: null,
  execution_identity: { type: 'service_account' },
  metadata: {},
  created_at: '',
  updated_at: '',
  archived_at: null,
};

/** Given fields as the response shows them: null clears, toolsets carry their defaults, the model is an object. */
export function resolveAgent(fields: AgentFields, old?: Pick<AgentBody, 'model'>): Partial<AgentBody> {
  const entries = Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    if (value === undefined) return [];
    if (key === 'model') return [[key, resolveModel(value as ModelParam, old?.model)]];
    if (key === 'tools') return [[key, ((value ?? []) as ToolParam[]).map(resolveTool)]];
    if (key === 'mcp_servers') return [[key, value ?? []]];
    if (key === 'skills')
      return [
        [key, ((value ?? []) as object[]).map((skill) => ({ version: 'latest', ...withoutNulls({ ...skill }) }))],
      ];
    if (key === 'multiagent') return [[key, resolveMultiagent(value as Multiagent | null)]];
    if (key === 'execution_identity') return [[key, value ?? BLANK_AGENT.execution_identity]];
    return [[key, value === '' ? null : value]];
  });
  return Object.fromEntries(entries);
}

/** Always an object with its effort in object form; a changed model id resets the effort. */
function resolveModel(given: ModelParam, old: AgentModel | undefined): AgentModel {
  const asked = typeof given === 'string' ? { id: given } : given;
  const kept = old?.id === asked.id ? old.effort.type : 'high';
  const type = asked.effort === undefined ? kept : typeof asked.effort === 'string' ? asked.effort : asked.effort.type;
  const geo = asked.inference_geo ? { inference_geo: asked.inference_geo } : {};
  return { id: asked.id, effort: { type }, speed: asked.speed ?? 'standard', ...geo };
}

export interface AgentModel {
  id: string;
  effort: { type: string };
  speed: string;
  inference_geo?: string;
}

function resolveTool(given: ToolParam): unknown {
  if (given.type === 'custom') return given;
  const usual = { type: given.type === 'mcp_toolset' ? 'always_ask' : 'always_allow' };
  const fallback = { enabled: true, permission_policy: usual, ...withoutNulls(given.default_config ?? {}) };
  const configs = (given.configs ?? []).map((entry) => ({ ...fallback, ...withoutNulls(entry) }));
  return { ...given, default_config: fallback, configs };
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** A key that is missing or null takes its default: no advisor, but sub-agents and workflows. */
function resolveMultiagent(given: Multiagent | null): unknown {
  if (given?.type !== 'multiagent_20261001') return given;
  const team = (part: Team | null | undefined) => {
    if (part?.type === 'disabled') return { type: 'disabled' };
    const inline = part?.inline_agents ?? { type: 'enabled' };
    return { type: 'enabled', inline_agents: inline, predefined_agents: part?.predefined_agents ?? [] };
  };
  const { advisor, subagents, workflows } = given;
  const type = given.type;
  return { type, advisor: advisor ?? { type: 'disabled' }, subagents: team(subagents), workflows: team(workflows) };
}

interface Multiagent {
  type: string;
  advisor?: object | null;
  subagents?: Team | null;
  workflows?: Team | null;
}
interface Team {
  type: string;
  inline_agents?: object | null;
  predefined_agents?: unknown[] | null;
}

function canRead(tools: unknown[]): boolean {
  const toolset = (tools as Toolset[]).find(({ type }) => type === 'agent_toolset_20260401');
  const own = toolset?.configs.find(({ name }) => name === 'read');
  return (own ?? toolset?.default_config)?.enabled === true;
}

interface Toolset {
  type: string;
  default_config: { enabled: boolean };
  configs: { name: string; enabled: boolean }[];
}

/** Servers and toolsets must name each other. */
export function checkServers(agent: Pick<AgentBody, 'tools' | 'mcp_servers' | 'skills'>): void {
  const named = new Set((agent.mcp_servers as { name: string }[]).map((entry) => entry.name));
  const used = (agent.tools as { type: string; mcp_server_name?: string }[])
    .filter((entry) => entry.type === 'mcp_toolset')
    .map((entry) => entry.mcp_server_name ?? '');
  const unknown = used.find((entry) => !named.has(entry));
  if (unknown !== undefined) throw badRequest(`tools: mcp_server_name '${unknown}' is not in mcp_servers`);
  const unused = [...named].find((entry) => !used.includes(entry));
  if (unused !== undefined) throw badRequest(`mcp_servers: '${unused}' is not referenced by any mcp_toolset`);
  if (agent.skills.length > 0 && !canRead(agent.tools)) throw badRequest('skills: require the read tool to be enabled');
}
