/** `agents:` of bridge.yaml: what it declares of each, and the limits that the API has for it. */
import { z } from 'zod';
import { asMap, choice, declaredName, description, idOf, metadata, some, text } from './shape.ts';

export const BUILT_IN_TOOLS = ['bash', 'read', 'write', 'edit', 'glob', 'grep', 'web_fetch', 'web_search'] as const;
type BuiltInTool = (typeof BUILT_IN_TOOLS)[number];

const AS_MODEL = 'must be a model such as claude-opus-5, or a map such as { id: claude-opus-5, effort: high }';
const AS_SYSTEM = 'must be a text, or a map such as { file: prompts/agent.md }';
const AS_TOOL = 'must be a map such as { permission: always_ask }';

const model = z.union(
  [
    text(256),
    z.strictObject({
      id: text(256).meta({ description: 'The model, such as claude-opus-5.' }),
      effort: choice(['low', 'medium', 'high', 'xhigh', 'max']).optional().meta({
        description: "How hard it thinks. Left out: the model's default, or what it was if it is taken away later.",
      }),
      speed: choice(['standard', 'fast']).optional().meta({ description: 'By default standard.' }),
      inference_geo: choice(['us', 'global'])
        .optional()
        .meta({ description: 'Where it runs. Left out: wherever the workspace says.' }),
    }),
  ],
  { error: AS_MODEL },
);

const system = z.union(
  [
    text(100_000),
    z.strictObject({
      file: text(1_000).meta({ description: 'A file with the text, relative to bridge.yaml.' }),
    }),
  ],
  { error: AS_SYSTEM },
);

const permission = choice(['always_allow', 'always_ask', 'auto']).meta({
  description:
    'always_allow: it runs. always_ask: it comes to the gate, and to people. auto: the platform judges, and what people wrote in Slack counts as intent: no checkpoint.',
});

const toolRule = {
  enabled: z.boolean({ error: 'must be true or false' }).optional().meta({ description: 'By default true.' }),
  permission: permission.optional(),
};

const rule = z.strictObject(toolRule, { error: asMap(AS_TOOL) });

const domains = some(text(253), 'must be a list of domains such as [example.com]').max(64).optional();

/** Where the web tools may go: they run on the platform, so the environment's network policy is not theirs. */
const webRule = z.strictObject(
  {
    ...toolRule,
    allowed_domains: domains.meta({ description: 'It may go nowhere else.' }),
    blocked_domains: domains.meta({ description: 'It may go everywhere else.' }),
  },
  { error: asMap(AS_TOOL) },
);

const toolset = z.strictObject(
  {
    default: rule
      .optional()
      .meta({ description: 'For tools that have no line of their own. By default always_allow.' }),
    bash: rule.optional(),
    read: rule.optional(),
    write: rule.optional(),
    edit: rule.optional(),
    glob: rule.optional(),
    grep: rule.optional(),
    web_fetch: webRule.optional(),
    web_search: webRule.optional(),
  } satisfies Record<BuiltInTool | 'default', z.ZodType>,
  { error: asMap('must be a map such as { bash: { permission: always_ask } }; {} for all of them as they are') },
);

const serverName = z.string().min(1).max(255, { error: "a server's name has 1 to 255 letters" });
const mcpToolName = z.string().regex(/^.{1,128}$/, { error: "a tool's name has 1 to 128 letters" });

const mcpServer = z.strictObject(
  {
    url: z
      .url({ protocol: /^https?$/, error: 'must be a URL such as https://mcp.linear.app/mcp' })
      .max(2048, { error: 'is too long: at most 2048 letters' })
      .meta({ description: 'Its credentials stand in a vault, never here.' }),
    default: rule.optional().meta({ description: 'For tools that have no line of their own. By default always_ask.' }),
    tools: z.record(mcpToolName, rule, { error: asMap('must be a map of tools') }).optional(),
  },
  { error: asMap('must be a map such as { url: "https://mcp.linear.app/mcp" }') },
);

const AS_SKILL = 'must be xlsx, docx, pptx, pdf, a skill id (skill_…), or a map such as { id: xlsx, version: "1" }';
const skillId = z.string({ error: AS_SKILL }).regex(/^(xlsx|docx|pptx|pdf|skill_[\w-]+)$/, { error: AS_SKILL });
const skill = z.union([skillId, z.strictObject({ id: skillId, version: text(64).optional() })], { error: AS_SKILL });

const team = z.union(
  [
    z.boolean(),
    z.strictObject({
      agents: z
        .array(declaredName, { error: 'must be a list of names under agents' })
        .max(20)
        .optional()
        .meta({ description: 'Agents of this file, by name. Their version is fixed when this one is applied.' }),
      inline: z
        .boolean()
        .optional()
        .meta({ description: 'Whether it may make up agents of its own. By default true.' }),
    }),
  ],
  { error: 'must be true, false, or a map such as { agents: [researcher] }' },
);

const multiagent = z.strictObject(
  {
    advisor: text(256).optional().meta({ description: 'A model it may ask for advice. Left out: none.' }),
    subagents: team.optional().meta({ description: 'Whom it may give work to. By default true.' }),
    workflows: team.optional().meta({
      description: 'Work in the background that goes on when a turn has ended. By default false.',
    }),
  },
  { error: asMap('must be a map such as { subagents: true }') },
);

const customToolName = z
  .string({ error: 'must be the name of a tool' })
  .regex(/^[A-Za-z0-9_-]{1,128}$/, { error: "must be a tool's name: 1 to 128 letters, digits, _ or -" });

const agent = z
  .strictObject(
    {
      id: idOf('agent', 'an agent id').optional().meta({
        description: 'An agent that is looked after elsewhere. Nothing else but version may stand beside it.',
      }),
      version: z
        .int({ error: 'must be a whole number' })
        .positive()
        .optional()
        .meta({ description: 'New sessions stay at this version; without it, the latest. A route may say otherwise.' }),
      name: text(256).optional().meta({ description: 'What the Console calls it. By default its name here.' }),
      model: model.optional().meta({ description: 'Needed, unless there is an id.' }),
      system: system.optional().meta({ description: 'The system prompt.' }),
      description: description.optional(),
      toolset: toolset.optional().meta({
        description: `The tools of the sandbox: ${BUILT_IN_TOOLS.join(', ')}. Left out: none of them.`,
      }),
      mcp_servers: z
        .record(serverName, mcpServer, { error: asMap('must be a map of servers') })
        .refine((servers) => Object.keys(servers).length <= 20, { error: 'has too many servers: at most 20' })
        .optional()
        .meta({ description: 'MCP servers by name, and what of theirs it may use.' }),
      custom_tools: z.array(customToolName, { error: 'must be a list of names such as [ask_user]' }).optional().meta({
        description: 'Tools of Drawbridge, and of the folder in DRAWBRIDGE_TOOLS, by name. The rest is in their code.',
      }),
      skills: z.array(skill, { error: 'must be a list such as [xlsx]' }).optional(),
      multiagent: multiagent.optional().meta({ description: 'Left out: it works alone.' }),
      metadata: metadata.optional(),
    },
    { error: asMap('must be a map such as { model: claude-opus-5 }, or { id: agent_… }') },
  )
  .meta({ description: 'Either an id, or a model and what else it should be.' });

export const agentsSchema = z
  .record(declaredName, agent, { error: asMap('must be a map of agents by name') })
  .meta({ description: 'Agents by name. drawbridge plan shows what would change, drawbridge apply does it.' });

export type AgentSection = z.infer<typeof agent>;
export type ToolRule = z.infer<typeof webRule>;

export type TeamSection = z.infer<typeof team>;
