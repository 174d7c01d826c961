import { type AgentBody, checkServers, resolveAgent } from './agent-body.ts';
import type { AgentStore } from './agents.ts';
import { badRequest } from './api-error.ts';
import type { SessionAgent } from './session.ts';
import type { AgentRef } from './session-schema.ts';

/** The agent as a session keeps it for life: the named version, with this session's overrides. */
export function resolveSessionAgent(agents: AgentStore, ref: AgentRef): SessionAgent {
  if (typeof ref === 'string') return snapshot(usable(agents, ref));
  const agent = usable(agents, ref.id, ref.version);
  if (ref.type === 'agent') return snapshot(agent);
  const { type: _type, id: _id, version: _version, model, ...overrides } = ref;
  if (model === null) throw badRequest('agent.model: an override cannot clear the model', 'agent_model_required');
  // Documented oddity: an effort inside a model override is ignored, and the agent's own is lost too.
  const plain =
    model === undefined ? {} : { model: typeof model === 'string' ? model : { ...model, effort: 'high' as const } };
  const changed = { ...agent, ...resolveAgent({ ...overrides, ...plain }) };
  checkServers(changed);
  return snapshot(changed);
}

function usable(agents: AgentStore, id: string, version?: number): AgentBody {
  const agent = agents.retrieve(id, version);
  if (agents.retrieve(id).archived_at) throw badRequest(`Agent '${id}' is archived.`);
  return agent;
}

function snapshot(agent: AgentBody): SessionAgent {
  const { metadata: _metadata, created_at: _created, updated_at: _updated, archived_at: _archived, ...rest } = agent;
  return rest;
}
