import { z } from 'zod';
import { metadata, metadataPatch } from './metadata.ts';

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
export const CREATE_AGENT = z.strictObject({ name, model, ...optional, metadata: metadata.nullish() });
export const UPDATE_AGENT = z.strictObject({
  name: name.optional(),
  model: model.optional(),
  ...optional,
  metadata: metadataPatch.nullish(),
  version: z.int().positive().optional(),
});

export type ModelParam = z.output<typeof model>;
export type ToolParam = z.output<typeof tool>;
export type AgentFields = Omit<z.output<typeof UPDATE_AGENT>, 'version' | 'metadata'>;
