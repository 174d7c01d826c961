import { z } from 'zod';
import { agentParts, model } from './agent-schema.ts';
import { metadata, metadataPatch } from './metadata.ts';

const overrides = {
  model: model.nullish(),
  system: z.string().max(100_000).nullish(),
  ...agentParts,
};
const agent = z.union([
  z.string().min(1),
  z.strictObject({ type: z.literal('agent'), id: z.string(), version: z.int().positive().optional() }),
  z.strictObject({
    type: z.literal('agent_with_overrides'),
    id: z.string(),
    version: z.int().positive().optional(),
    ...overrides,
  }),
]);
const budget = z.strictObject({
  type: z.literal('limit'),
  max_list_cost: z.strictObject({
    amount: z.string().regex(/^[1-9]\d*$/, 'must be whole cents as a string, above zero, without leading zeros'),
    currency: z.literal('USD'),
  }),
});
const file = z.strictObject({ type: z.literal('file'), file_id: z.string(), mount_path: z.string().nullish() });
const repository = z.strictObject({
  type: z.literal('github_repository'),
  url: z.url(),
  authorization_token: z.string().optional(),
  mount_path: z.string().nullish(),
  checkout: z.looseObject({ type: z.enum(['branch', 'commit']) }).nullish(),
});
const memory = z.strictObject({
  type: z.literal('memory_store'),
  memory_store_id: z.string(),
  access: z.enum(['read_write', 'read_only']).nullish(),
  instructions: z.string().max(4096).nullish(),
});

export const ADD_RESOURCE = file;
export const CREATE_SESSION = z.strictObject({
  agent,
  environment_id: z.string().min(1),
  title: z.string().max(500).nullish(),
  metadata: metadata.nullish(),
  resources: z
    .array(z.discriminatedUnion('type', [file, repository, memory]))
    .max(500)
    .nullish(),
  vault_ids: z.array(z.string()).nullish(),
  budget: budget.nullish(),
  initial_events: z.array(z.unknown()).max(50).nullish(),
});
export const UPDATE_SESSION = z.strictObject({
  title: z.string().max(500).nullish(),
  metadata: metadataPatch.nullish(),
  agent: z.strictObject({ tools: agentParts.tools, mcp_servers: agentParts.mcp_servers }).optional(),
  budget: budget.nullish(),
});

export type AgentRef = z.output<typeof agent>;
export type ResourceParam = z.output<typeof file> | z.output<typeof repository> | z.output<typeof memory>;
export type SessionUpdate = z.output<typeof UPDATE_SESSION>;
