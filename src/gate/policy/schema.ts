import { z } from 'zod';
import { centsOf, DOLLARS } from './dollars.ts';
import { DURATION, durationMs } from './duration.ts';

/** Nothing in Slack or in a session is kept for longer. */
const LONGEST_MS = 30 * 86_400_000;
const A_DURATION = 'must be a duration such as 90s, 30m, 24h or 3d';
const AN_AMOUNT = 'must be an amount in dollars such as 5 or "2.50", more than 0';
const EMPTY = 'is empty: put something in it, or take it away';

// Messages never repeat what was written: it may be a secret that was pasted here.
const duration = z
  .string({ error: A_DURATION })
  .regex(DURATION, { error: A_DURATION })
  .refine((text) => !(durationMs(text) > LONGEST_MS), { error: 'is too long: at most 30d' });

const dollars = z.union(
  [
    z
      .number()
      .positive({ error: AN_AMOUNT, abort: true })
      .refine((amount) => centsOf(amount) > 0, { error: `${AN_AMOUNT}, without parts of a cent` }),
    z.string().regex(DOLLARS, { error: AN_AMOUNT }),
  ],
  { error: AN_AMOUNT },
);

const person = z.string().regex(/^[UWS][A-Z0-9]+$/, {
  error: "must be a person's id (U…) or a user group's (S…): both stand in the ⋮ menu of their profile in Slack",
});

const approver = z.string().regex(/^([UWS][A-Z0-9]+|[a-z][a-z0-9_-]*)$/, {
  error: 'must be members, requester, an id (U… or S…) or the name of a group under gate.groups',
});

const requester = z.string().regex(/^([UWS][A-Z0-9]+|[a-z][a-z0-9_-]*)$/, {
  error: 'must be an id (U… or S…) or the name of a group under gate.groups',
});

const groupName = z.string().regex(/^(?!(members|requester)$)[a-z][a-z0-9_-]*$/, {
  error: "a group's name is of small letters, digits, - and _, and neither members nor requester",
});

const channel = z.string().regex(/^[CDG][A-Z0-9]+$/, {
  error: "must be a channel id: it stands at the end of the channel's About tab, C…",
});

const approvers = some(approver, { error: 'must be a list of approvers such as [members] or [dba, U0123]' });

/** How people are asked. All of it may be missing: then `gate.defaults` says, or what stands there by default. */
const terms = {
  approvers: approvers.optional().meta({
    description:
      "Who may decide: members (full members of the thread's channel), requester, a person (U…), a user group (S…), a group's name. Bots, guests and outsiders never may. By default [members].",
  }),
  quorum: z.int().min(1).max(20).optional().meta({ description: 'How many must approve. By default 1.' }),
  requester_may_approve: z
    .boolean()
    .optional()
    .meta({ description: 'Whether those who made the agent ask may approve, too. By default true.' }),
  expire: z
    .strictObject(
      {
        after: duration.optional().meta({ description: 'How long people have. By default 24h.' }),
        // biome-ignore lint/suspicious/noThenProperty: the word of the file; nobody awaits a schema
        then: choice(['deny', 'stop'])
          .optional()
          .meta({ description: 'deny: the agent is told no and goes on. stop: the session is interrupted.' }),
      },
      { error: asMap('must be a map such as { after: 24h, then: deny }') },
    )
    .optional()
    .meta({ description: 'What happens when nobody decides. By default { after: 24h, then: deny }.' }),
  remind: z
    .array(duration, { error: 'must be a list of durations such as [15m, 2h]' })
    .max(10)
    .optional()
    .meta({ description: 'When to remind, counted from the asking. By default never.' }),
  escalate: z
    .array(
      z.strictObject({
        after: duration.meta({ description: 'Counted from the asking.' }),
        to: approvers.meta({ description: 'Who is asked then, and may decide from then on.' }),
      }),
      { error: 'must be a list such as [{ after: 10m, to: [oncall] }]' },
    )
    .max(10)
    .optional()
    .meta({ description: 'Whom to ask as well when nobody has decided. By default nobody.' }),
  for_thread: z.boolean().optional().meta({
    description:
      'Whether "Approve for this thread" is offered: it covers every later call of the same tool under the same rule, whatever its input. By default false.',
  }),
  open_in_full: z.boolean().optional().meta({
    description:
      'Whether an input too long for the card must be opened in full before it is approved. By default true.',
  }),
};

const match = z.strictObject({
  tool: oneOrSome(z.string().min(1), 'must be a tool\'s name, or a list of them; "*" stands for any letters')
    .optional()
    .meta({ description: "Tools by name; * stands for any letters. An MCP server's tools have its own names." }),
  server: oneOrSome(z.string().min(1), 'must be the name of an MCP server, or a list of them')
    .optional()
    .meta({ description: 'MCP servers by name; * stands for any letters.' }),
  kind: oneOrSome(choice(['built-in', 'mcp', 'custom']), 'must be built-in, mcp or custom, or a list of them')
    .optional()
    .meta({
      description: "built-in: the agent toolset. mcp: a server's. custom: the bridge's own.",
    }),
  input: z
    .record(z.string(), z.string({ error: 'must be a pattern (RE2), in quotes' }), {
      error: asMap('must be a map of paths to patterns such as { "$.command": "git status" }'),
    })
    .refine((paths) => Object.keys(paths).length > 0, { error: EMPTY })
    .optional()
    .meta({
      description:
        'JSONPath (RFC 9535, without filters) to a pattern (RE2), all of which must match. allow: every value the path gives must match from its beginning to its end. ask and deny: the pattern is found somewhere in one of them. A path that gives nothing matches nothing. What is not text is matched as its JSON, with sorted keys.',
    }),
  channel: oneOrSome(channel, 'must be a channel id (C…), or a list of them')
    .optional()
    .meta({ description: "The thread's channel." }),
  requester: oneOrSome(requester, "must be an id (U… or S…) or a group's name, or a list of them").optional().meta({
    description:
      'Those whose messages led to the call. allow: all of them must be named, and there must be one. ask and deny: one is enough.',
  }),
});

const rule = z.strictObject({
  name: z
    .string()
    .regex(/^\S(.{0,78}\S)?$/, { error: 'must be one line of at most 80 letters' })
    .meta({ description: 'Unique. It stands in the audit log.' }),
  match: match.meta({ description: 'Which calls it is about: all that is named must be so.' }),
  // biome-ignore lint/suspicious/noThenProperty: the word of the file; nobody awaits a schema
  then: choice(['allow', 'ask', 'deny']).meta({
    description: 'deny beats ask, and ask beats allow, wherever they stand. Several ask rules hold together.',
  }),
  reason: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'For deny: what the agent is told. Say what it should do instead.' }),
  ...terms,
});

/** The `gate:` section of bridge.yaml, as it is written there. */
export const gateSchema = z
  .strictObject({
    groups: z
      .record(groupName, some(person, { error: 'must be a list of ids such as [U0123, S0456]' }))
      .optional()
      .meta({ description: 'Names for people and user groups, to be used below.' }),
    defaults: z
      .strictObject(terms)
      .optional()
      .meta({ description: 'How people are asked, unless the rule says otherwise.' }),
    rules: z
      .array(rule, { error: 'must be a list of rules' })
      .optional()
      .meta({ description: 'What the agent may do. A call that no rule is about is asked for.' }),
    ask_user: z
      .strictObject({
        remind: terms.remind,
        expire: duration.optional().meta({ description: 'How long a person has to answer. By default 24h.' }),
      })
      .optional()
      .meta({ description: 'The tool with which the agent asks a person.' }),
    budget: z
      .strictObject({
        thread: dollars.optional().meta({ description: 'The cap of a session, in dollars of list cost.' }),
        person_per_day: dollars.optional().meta({ description: 'What one person may use in a day (UTC).' }),
        channel_per_day: dollars.optional().meta({ description: 'What one channel may use in a day (UTC).' }),
        raise_by: some(dollars, { error: 'must be a list of amounts such as [1, 5]' })
          .max(5)
          .optional()
          .meta({ description: 'The buttons at the cap. By default [1, 5].' }),
        raisers: approvers.optional().meta({ description: 'Who may raise a cap. By default [members].' }),
      })
      .optional()
      .meta({ description: 'Caps in dollars of list cost. What is left out has none.' }),
    audit: z
      .strictObject({
        content: z.boolean().optional().meta({
          description: 'true: inputs (secrets masked) and the text of messages, too. By default only their hashes.',
        }),
      })
      .optional()
      .meta({ description: 'What the audit log keeps.' }),
  })
  .meta({ description: 'What people must agree to, who they are, and what it may cost.' });

export type GateSection = z.infer<typeof gateSchema>;
export type RuleSection = z.infer<typeof rule>;
export type MatchSection = z.infer<typeof match>;
export type TermsSection = NonNullable<GateSection['defaults']>;

function some<T extends z.ZodType>(item: T, { error }: { error: string }) {
  return z.array(item, { error }).min(1, { error: EMPTY });
}

function oneOrSome<T extends z.ZodType>(item: T, error: string) {
  return z.union([item, z.array(item).min(1, { error: EMPTY })], { error });
}

function choice<const T extends readonly string[]>(values: T) {
  const last = values.at(-1);
  return z.enum(values, { error: `must be ${values.slice(0, -1).join(', ')} or ${last}` });
}

/** For what is no map at all; the other faults of a map have their own words. */
function asMap(message: string) {
  return ({ code }: { code?: string | undefined }) => (code === 'invalid_type' ? message : undefined);
}
