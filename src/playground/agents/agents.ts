import type { Clock } from '../../clock.ts';
import { type AgentBody, BLANK_AGENT, checkServers, resolveAgent } from './agent-body.ts';
import { CREATE_AGENT, UPDATE_AGENT } from './agent-schema.ts';
import { ApiError, badRequest, notFound } from './api-error.ts';
import type { MakeId } from './ids.ts';
import { mergeMetadata } from './metadata.ts';
import { type Page, pageOf } from './paging.ts';
import { parse } from './parse.ts';
import { readCreatedAt, readPage } from './query.ts';

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
      const { metadata: pairs, ...fields } = parse(CREATE_AGENT, body);
      const agent = { ...BLANK_AGENT, ...resolveAgent(fields), metadata: pairs ?? {} };
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
      const { version, metadata: patch, ...fields } = parse(UPDATE_AGENT, body);
      const old = latest(id);
      if (old.archived_at) throw badRequest(`Agent '${id}' is archived and cannot be updated.`);
      // Checked first: a stale version is a conflict even when nothing would change.
      if (version !== undefined && version !== old.version) {
        throw new ApiError(409, `version: expected ${old.version}, got ${version}; fetch the agent and try again.`);
      }
      const changed = { ...old, ...resolveAgent(fields, old), metadata: mergeMetadata(old.metadata, patch ?? {}) };
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
