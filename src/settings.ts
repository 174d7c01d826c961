import { z } from 'zod';
import { DURATION } from './gate/policy/duration.ts';
import { gateSchema } from './gate/policy/schema.ts';
import { agentsSchema } from './sessions/provisioning/agent-schema.ts';
import { environmentsSchema } from './sessions/provisioning/environment-schema.ts';
import {
  memoryStoresSchema,
  repositoriesSchema,
  routingSchema,
  vaultsSchema,
} from './sessions/provisioning/routing-schema.ts';

/** One environment variable: what the README, `.env.example` and every error about it say. */
export interface Setting {
  name: string;
  /** `slack` and `agents` belong to the real platforms: with none of them set, the playground starts. */
  group: 'slack' | 'agents' | 'bridge';
  default: string | null;
  meaning: string;
  /** Where to get a value, or what values there are. */
  where: string;
}

export const SETTINGS = [
  {
    name: 'SLACK_BOT_TOKEN',
    group: 'slack',
    default: null,
    meaning: 'The bot token of the Slack app (`xoxb-…`).',
    where: 'api.slack.com/apps → your app → OAuth & Permissions → Bot User OAuth Token',
  },
  {
    name: 'SLACK_APP_TOKEN',
    group: 'slack',
    default: null,
    meaning: 'The app-level token that opens Socket Mode (`xapp-…`).',
    where:
      'api.slack.com/apps → your app → Basic Information → App-Level Tokens, scope connections:write; over HTTP, SLACK_SIGNING_SECRET in its place',
  },
  {
    name: 'SLACK_SIGNING_SECRET',
    group: 'slack',
    default: null,
    meaning: 'In place of `SLACK_APP_TOKEN`: Slack sends what happens to `PORT`, signed, instead of over Socket Mode.',
    where: 'api.slack.com/apps → your app → Basic Information → App Credentials → Signing Secret',
  },
  {
    name: 'SLACK_API_URL',
    group: 'slack',
    default: null,
    meaning: 'Another Slack Web API to talk to, with its path.',
    where: 'leave it out for slack.com; otherwise a URL such as http://127.0.0.1:8080/api/',
  },
  {
    name: 'ANTHROPIC_API_KEY',
    group: 'agents',
    default: null,
    meaning: 'The API key of the workspace that has the agent.',
    where: 'platform.claude.com → API keys, in the workspace that has the agent',
  },
  {
    name: 'ANTHROPIC_BASE_URL',
    group: 'agents',
    default: null,
    meaning: 'Another agents API to talk to, without a path.',
    where: 'leave it out for api.anthropic.com; otherwise a URL such as http://127.0.0.1:8081',
  },
  {
    name: 'ANTHROPIC_WEBHOOK_SIGNING_KEY',
    group: 'agents',
    default: null,
    meaning:
      'The key (`whsec_…`) of a webhook to `/anthropic/webhook` at `PORT`: what happens elsewhere shows at once.',
    where: 'platform.claude.com → Manage → Webhooks, shown once when the webhook is made',
  },
  {
    name: 'DRAWBRIDGE_AGENT_ID',
    group: 'agents',
    default: null,
    meaning: 'The agent that answers where no route says otherwise: `agent_…`, or `agent_…@3` to stay at version 3.',
    where: 'platform.claude.com → Agents, or agents in bridge.yaml',
  },
  {
    name: 'DRAWBRIDGE_ENVIRONMENT_ID',
    group: 'agents',
    default: null,
    meaning: 'The environment its sessions run in (`env_…`).',
    where: 'platform.claude.com → Environments, or environments in bridge.yaml',
  },
  {
    name: 'DRAWBRIDGE_VAULT_IDS',
    group: 'agents',
    default: null,
    meaning: "Vaults with the credentials of the agent's MCP servers (`vlt_…`), separated by commas.",
    where: 'platform.claude.com → Vaults, or vaults in bridge.yaml',
  },
  {
    name: 'DRAWBRIDGE_DATA',
    group: 'bridge',
    default: 'data',
    meaning: 'The folder of the database and the audit, created when missing. One Drawbridge at a time may use it.',
    where: 'a path',
  },
  {
    name: 'DRAWBRIDGE_RENDERER',
    group: 'bridge',
    default: 'auto',
    meaning: 'How answers appear: `stream`, `edit`, or `auto` for what suits the place. Single channels: bridge.yaml.',
    where: 'auto, stream or edit',
  },
  {
    name: 'DRAWBRIDGE_SLACK_LIMITS',
    group: 'bridge',
    default: 'slack',
    meaning: 'What Slack lets through: `slack` keeps within its rate limits, `none` is for a local one without.',
    where: 'slack or none',
  },
  {
    name: 'DRAWBRIDGE_CONFIG',
    group: 'bridge',
    default: 'manifest/bridge.yaml',
    meaning: 'The settings file. The environment wins over it.',
    where: 'a path',
  },
  {
    name: 'DRAWBRIDGE_READS_PER_MINUTE',
    group: 'bridge',
    default: '1200',
    meaning: "The organisation's limit for reading from the agents API, of which a little is left to others.",
    where: 'a whole number from 60 to 999999, as platform.claude.com shows it under Limits',
  },
  {
    name: 'DRAWBRIDGE_CREATES_PER_MINUTE',
    group: 'bridge',
    default: '300',
    meaning: 'The same for making sessions and sending to them.',
    where: 'a whole number from 60 to 999999, as platform.claude.com shows it under Limits',
  },
  {
    name: 'DRAWBRIDGE_TOOLS',
    group: 'bridge',
    default: null,
    meaning: 'A folder of custom tools of your own, one or several per file (`*.js`, `*.mjs`).',
    where: 'a path',
  },
  {
    name: 'LOG_LEVEL',
    group: 'bridge',
    default: 'info',
    meaning: 'The least severe log line to write; in the playground the default is `warn`.',
    where: 'trace, debug, info, warn, error, fatal or silent',
  },
  {
    name: 'PORT',
    group: 'bridge',
    default: '8080',
    meaning: "The port of the playground's page, and of what is sent to the bot over HTTP; `0` for any free one.",
    where: 'a number from 0 to 65535',
  },
  {
    name: 'DRAWBRIDGE_HOST',
    group: 'bridge',
    default: '0.0.0.0',
    meaning: 'The address that the bot listens at when something is sent to it over HTTP.',
    where: 'an IP address or the name of a host, such as 127.0.0.1 behind a proxy on the same machine',
  },
  {
    name: 'NODE_ENV',
    group: 'bridge',
    default: null,
    meaning: 'With `production`, the playground never starts by itself.',
    where: 'production, or anything else',
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];

/** Prefixes of credentials, to recognise a value that stands in the wrong place without printing it. */
const CREDENTIALS: [prefix: string, what: string][] = [
  ['xoxb-', 'the bot token'],
  ['xoxe.xoxb-', 'the bot token'],
  ['xapp-', 'the app-level token'],
  ['xoxp-', 'a user token'],
  ['xoxe.xoxp-', 'a user token'],
  ['xoxe-', 'a refresh token'],
  ['sk-ant-', 'the Anthropic API key'],
  ['whsec_', 'the key of a webhook'],
];

/** A setting's text with its format. The message tells what is wrong and never shows a credential. */
function text(expected: string, pattern: RegExp) {
  return z.string().regex(pattern, { error: ({ input }) => `${shown(String(input))}, not ${expected}` });
}

/** What may be printed of a value: its kind and prefix when it looks like a credential. */
function shown(value: string): string {
  const credential = CREDENTIALS.find(([prefix]) => value.startsWith(prefix));
  if (credential) return `starts with ${credential[0]}, that is ${credential[1]}`;
  return value.length <= 12 ? `is ${JSON.stringify(value)}` : `starts with ${JSON.stringify(value.slice(0, 4))}`;
}

/** A credential may lack every known prefix: nothing else of it is shown. */
function secret(expected: string, pattern: RegExp) {
  const error = ({ input }: { input?: unknown }) => {
    const known = CREDENTIALS.some(([prefix]) => String(input).startsWith(prefix) && !expected.includes(prefix));
    return known ? shown(String(input)) : `is not ${expected}`;
  };
  return z.string().regex(pattern, { error });
}

const environmentId = text('an environment id (env_…)', /^env_[\w-]+$/);
const vaultId = text('a vault id (vlt_…)', /^vlt_[\w-]+$/);
const renderer = z.enum(['auto', 'stream', 'edit'], {
  error: ({ input }) => `${shown(String(input))}, not auto, stream or edit`,
});

const pinnableAgent = text('an agent id (agent_… or agent_…@3)', /^agent_[\w-]+(@[1-9]\d*)?$/).transform((value) => {
  const [id = '', version] = value.split('@');
  return { id, version: version === undefined ? null : Number(version) };
});

function url(example: string) {
  return text(`a URL such as ${example}`, /^https?:\/\/[^\s/?#]+[^\s?#]*$/);
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Below one a second, people would wait for nothing but this. */
const perMinute = text('a whole number from 60 to 999999', /^([6-9]\d|[1-9]\d{2,5})$/).transform(Number);

/** Every setting by name; all of them may be missing, which the mode decides about. */
export const environmentSchema = z.object({
  SLACK_BOT_TOKEN: secret('a bot token (xoxb-…)', /^(xoxb|xoxe\.xoxb)-[\w-]+$/).optional(),
  SLACK_APP_TOKEN: secret('an app-level token (xapp-…)', /^xapp-[\w-]+$/).optional(),
  SLACK_SIGNING_SECRET: secret(
    'a signing secret (32 letters and digits)',
    /^(?!xox|xapp|sk-ant)[\w-]{16,}$/,
  ).optional(),
  // The SDK appends method names, so the path needs its last slash.
  SLACK_API_URL: url('http://127.0.0.1:8080/api/')
    .transform((value) => value.replace(/\/*$/, '/'))
    .optional(),
  ANTHROPIC_API_KEY: secret('an API key (sk-ant-…)', /^(?!xox|xapp|whsec|sk-ant-admin)[\x21-\x7e]+$/).optional(),
  ANTHROPIC_BASE_URL: url('https://api.anthropic.com')
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  ANTHROPIC_WEBHOOK_SIGNING_KEY: secret('the key of a webhook (whsec_…)', /^whsec_[\w+/=]+$/).optional(),
  DRAWBRIDGE_AGENT_ID: pinnableAgent.optional(),
  DRAWBRIDGE_ENVIRONMENT_ID: environmentId.optional(),
  DRAWBRIDGE_VAULT_IDS: z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((id) => id.trim())
        .filter(Boolean),
    )
    .pipe(z.array(vaultId))
    .optional(),
  DRAWBRIDGE_DATA: z.string().optional(),
  DRAWBRIDGE_RENDERER: renderer.optional(),
  DRAWBRIDGE_SLACK_LIMITS: z
    .enum(['slack', 'none'], { error: ({ input }) => `${shown(String(input))}, not slack or none` })
    .optional(),
  DRAWBRIDGE_CONFIG: z.string().optional(),
  DRAWBRIDGE_READS_PER_MINUTE: perMinute.optional(),
  DRAWBRIDGE_CREATES_PER_MINUTE: perMinute.optional(),
  DRAWBRIDGE_TOOLS: z.string().optional(),
  LOG_LEVEL: z
    .enum(LEVELS, { error: ({ input }) => `${shown(String(input))}, not one of ${LEVELS.join(', ')}` })
    .optional(),
  PORT: text('a port from 0 to 65535', /^(0|[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/)
    .transform(Number)
    .optional(),
  DRAWBRIDGE_HOST: text('a host', /^[\w.:-]+$/).optional(),
  NODE_ENV: z.string().optional(),
} satisfies Record<SettingName, z.ZodType>);

const channelId = z.string().regex(/^[CDG][A-Z0-9]+$/, {
  error: ({ input }) =>
    `${JSON.stringify(input)} is not a channel id: it stands at the end of the channel's About tab, C…`,
});

const SIZE = /^([1-9]\d{0,5}) ?(KB|MB|GB)$/;
const UNIT_BYTES: Record<string, number> = { KB: 1_000, MB: 1_000_000, GB: 1_000_000_000 };
/** The Files API takes no larger one. */
const LARGEST_FILE = 500_000_000;

/** `800 KB`, `20 MB`, `1 GB`, in bytes: as Slack shows sizes, a thousand of one unit make the next. */
export function sizeBytes(text: string): number {
  const [, count = '', unit = ''] = SIZE.exec(text) ?? [];
  return Number(count) * (UNIT_BYTES[unit] ?? Number.NaN);
}

const A_SIZE = 'must be a size such as 800 KB, 20 MB or 1 GB';
const size = z.string({ error: A_SIZE }).regex(SIZE, { error: A_SIZE });

const A_HOST = 'must be the name of a host, such as files.slack.com or *.slack-edge.com';
const host = z.string({ error: A_HOST }).regex(/^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$/, { error: A_HOST });

const files = z.strictObject(
  {
    max_size: size
      .refine((text) => !(sizeBytes(text) > LARGEST_FILE), {
        error: 'is more than the agent can be given: at most 500 MB',
      })
      .optional()
      .meta({ description: 'The largest file that is read or posted. By default 500 MB, which is the most.' }),
    max_count: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'How many files of one message are read. By default 20.' }),
    max_total: size
      .optional()
      .meta({ description: 'How much the files of one message may be together. By default 1 GB.' }),
    hosts: z.array(host).min(1, { error: 'is empty: put something in it, or take it away' }).optional().meta({
      description:
        "Where Slack's files are. A host by its name gets the bot's token; with *. before it stand all below it, which get none. By default Slack's own.",
    }),
  },
  { error: ({ code }) => (code === 'invalid_type' ? 'must be a map such as { max_size: 20 MB }' : undefined) },
);

const A_DURATION = 'must be a duration such as 30m, 1h or 3d';
const duration = z.string({ error: A_DURATION }).regex(DURATION, { error: A_DURATION });

const catchUp = z.strictObject(
  {
    ask_after: duration.optional().meta({
      description: 'A message that waited longer than this while the bot was away is asked about. By default 1h.',
    }),
    old_answer_after: duration.optional().meta({
      description: 'An answer older than this, when people get it after an absence, is said to be old. By default 24h.',
    }),
  },
  { error: ({ code }) => (code === 'invalid_type' ? 'must be a map such as { ask_after: 1h }' : undefined) },
);

const declarations = {
  agents: agentsSchema.optional(),
  environments: environmentsSchema.optional(),
  vaults: vaultsSchema.optional(),
  memory_stores: memoryStoresSchema.optional(),
  repositories: repositoriesSchema.optional(),
  routing: routingSchema.optional(),
};

/** The part of bridge.yaml that is about the agent's side; the rest is left out. */
export const declarationsSchema = z.object(declarations);

/** The shape of bridge.yaml. `manifest/bridge.schema.json` is this as JSON Schema. */
export const bridgeFileSchema = z
  .strictObject({
    ...declarations,
    slack: z
      .strictObject({
        renderer: renderer.optional().meta({ description: 'How answers appear where no channel says otherwise.' }),
        channels: z.record(channelId, z.strictObject({ renderer })).optional().meta({ description: 'By channel id.' }),
      })
      .optional(),
    files: files.optional(),
    catch_up: catchUp.optional(),
    gate: gateSchema.optional(),
  })
  .meta({ title: 'bridge.yaml of Drawbridge' });

export type BridgeFile = z.infer<typeof bridgeFileSchema>;

export type Environment = z.infer<typeof environmentSchema>;
export type Renderer = z.infer<typeof renderer>;
export type LogLevel = (typeof LEVELS)[number];
