import { describe, expect, test } from 'vitest';
import { checkBlocks } from '../../../src/playground/slack/blocks.ts';
import { batchContent } from '../../../src/slack/cards/batch.ts';
import { cardContent, namesOthers } from '../../../src/slack/cards/card.ts';
import { nudgeContent } from '../../../src/slack/cards/nudge.ts';
import type { MessageContent } from '../../../src/slack/reply/message.ts';
import type { Audience, Card, Form, Outcome } from '../../../src/thread/question.ts';
import { card, outcome, toolBody } from '../gate/memory-desk.ts';

const ANA = 'U0ANA00001';
const BEN = 'U0BEN00002';

const nobody: Audience = { users: [], groups: [], members: false, requesters: false, notRequesters: false };
const form: Form = { fields: [] };
const formBody = { type: 'form' as const, question: 'Which region?', form, buttons: null, person: BEN };
const budgetBody = {
  type: 'budget' as const,
  scope: 'thread' as const,
  usedCents: 103,
  capCents: 100,
  stepsCents: [100, 500],
};

/** Everything the blocks say, one block a line. */
function said({ blocks }: MessageContent): string {
  return blocks.map(words).join('\n');
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(' ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => (key === 'text' && typeof inner === 'string' ? inner : words(inner)))
    .filter((text) => text !== '')
    .join(' ');
}

interface Pressable {
  action_id: string;
  value: string;
  style?: string;
  text: { text: string };
  accessibility_label: string;
}

function buttons({ blocks }: MessageContent): Pressable[] {
  return blocks.flatMap((block) => (block.type === 'actions' ? (block.elements as Pressable[]) : []));
}

const labels = (content: MessageContent) => buttons(content).map(({ text }) => text.text);
const exactInput = ({ blocks }: MessageContent) => {
  const block = blocks.find(({ type }) => type === 'rich_text');
  return words(block);
};

/** As the local Slack checks a message, and with the limits on its fallback text. */
function expectFits(content: MessageContent): void {
  expect(() => checkBlocks(structuredClone(content.blocks), { max: 50 })).not.toThrow();
  expect(content.text.length).toBeLessThanOrEqual(3_800);
  expect(content.text.trim()).not.toBe('');
}

describe('an open tool call', () => {
  const shown = cardContent(card('q1', { expiresAt: 1_769_900_000_000 }));

  test('says what the agent wants, for whom, who may decide and until when', () => {
    expect(said(shown)).toContain('*The agent wants to run a command*\nTool `bash`, for ');
    expect(said(shown)).toContain(`for <@${ANA}>`);
    expect(said(shown)).toContain('Who may decide: whoever asked for it or any full member of this conversation.');
    expect(said(shown)).toMatch(
      /Expires <!date\^1769900000\^[^|]+\|2026-01-31 22:53 UTC>: without an answer, it is denied\./,
    );
    expectFits(shown);
  });

  test('shows the exact input where nothing is parsed, and its hash', () => {
    expect(exactInput(shown)).toBe('{\n  "command": "npm test"\n}');
    expect(said(shown)).toContain(`SHA-256 of the input: \`${'a'.repeat(64)}\``);
  });

  test('has buttons that carry the id and nothing else', () => {
    expect(labels(shown)).toEqual(['Approve', 'Deny', 'Deny with reason…']);
    expect(buttons(shown).map(({ value }) => value)).toEqual(['q1', 'q1', 'q1']);
    expect(buttons(shown).map(({ style }) => style)).toEqual(['primary', 'danger', undefined]);
    expect(buttons(shown)[0]).toMatchObject({
      action_id: 'drawbridge:gate:approve',
      accessibility_label: 'Approve: bash · npm test',
    });
  });

  test('of a tool of ours names the channels that it is given by their ids', () => {
    const custom = { kind: 'custom' as const, name: 'slack_post_message' };
    const text = '{ "channel": "C0GENERAL1", "text": "See C0GENERAL1 and CASE" }';
    const body = toolBody({ tool: custom, excerpt: { format: 'text', text } });
    expect(said(cardContent(card('q1', { body })))).toContain('`C0GENERAL1` is <#C0GENERAL1>\n');
    expect(
      said(cardContent(card('q1', { body: { ...body, tool: { kind: 'built-in', name: 'bash' } } }))),
    ).not.toContain('<#');
  });

  test('is readable without its blocks', () => {
    for (const part of ['The agent wants to run a command', 'npm test', 'Who may decide', 'Expires', `<@${ANA}>`])
      expect(shown.text).toContain(part);
  });

  test.each([
    [toolBody({ tool: { kind: 'built-in', name: 'edit' } }), 'wants to edit a file'],
    [toolBody({ tool: { kind: 'built-in', name: 'warp' } }), 'wants to use `warp`'],
    [
      toolBody({ tool: { kind: 'mcp', name: 'create_issue', server: 'linear' } }),
      'wants to call `linear · create issue`',
    ],
    [toolBody({ tool: { kind: 'mcp', name: 'create_issue', server: 'linear' } }), 'Tool `create_issue` of `linear`'],
    [toolBody({ tool: { kind: 'custom', name: 'slack_post_message' } }), "with the bot's rights, not with yours"],
    [toolBody({ tool: { kind: 'built-in', name: 'constructor' } }), 'wants to use `constructor`'],
    [toolBody({ child: 'sthr_9' }), 'asked by the sub-agent `sthr_9`'],
    [toolBody({ masked: 1 }), '1 secret masked here'],
    [toolBody({ masked: 3 }), '3 secrets masked here'],
    [toolBody({ isCut: true, mustOpen: true }), 'only by somebody who has opened it in full'],
  ])('says of %j: %s', (body, sentence) => {
    expect(said(cardContent(card('q', { body })))).toContain(sentence);
  });

  test('offers what the policy offers, and the rest of an input that is cut', () => {
    const all = cardContent(card('q', { body: toolBody({ offersThread: true, isCut: true }) }));
    expect(labels(all)).toEqual(['Approve', 'Deny', 'Deny with reason…', 'Approve for this thread', 'Show all of it']);
    expect(said(all)).toContain(
      'every later call of `bash` here run that comes under the same rule, whatever its input',
    );
    expect(said(cardContent(card('q')))).not.toContain('every later call');
    const here = cardContent(card('q', { body: toolBody({ excerpt: { format: 'text', text: 'x'.repeat(9_000) } }) }));
    expect(labels(here)).toContain('Show all of it');
    expect(said(here)).toContain('This is only part of the input.');
  });

  test('counts the approvals so far', () => {
    const approvals = [{ by: BEN, at: 1, forThread: false }];
    expect(said(cardContent(card('q', { quorum: 2, approvals })))).toContain(`1 of 2 approvals: <@${BEN}>.`);
    expect(said(cardContent(card('q', { quorum: 2 })))).toContain('0 of 2 approvals.');
  });
});

describe('who is called', () => {
  test('by name are the people and groups who may decide', () => {
    const audience = { ...nobody, users: [BEN], groups: ['S0OPS'] };
    expect(said(cardContent(card('q', { audience })))).toContain(`Who may decide: <@${BEN}> or <!subteam^S0OPS>.`);
  });

  test('are not the requesters who may not decide: a first post leaves them out, an edit names them', () => {
    const notAsked = card('q', { audience: { ...nobody, members: true, notRequesters: true } });
    expect(namesOthers(notAsked)).toBe(true);
    expect(JSON.stringify(cardContent(notAsked, { isFirst: true }))).not.toContain(ANA);
    expect(said(cardContent(notAsked))).toContain(`for <@${ANA}>`);
    expect(said(cardContent(notAsked))).toContain('any full member of this conversation, but nobody who asked for it.');
    expect(namesOthers(card('q'))).toBe(false);
    expect(namesOthers(card('q', { audience: { ...nobody, users: [BEN] } }))).toBe(true);
  });

  test('is nobody twice over: a requester among the named, who may not decide', () => {
    const audience = { ...nobody, users: [ANA, BEN], notRequesters: true };
    expect(said(cardContent(card('q', { audience }), { isFirst: true }))).not.toContain(ANA);
  });

  test('by a nudge are those it is for, and it says the same after the decision', () => {
    const nudge = {
      id: 'n1',
      type: 'escalation' as const,
      audience: { ...nobody, groups: ['S0OPS'] },
      expiresAt: null,
    };
    const open = nudgeContent(card('q'), nudge);
    expect(open.text).toBe(
      '<!subteam^S0OPS> Nobody has decided yet, so I ask you. The agent wants to run a command: `bash · npm test`. Decide on the card above.',
    );
    expect(nudgeContent(card('q', { state: 'closed', outcome: outcome('denied') }), nudge)).toEqual(open);
    const members = { ...nobody, members: true };
    const reminder = { id: 'n2', type: 'reminder' as const, audience: members, expiresAt: 1_769_900_000_000 };
    expect(nudgeContent(card('q'), reminder).text).toMatch(
      new RegExp(`^<@${ANA}> Still waiting for an answer. .* Decide on the card above. It expires <!date`),
    );
    expect(nudgeContent(card('q', { body: formBody }), reminder).text).toMatch(
      new RegExp(`^<@${BEN}> Still .* Answer on the card above`),
    );
    for (const content of [open, nudgeContent(card('q'), reminder)]) expectFits(content);
  });
});

describe('a card after the decision', () => {
  const closed = (fields: Outcome, body: Card['body'] = toolBody()) =>
    cardContent(card('q', { state: 'closed', outcome: fields, body }));

  test.each<[Outcome, RegExp]>([
    [outcome('approved'), /^\*Approved\* by <@U0BEN00002> · <!date/],
    [outcome('approved', { forThread: true }), /^\*Approved\* by <@U0BEN00002>, and from now on in this thread · /],
    [outcome('approved', { by: [ANA, BEN] }), /^\*Approved\* by <@U0ANA00001> and <@U0BEN00002>/],
    [outcome('denied', { reason: 'Too *risky*\nAsk Dev' }), /^\*Denied\* by .*\nReason:\n> Too \*risky\*\n> Ask Dev/],
    [outcome('answered', { detail: 'eu-west' }), /^\*Answered\* by .*\nAnswer:\n> eu-west/],
    [outcome('declined'), /^\*Not answered\*: declined by/],
    [outcome('expired', { by: [] }), /^\*Expired\*: nobody answered in time/],
    [outcome('cancelled'), /^\*Cancelled\* by <@U0BEN00002>/],
    [outcome('cancelled', { by: [] }), /^\*Cancelled\*: the agent was stopped/],
    [outcome('moot', { by: [] }), /^\*No longer needed\*/],
    [outcome('raised', { detail: '$2.00' }), /^\*Raised\* to \$2\.00 by <@U0BEN00002> · <!date[^\n]*$/m],
    [outcome('left'), /^\*Left as it is\* by/],
  ])('says in words what came of it: %j', (result, sentence) => {
    const content = closed(result);
    expect(said(content)).toMatch(sentence);
    expect(content.text).toMatch(sentence);
    expect(buttons(content)).toEqual([]);
    expect(said(content)).toContain('SHA-256');
    expect(exactInput(content)).toContain('npm test');
    expectFits(content);
  });

  test.each(['approved', 'denied', 'expired'] as const)('is not called %s before the agent is told', (result) => {
    const content = cardContent(card('q', { state: 'sending', outcome: outcome(result) }));
    expect(said(content)).toContain('Telling the agent…');
    expect(`${said(content)} ${content.text}`).not.toMatch(/\b(approved|denied|expired)\b/i);
    expect(buttons(content)).toEqual([]);
    expectFits(content);
  });
});

describe('a form', () => {
  test('with a few choices has them as buttons, numbered by their place', () => {
    const options = [
      { label: 'Europe', value: 'eu' },
      { label: 'US', value: 'us' },
    ];
    const content = cardContent(card('q', { body: { ...formBody, buttons: options } }));
    expect(said(content)).toContain(`<@${BEN}>, the agent asks you:`);
    expect(buttons(content).map(({ action_id, value }) => [action_id, value])).toEqual([
      ['drawbridge:gate:pick:0', 'q'],
      ['drawbridge:gate:pick:1', 'q'],
      ['drawbridge:gate:decline', 'q'],
    ]);
    expectFits(content);
  });

  test('that was answered has the answer below the question', () => {
    const answered = { state: 'closed' as const, outcome: outcome('answered', { detail: 'Europe' }) };
    const content = cardContent(card('q', { ...answered, body: formBody }));
    expect(said(content)).toMatch(/^The agent asked <@\w+>:\nWhich region\?\n\*Answered\* by [\s\S]*> Europe$/);
    expect(labels(content)).toEqual([]);
  });

  test('with more to say opens a modal', () => {
    expect(labels(cardContent(card('q', { body: formBody })))).toEqual(['Answer…', 'Decline']);
    const many = Array.from({ length: 30 }, (_, n) => ({ label: `Choice ${n}`, value: `${n}` }));
    expect(labels(cardContent(card('q', { body: { ...formBody, buttons: many } })))).toEqual(['Answer…', 'Decline']);
  });
});

test('a budget says what is used, and can be raised by each step or left', () => {
  const content = cardContent(card('q', { body: budgetBody }));
  expect(said(content)).toContain('*The budget of this thread is used up*\n$1.03 of $1.00 list price');
  expect(labels(content)).toEqual(['Raise by $1.00', 'Raise by $5.00', 'Leave it']);
  expect(buttons(content).map(({ action_id }) => action_id)).toEqual([
    'drawbridge:gate:raise:100',
    'drawbridge:gate:raise:500',
    'drawbridge:gate:leave',
  ]);
  expectFits(content);
});

test('a budget of a day says when what is held goes by itself', () => {
  const body = { ...budgetBody, scope: 'person' as const };
  const content = cardContent(card('q', { body, expiresAt: Date.parse('2026-12-01T00:00:00Z') }));
  expect(said(content)).toMatch(/messages are held until it is raised\.[\s\S]*Otherwise what is held goes <!date/);
  expect(said(content)).not.toContain('Expires');
  expectFits(content);
});

test.each([
  ['moot', [], /^\*No longer needed\*: there is budget again · <!date/],
  ['cancelled', [BEN], /^\*Stopped\* by <@U0BEN00002> · <!date/],
  ['left', [BEN], /^\*Left as it is\* by <@U0BEN00002> · <!date/],
] as const)('a budget that is %s says so in its own words', (result, by, sentence) => {
  const content = cardContent(
    card('q', { state: 'closed', outcome: outcome(result, { by: [...by] }), body: budgetBody }),
  );
  expect(said(content)).toMatch(sentence);
  expect(content.text).toMatch(sentence);
  expect(buttons(content)).toEqual([]);
  expectFits(content);
});

describe('a batch', () => {
  test('names every request and decides them all with two buttons', () => {
    const cards = [card('q1'), card('q2', { body: toolBody({ title: 'bash · ls', mustOpen: true }) })];
    const content = batchContent({ type: 'batch', id: 'b', cards });
    expect(said(content)).toContain('*2 requests are open.*');
    expect(said(content)).toContain('1. `bash · npm test`\n2. `bash · ls` (open it in full first)');
    expect(buttons(content).map(({ text, value }) => [text.text, value])).toEqual([
      ['Approve all 2', 'q1,q2'],
      ['Deny all 2', 'q1,q2'],
    ]);
    expectFits(content);
  });

  test('of more than a button can carry says how many it decides', () => {
    const cards = Array.from({ length: 60 }, (_, n) => card(`${'q'.repeat(47)}${100 + n}`));
    const content = batchContent({ type: 'batch', id: 'b', cards });
    expect(labels(content)).toEqual(['Approve the first 39', 'Deny the first 39']);
    expect(buttons(content)[0]?.value.split(',')).toHaveLength(39);
    expectFits(content);
  });
});

describe('whatever a model or a person wrote', () => {
  const evil = '<!channel> <@U0BEN00002> `x` *y* ```z``` &<>@here \u202e\u0000 ';
  const huge = evil.repeat(5_000);
  const crowd = Array.from({ length: 60 }, (_, n) => `U0CROWD${n}`);
  const audience = { ...nobody, users: crowd, groups: crowd.map((id) => `S${id}`), members: true };
  const tool = toolBody({
    tool: { kind: 'mcp', name: huge, server: huge },
    title: huge,
    child: huge,
    excerpt: { format: 'text', text: huge },
    hash: huge,
    isCut: true,
    mustOpen: true,
    masked: 9,
    offersThread: true,
  });
  const bodies: Card['body'][] = [
    tool,
    toolBody({ excerpt: { format: 'diff', text: '' }, title: '' }),
    {
      ...formBody,
      question: huge,
      buttons: [
        { label: huge, value: huge },
        { label: ' ', value: '' },
      ],
    },
    { ...formBody, question: ' ' },
    { ...budgetBody, stepsCents: [100, 100, -5, 0.5, ...Array.from({ length: 40 }, (_, n) => n + 1)] },
  ];
  const states: Partial<Card>[] = [
    { state: 'open', quorum: 70, approvals: crowd.map((by) => ({ by, at: 1, forThread: false })), expiresAt: 1e15 },
    { state: 'sending', outcome: outcome('denied', { by: crowd, reason: huge, detail: huge }) },
    { state: 'closed', outcome: outcome('answered', { by: crowd, reason: '\n'.repeat(3_000) + huge, detail: huge }) },
    { state: 'closed', outcome: null },
  ];

  test.each(bodies.flatMap((body) => states.map((state) => ({ body, ...state }))))(
    'fits into a message: $body.type $state',
    (fields) => {
      for (const look of [{}, { isFirst: true }, { isPlain: true }]) {
        expectFits(cardContent(card('q', { requesters: crowd, audience, ...fields }), look));
      }
    },
  );

  test('fits into nudges and batches', () => {
    const hostile = card('q', { body: tool, requesters: crowd, audience });
    expectFits(batchContent({ type: 'batch', id: 'b', cards: Array(30).fill(hostile) }));
    expectFits(nudgeContent(hostile, { id: 'n', type: 'reminder', audience, expiresAt: 1 }));
  });

  test('calls nobody: no mention in it survives where Slack looks for mentions', () => {
    for (const body of bodies) {
      const quiet = card('q', { body, requesters: [], audience: nobody });
      const content = cardContent(body.type === 'form' ? { ...quiet, body: { ...body, person: ANA } } : quiet);
      // Neither rich text nor the labels of buttons are parsed.
      const parsed = content.blocks.filter(({ type }) => type !== 'rich_text' && type !== 'actions').map(words);
      expect([content.text, ...parsed].join('\n')).not.toMatch(
        /<!(?!date)|<@(?!U0ANA00001)|(?<![\w.+-])@(here|channel|everyone)/,
      );
    }
  });

  test('is shown as it is in the input, backticks and all', () => {
    const text = 'a ``` b <!channel> `c`';
    expect(exactInput(cardContent(card('q', { body: toolBody({ excerpt: { format: 'text', text } }) })))).toBe(text);
  });

  test('is never cut through a character', () => {
    const text = `${'x'.repeat(7_498)}😀😀`;
    const shown = exactInput(cardContent(card('q', { body: toolBody({ excerpt: { format: 'text', text } }) })));
    expect(shown).toBe(`${'x'.repeat(7_498)}…`);
  });
});
