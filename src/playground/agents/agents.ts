import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { ApiError, badRequest, notFound } from './api-error.ts';
import { describeIssue } from './event-schema.ts';
import type { MakeId } from './ids.ts';
import { mergeMetadata, metadata, metadataPatch } from './metadata.ts';
import { type Page, pageOf } from './paging.ts';
import { readCreatedAt, readPage } from './query.ts';

const name = z.string().min(1).max(256);
const system = z.string().max(100_000).nullish();
const description = z.string().max(2048).nullish();
const effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export const model = z.union([
  z.string().min(1),
  z.strictObject({
    id: z.string().min(1),
    effort: z.union([effort, z.looseObject({ type: effort })]).optional(),
    speed: z.enum(['standard', 'fast']).optional(),
    inference_geo: z.enum(['us', 'global']).optional(),
  }),
]);
const policy = z.looseObject({ type: z.enum(['always_allow', 'always_ask', 'auto']) });
const config = z.looseObject({ enabled: z.boolean().optional(), permission_policy: policy.nullish() });
const tool = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('agent_toolset_20260401'),
    default_config: config.nullish(),
    configs: z.array(config.extend({ name: z.string() })).nullish(),
  }),
  z.strictObject({
    type: z.literal('mcp_toolset'),
    mcp_server_name: z.string(),
    default_config: config.nullish(),
    configs: z.array(config.extend({ name: z.string() })).nullish(),
  }),
  z.strictObject({
    type: z.literal('custom'),
    name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
    description: z.string(),
    input_schema: z.looseObject({ type: z.literal('object') }),
  }),
]);
const server = z.strictObject({ type: z.literal('url'), name: z.string().min(1).max(255), url: z.url().max(2048) });
const skill = z.looseObject({ type: z.enum(['anthropic', 'custom']), skill_id: z.string() });

export const agentParts = {
  tools: z.array(tool).max(256).nullish(),
  mcp_servers: z.array(server).max(20).nullish(),
  skills: z.array(skill).nullish(),
};
const optional = {
  system,
  description,
  ...agentParts,
  multiagent: z.looseObject({}).nullish(),
  execution_identity: z.looseObject({ type: z.string() }).nullish(),
};
const CREATE = z.strictObject({ name, model, ...optional, metadata: metadata.nullish() });
const UPDATE = z.strictObject({
  name: name.optional(),
  model: model.optional(),
  ...optional,
  metadata: metadataPatch.nullish(),
  version: z.int().positive().optional(),
});

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

export interface AgentStore {
  create(body: unknown): AgentBody;
  retrieve(id: string, version?: number): AgentBody;
  update(id: string, body: unknown): AgentBody;
  archive(id: string): AgentBody;
  list(query: URLSearchParams): Page<AgentBody>;
  versions(id: string, query: URLSearchParams): Page<AgentBody>;
}

export function createAgentStore(clock: Clock, makeId: MakeId): AgentStore {
  /** Every version of every agent, oldest first. */
  const agents = new Map<string, AgentBody[]>();
  const now = () => new Date(clock.now()).toISOString();
  const versionsOf = (id: string) => {
    const versions = agents.get(id);
    if (!versions) throw notFound('Agent', id);
    return versions;
  };
  const latest = (id: string) => versionsOf(id).at(-1) as AgentBody;
  const replaceLatest = (id: string, agent: AgentBody) => {
    versionsOf(id).splice(-1, 1, agent);
    return agent;
  };
  return {
    create(body) {
      const { metadata: pairs, ...fields } = parse(CREATE, body);
      const agent = { ...BLANK, ...resolve(fields), metadata: pairs ?? {} };
      const stamped = { ...agent, id: makeId('agent'), created_at: now(), updated_at: now() } as AgentBody;
      checkServers(stamped);
      agents.set(stamped.id, [stamped]);
      return stamped;
    },
    retrieve(id, version) {
      const found = version === undefined ? latest(id) : versionsOf(id).find((agent) => agent.version === version);
      if (!found) throw new ApiError(404, `Agent '${id}' has no version ${version}.`);
      return found;
    },
    update(id, body) {
      const { version, metadata: patch, ...fields } = parse(UPDATE, body);
      const old = latest(id);
      if (old.archived_at) throw badRequest(`Agent '${id}' is archived and cannot be updated.`);
      // Checked first: a stale version is a conflict even when nothing would change.
      if (version !== undefined && version !== old.version) {
        throw new ApiError(409, `version: expected ${old.version}, got ${version}; fetch the agent and try again.`);
      }
      const changed = { ...old, ...resolve(fields, old), metadata: mergeMetadata(old.metadata, patch ?? {}) };
      if (JSON.stringify(changed) === JSON.stringify(old)) return old;
      checkServers(changed);
      const next = { ...changed, version: old.version + 1, updated_at: now() };
      versionsOf(id).push(next);
      return next;
    },
    archive(id) {
      const old = latest(id);
      return old.archived_at ? old : replaceLatest(id, { ...old, archived_at: now(), updated_at: now() });
    },
    list(query) {
      const page = readPage(query, { limit: 20, max: 100, order: 'desc' });
      const inRange = readCreatedAt(query);
      const rows = [...agents.keys()]
        .map(latest)
        .filter((agent) => agent.archived_at === null || query.get('include_archived') === 'true')
        .filter((agent) => inRange(agent.created_at))
        .reverse();
      return pageOf(rows, (agent) => agent.id, page);
    },
    versions(id, query) {
      const page = readPage(query, { limit: 20, max: 100, order: 'desc' });
      return pageOf([...versionsOf(id)].reverse(), (agent) => String(agent.version), page);
    },
  };
}

const BLANK = {
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

type Fields = Omit<z.output<typeof UPDATE>, 'version' | 'metadata'>;

/** Given fields as the response shows them: null clears, toolsets carry their defaults, the model is an object. */
export function resolve(fields: Fields, old?: Pick<AgentBody, 'model'>): Partial<AgentBody> {
  const entries = Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    if (value === undefined) return [];
    if (key === 'model') return [[key, resolveModel(value as z.output<typeof model>, old?.model)]];
    if (key === 'tools') return [[key, ((value ?? []) as z.output<typeof tool>[]).map(resolveTool)]];
    if (key === 'mcp_servers' || key === 'skills') return [[key, value ?? []]];
    if (key === 'execution_identity') return [[key, value ?? BLANK.execution_identity]];
    return [[key, value === '' ? null : value]];
  });
  return Object.fromEntries(entries);
}

/** Always an object with its effort in object form; a changed model id resets the effort. */
function resolveModel(given: z.output<typeof model>, old: AgentModel | undefined): AgentModel {
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

function resolveTool(given: z.output<typeof tool>): unknown {
  if (given.type === 'custom') return given;
  const usual = { type: given.type === 'mcp_toolset' ? 'always_ask' : 'always_allow' };
  const fallback = { enabled: true, permission_policy: usual, ...withoutNulls(given.default_config ?? {}) };
  const configs = (given.configs ?? []).map((entry) => ({ ...fallback, ...withoutNulls(entry) }));
  return { ...given, default_config: fallback, configs };
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
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
  if (agent.skills.length > 0 && agent.tools.length === 0) throw badRequest('skills: require the read tool');
}

export function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw badRequest(describeIssue(parsed.error));
  return parsed.data;
}
