/** What sessions are given and which threads get which: `vaults:`, `memory_stores:`, `repositories:`, `routing:`. */
import { z } from 'zod';
import { asMap, choice, declaredName, idOf, some, text } from './shape.ts';

const AS_VAULT = 'must be a map such as { id: vlt_… }';
const vault = z.strictObject({ id: idOf('vlt', 'a vault id') }, { error: asMap(AS_VAULT) });

export const vaultsSchema = z
  .record(declaredName, vault, {
    error: asMap('must be a map of vaults by name, such as { linear: { id: vlt_… } }'),
  })
  .meta({ description: "Vaults by name: they hold the credentials of the agents' MCP servers." });

const memoryStore = z.strictObject(
  {
    id: idOf('memstore', 'the id of a memory store')
      .optional()
      .meta({ description: 'A store that is looked after elsewhere. Left out: drawbridge apply makes it.' }),
    name: text(255)
      .optional()
      .meta({ description: 'What it is called; its folder is made of it. By default its name here.' }),
    description: text(1024).optional().meta({ description: 'What is in it, for the agent.' }),
    access: choice(['read_only', 'read_write']).optional().meta({
      description:
        'read_write lets whoever writes in a thread change what later sessions believe. By default read_only.',
    }),
    instructions: text(4096).optional().meta({ description: 'How the agent should use it.' }),
  },
  { error: asMap('must be a map such as { description: What the team knows }') },
);

export const memoryStoresSchema = z
  .record(declaredName, memoryStore, { error: asMap('must be a map of memory stores by name') })
  .meta({ description: 'Memory stores by name. They outlive sessions.' });

const AS_VARIABLE = 'must be the name of an environment variable such as GITHUB_TOKEN, never the token itself';

const A_COMMIT = 'must be the full hash of a commit, in quotes';

const repository = z.strictObject(
  {
    url: z
      .url({ protocol: /^https$/, error: 'must be a URL such as https://github.com/acme/app' })
      .refine((url) => !url.includes('@'), { error: 'must not hold credentials: name them with token_from' })
      .meta({ description: 'A repository on GitHub.' }),
    token_from: z
      .string({ error: AS_VARIABLE })
      .regex(/^[A-Z][A-Z0-9_]*$/, { error: AS_VARIABLE })
      .optional()
      .meta({ description: 'The environment variable with the token. Public repositories need none.' }),
    branch: text(255).optional().meta({ description: "By default the repository's own." }),
    commit: z
      .string({ error: A_COMMIT })
      .regex(/^[0-9a-f]{40}$/, { error: A_COMMIT })
      .optional()
      .meta({ description: 'Instead of a branch.' }),
    path: z
      .string()
      .regex(/^\/[\w./-]+$/, { error: 'must be an absolute path such as /workspace/app' })
      .optional()
      .meta({ description: 'Where it is put. By default /workspace and its name.' }),
  },
  { error: asMap('must be a map such as { url: "https://github.com/acme/app" }') },
);

export const repositoriesSchema = z
  .record(declaredName, repository, { error: asMap('must be a map of repositories by name') })
  .meta({ description: 'Repositories that sessions begin with, by name.' });

const named = (what: string) => declaredName.meta({ description: `By its name under ${what}.` });
const names = (what: string) => z.array(declaredName, { error: `must be a list of names under ${what}` });

/** What a session is made from. Routes take what they leave out from the default. */
const target = {
  agent: named('agents').optional(),
  version: z.int({ error: 'must be a whole number' }).positive().optional().meta({
    description: "New sessions stay at this version of the agent; without it, what the agent's own line says.",
  }),
  environment: named('environments').optional(),
  vaults: names('vaults').optional(),
  memory_stores: names('memory_stores').max(8, { error: 'has too many: a session takes 8' }).optional(),
  repositories: names('repositories').optional(),
};

const channel = z.string().regex(/^[CDG][A-Z0-9]+$/, {
  error: "must be a channel id: it stands at the end of the channel's About tab, C…",
});
const requester = z.string().regex(/^([UWS][A-Z0-9]+|[a-z][a-z0-9_-]*)$/, {
  error: 'must be an id (U… or S…) or the name of a group under gate.groups',
});

const match = z
  .strictObject(
    {
      place: some(choice(['channel', 'dm', 'group_dm']), 'must be a list such as [dm]')
        .optional()
        .meta({
          description: 'dm: direct messages with the bot. group_dm: those of several people. channel: all others.',
        }),
      channel: some(channel, 'must be a list of channel ids such as [C0123456789]').optional(),
      requester: some(requester, 'must be a list such as [U0123456789, S0123456789]').optional().meta({
        description: 'Whose message begins the session: people (U…), user groups (S…), groups under gate.groups.',
      }),
    },
    { error: asMap('must be a map such as { channel: [C0123456789] }') },
  )
  .refine((given) => Object.keys(given).length > 0, {
    error: 'is empty: name a place, channel or requester. What serves all else is routing.default',
  });

export const routingSchema = z
  .strictObject(
    {
      default: z
        .strictObject(target, { error: asMap('must be a map such as { agent: helper }') })
        .optional()
        .meta({
          description: 'Where no route matches. What it leaves out is the only one there is, if there is only one.',
        }),
      routes: z
        .array(
          z.strictObject({
            name: z
              .string({ error: 'must be a text' })
              .regex(/^\S(.{0,78}\S)?$/, { error: 'must be one line of at most 80 letters' })
              .meta({ description: 'Unique. It stands in the metadata of its sessions.' }),
            match: match.meta({ description: 'Which threads it serves: all that is named must be so.' }),
            ...target,
          }),
          { error: 'must be a list of routes' },
        )
        .optional()
        .meta({ description: 'The first that matches serves the thread.' }),
    },
    { error: asMap('must be a map such as { default: { agent: helper } }') },
  )
  .meta({ description: 'Which agent and environment serve which threads.' });

export type VaultSection = z.infer<typeof vault>;
export type MemoryStoreSection = z.infer<typeof memoryStore>;
export type RepositorySection = z.infer<typeof repository>;
export type RoutingSection = z.infer<typeof routingSchema>;
export type TargetSection = NonNullable<RoutingSection['default']>;
export type RouteSection = NonNullable<RoutingSection['routes']>[number];
export type MatchSection = RouteSection['match'];
