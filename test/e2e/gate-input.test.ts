import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Script } from '../../src/playground/agents/script.ts';
import type { PlaygroundView } from '../../src/playground/page/contract.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { cardsIn, postStale, textsOf, valuesFor, wordsAt } from './words.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function start(gate = '', options: RigOptions = {}) {
  rig = await startRig({ ...options, gate });
}

type Where = '#ops' | '#general' | 'dm';

async function say(text: string, { who = 'Ana', where = '#ops' }: { who?: string; where?: Where } = {}) {
  const channel = where === 'dm' ? rig.dm(who) : rig.channel(where);
  const root = await rig.say(who, where === 'dm' ? text : `@Drawbridge ${text}`, { channel });
  return { channel, root };
}

type Place = Awaited<ReturnType<typeof say>>;

/** Somebody says something that leads to a card. */
async function asked(text: string, options: { who?: string; where?: Where } = {}) {
  const place = await say(text, options);
  const card = await rig.until('it asks', () => rig.card(place.channel, place.root, 'approve'));
  return { ...place, ts: card.ts };
}

const newest = ({ channel, root }: Place) => cardsIn(rig, channel, root).at(-1)?.blocks;
const cardWords = (place: Place) => textsOf(newest(place));
const confirmations = ({ root }: Place) => rig.events(root).filter(({ type }) => type === 'user.tool_confirmation');
const told = (who: string, { channel }: Place, times = 1) =>
  rig.until(`${who} is told`, () => rig.whispers(who, channel)[times - 1]);
const nothingHappened = (place: Place) => {
  expect(confirmations(place)).toEqual([]);
  expect(cardWords(place)).toContain('Deny with reason');
};

/** The call that the agent made, as the API has it. */
function input({ root }: Place, type = 'agent.tool_use'): Record<string, unknown> {
  return rig.events(root).find((event) => event.type === type)?.input as Record<string, unknown>;
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Turns an opened input to a page. */
async function turn(who: string, view: PlaygroundView | undefined, page: number) {
  const { view: next } = await rig.slack.act.click({
    user: rig.user(who),
    channel: '',
    message_ts: '',
    view_id: view?.id ?? '',
    action_id: `drawbridge:gate:page:${page}`,
  });
  await rig.until(`page ${page + 1} shows`, () => pageWords(view).includes(`Page ${page + 1} of`));
  return next;
}

function pageWords(view: PlaygroundView | undefined): string {
  return textsOf(rig.slack.state().views.find(({ id }) => id === view?.id)?.view.blocks);
}

/** What stands in the fixed-width font. */
function preformatted(view: PlaygroundView | undefined): string {
  const { blocks = [] } = rig.slack.state().views.find(({ id }) => id === view?.id)?.view ?? {};
  return blocks
    .filter(({ type }) => type === 'rich_text')
    .map(({ elements }) => textsOf(elements))
    .join('');
}

describe.each(['#ops', 'dm'] as const)('an input of 200 kB, in %s', (where) => {
  it('is approved only by somebody who has opened all of it', async () => {
    await start();
    const place = await asked('big input', { where });
    const { channel, root } = place;
    const command = String(input(place).command);
    expect(command.length).toBeGreaterThan(200_000);
    expect(cardWords(place)).toContain('This is only part of the input');
    expect(cardWords(place)).toContain(hashOf(input(place)));

    await rig.press('Ana', 'approve', { channel, root });
    expect(await told('Ana', place)).toContain('Read all of it before you approve');
    const view = await rig.press('Ana', 'show', { channel, root });
    const pages = Number(/Page 1 of (\d+)/.exec(pageWords(view))?.[1]);
    expect(pages).toBeGreaterThan(2);
    let read = preformatted(view);
    for (let page = 1; page < pages; page += 1) {
      if (page === pages - 1) {
        // Not yet at its end.
        await rig.press('Ana', 'approve', { channel, root });
        await told('Ana', place, 2);
        nothingHappened(place);
      }
      await turn('Ana', view, page);
      read += preformatted(view);
    }
    expect(read).toBe(command);
    await rig.until('it is noted', () =>
      rig.audit().some(({ type, by }) => type === 'opened' && by === rig.user('Ana')),
    );

    if (where === '#ops') {
      await rig.press('Ben', 'approve', { channel, root });
      expect(await told('Ben', place)).toContain('Read all of it before you approve');
      nothingHappened(place);
    }
    await rig.press('Ana', 'approve', { channel, root });
    await rig.ended(channel, root);
    expect(confirmations(place)).toMatchObject([{ result: 'allow' }]);
    await rig.noProblems();
  });
});

it('is approved unread where the policy says so, and can be denied unread anywhere', async () => {
  await start('defaults: { open_in_full: false }');
  const place = await asked('big input');
  expect(cardWords(place)).not.toContain('It can be approved only');
  await rig.press('Ben', 'approve', place);
  await rig.ended(place.channel, place.root);
  expect(confirmations(place)).toMatchObject([{ result: 'allow' }]);
  await rig.noProblems();
});

it('shows an edit and a new file as differences', async () => {
  await start();
  const place = await asked('edit');
  const { channel, root } = place;
  expect(cardWords(place)).toContain('*The agent wants to edit a file*');
  expect(cardWords(place)).toMatch(/\n- {2}const tries = 1;\n\+ {2}const tries = 5;\n/);
  expect(cardWords(place)).toContain('\n+      await pause(2 ** attempt * 100);\n');
  await rig.press('Ana', 'approve', { channel, root, ts: place.ts });
  await rig.until('it asks for the second', () => cardWords(place).includes('*The agent wants to write a file*'));
  expect(cardWords(place)).toContain('write docs/retries.md\n+# Retries\n+\n+Checkout tries');
  await rig.press('Ana', 'deny', { channel, root, ts: cardsIn(rig, channel, root)[1]?.ts ?? '' });
  await rig.ended(channel, root);
  expect(rig.said(channel, root)).toContain('did not write');
  await rig.noProblems();
});

it('shows no secret anywhere, and the hash of what really runs', async () => {
  await start();
  const place = await asked('secrets');
  const { channel, root } = place;
  const secrets = ['IOSFODNN7EXAMPLE', 'bPxRfiCYEXAMPLEKEY', 'playground-4f1c2aa9', 'correct-horse-battery'];
  const { command } = input(place);
  for (const secret of secrets) expect(command).toContain(secret);
  expect(cardWords(place)).toContain('4 secrets masked here');
  expect(cardWords(place)).toContain(hashOf(input(place)));
  const ts = await postStale(rig, { channel, root, verb: 'show', value: idOn(place) });
  const view = await rig.press('Ana', 'show', { channel, root, ts });
  expect(pageWords(view)).toContain('pg_dump postgres://backup:••••••@db.example.com:5432/shop | gzip');
  await rig.press('Ana', 'approve', { channel, root, ts: place.ts });
  await rig.ended(channel, root);
  const seen = JSON.stringify([rig.slack.state(), rig.slack.calls(), rig.audit(), rig.logged()]);
  for (const secret of secrets) expect(seen).not.toContain(secret);
});

it('shows characters that cannot be seen', async () => {
  const command = 'echo safe \u202e; ls\u200b -a\u00a0# \u2066';
  await start('', { agents: { scripts: [commands(command)] } });
  const place = await asked('go');
  expect(input(place).command).toBe(command);
  const words = cardWords(place);
  expect(words).toContain('echo safe \\u202e; ls\\u200b -a\\u00a0# \\u2066');
  const everywhere = JSON.stringify(rig.thread(place.channel, place.root));
  for (const hidden of ['\u202e', '\u00a0', '\u2066', 'ls\u200b']) expect(everywhere).not.toContain(hidden);
  await rig.press('Ana', 'deny', place);
  await rig.ended(place.channel, place.root);
  await rig.noProblems();
});

describe('rules', () => {
  it('that deny answer at once, and tell the agent why', async () => {
    await start(`
      rules:
        - name: freeze
          match: { tool: bash, input: { "$.command": "deploy" } }
          then: deny
          reason: No deploys before Monday. Open a change request instead.
    `);
    const place = await say('deploy checkout');
    const { channel, root } = place;
    await rig.ended(channel, root);
    expect(confirmations(place)).toMatchObject([
      { result: 'deny', deny_message: 'No deploys before Monday. Open a change request instead.' },
    ]);
    expect(rig.said(channel, root)).toContain('I did not deploy, because: No deploys before Monday');
    expect(cardsIn(rig, channel, root)).toEqual([]);
    expect(rig.said(channel, root)).toContain('--environment production · denied"');
    expect(rig.audit().find(({ type }) => type === 'verdict')).toMatchObject({ verdict: 'deny', rule: 'freeze' });
    await rig.noProblems();
  });

  it('that allow answer at once, and it is recorded', async () => {
    await start(`
      rules:
        - name: our own script
          match: { tool: bash, input: { "$.command": "\\\\./deploy\\\\.sh .*" } }
          then: allow
    `);
    const place = await say('deploy checkout');
    const { channel, root } = place;
    await rig.ended(channel, root);
    expect(confirmations(place)).toMatchObject([{ result: 'allow' }]);
    expect(cardsIn(rig, channel, root)).toEqual([]);
    expect(rig.audit().map(({ type }) => type)).toEqual(['input', 'question', 'verdict', 'answer']);
    const [, question, verdict, answer] = rig.audit();
    expect(question).toMatchObject({ inputHash: hashOf(input(place)), requesters: [rig.user('Ana')] });
    expect(verdict).toMatchObject({ verdict: 'allow', rule: 'our own script', by: null });
    expect(answer).toMatchObject({ answer: 'confirmation', allow: true, how: 'accepted' });
    await rig.noProblems();
  });

  it('tell MCP servers apart', async () => {
    const servers: Script = {
      ...scriptOf('servers'),
      async run(agent) {
        const read = await agent.mcpTool('linear', 'list_issues', {}, { permission: 'ask' });
        const merge = await agent.mcpTool('github', 'merge_pull_request', { number: 7 }, { permission: 'ask' });
        const other = await agent.mcpTool('sentry', 'list_issues', { project: 'shop' }, { permission: 'ask' });
        await agent.say(`linear ${read.allowed}, github ${merge.allowed}, sentry ${other.allowed}`);
      },
    };
    await start(
      `
      rules:
        - { name: tickets, match: { server: linear, tool: "list_*" }, then: allow }
        - { name: no merges, match: { server: github }, then: deny, reason: People merge. }
    `,
      { agents: { scripts: [servers] } },
    );
    const place = await asked('go');
    const { channel, root } = place;
    expect(cardWords(place)).toContain('The agent wants to call `sentry · list issues`');
    expect(cardWords(place)).toContain('Tool `list_issues` of `sentry`');
    await rig.press('Ben', 'approve', place);
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('linear true, github false, sentry true');
    expect(cardsIn(rig, channel, root)).toHaveLength(1);
    await rig.noProblems();
  });

  it('look at who asked, and where', async () => {
    await start(`
      groups: { leads: [U0ANA00001] }
      rules:
        - { name: leads deploy, match: { tool: bash, requester: leads }, then: allow }
        - { name: not in general, match: { tool: bash, channel: C0GENERAL1 }, then: deny, reason: Use another channel. }
    `);
    const lead = await say('deploy');
    await rig.ended(lead.channel, lead.root);
    expect(confirmations(lead)).toMatchObject([{ result: 'allow' }]);
    const elsewhere = await say('deploy', { where: '#general' });
    await rig.ended(elsewhere.channel, elsewhere.root);
    expect(confirmations(elsewhere)).toMatchObject([{ result: 'deny', deny_message: 'Use another channel.' }]);
    const other = await asked('deploy', { who: 'Ben' });
    expect(confirmations(other)).toEqual([]);
    await rig.press('Ben', 'deny', other);
    await rig.ended(other.channel, other.root);
    await rig.noProblems();
  });
});

it('lets a tool run for the rest of a thread once somebody said so, that tool only and nowhere else', async () => {
  await start(`
    defaults: { for_thread: true }
    rules:
      - { name: no restarts, match: { tool: bash, input: { "$.command": kubectl } }, then: deny, reason: Not today. }
  `);
  const first = await asked('deploy');
  const { channel, root } = first;
  await rig.press('Ben', 'approve-thread', first);
  await rig.ended(channel, root);
  await rig.until('the card says so', () => wordsAt(rig, first).includes('from now on in this thread'));
  const again = async (text: string, turns: number) => {
    await rig.say('Ana', text, { channel, thread: root });
    await rig.ended(channel, root, turns);
  };
  await again('deploy again', 2);
  expect(confirmations(first).map(({ result }) => result)).toEqual(['allow', 'allow']);
  expect(cardsIn(rig, channel, root)).toHaveLength(1);
  const granted = rig.audit().filter(({ type }) => type === 'verdict')[1];
  expect(granted).toMatchObject({ verdict: 'allow', rule: `no rule, approved for this thread by ${rig.user('Ben')}` });

  await again('two at once', 3);
  expect(rig.said(channel, root)).toContain('left alone, because: Not today');

  await rig.restart();
  await again('deploy once more', 4);
  expect(cardsIn(rig, channel, root)).toHaveLength(1);

  await rig.say('Ana', 'edit', { channel, thread: root });
  await rig.until('another tool asks', () => cardWords(first).includes('wants to edit a file'));
  await rig.press('Ana', 'deny', { channel, root });
  await rig.ended(channel, root, 5);

  const other = await asked('deploy');
  expect(cardWords(other)).toContain('./deploy.sh');
  await rig.press('Ana', 'deny', other);
  await rig.ended(other.channel, other.root);
  await rig.noProblems();
});

describe('a user group that approves', () => {
  const oncall = (quorum: number) => `
    rules:
      - { name: on call, match: { tool: bash }, then: ask, approvers: [S0ONCALL01], quorum: ${quorum} }
  `;

  it('is named on the card; its people may, and nobody else', async () => {
    await start(oncall(1));
    const place = await asked('deploy');
    expect(cardWords(place)).toContain('Who may decide: <!subteam^S0ONCALL01>.');
    await rig.press('Ana', 'approve', place);
    expect(await told('Ana', place)).toContain('You are not asked to decide this');
    expect(rig.whispers('Ana', place.channel)[0]).toContain('subteam^S0ONCALL01');
    nothingHappened(place);
    await rig.press('Chiara', 'approve', place);
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });

  it('counts the votes of those who are in it when the last one votes', async () => {
    await start(oncall(2));
    const place = await asked('deploy');
    const [ana, chiara, dev] = ['Ana', 'Chiara', 'Dev'].map((name) => rig.user(name)) as [string, string, string];
    await rig.press('Chiara', 'approve', place);
    await rig.until('one counts', () => cardWords(place).includes(`1 of 2 approvals: <@${chiara}>`));
    rig.slack.act.setGroup({ group: 'S0ONCALL01', users: [dev, ana] });
    await rig.press('Dev', 'approve', place);
    await rig.until('hers counts no more', () => cardWords(place).includes(`1 of 2 approvals: <@${dev}>`));
    nothingHappened(place);
    await rig.press('Chiara', 'approve', place);
    expect(await told('Chiara', place)).toContain('You are not asked to decide this');
    await rig.press('Ana', 'approve', place);
    await rig.ended(place.channel, place.root);
    await rig.until('the card says who', () => wordsAt(rig, place).includes(`*Approved* by <@${dev}> and <@${ana}>`));
    await rig.noProblems();
  });

  it('decides nothing while Slack does not say who is in it', async () => {
    await start(oncall(1));
    const place = await asked('deploy');
    const broken = { type: 'error', error: 'internal_error' } as const;
    rig.slack.faults.apply({ calls: [{ method: 'usergroups.users.list', next: 0, fault: broken }] });
    await rig.press('Chiara', 'approve', place);
    expect(await told('Chiara', place)).toContain("Slack can't tell me right now who you are");
    nothingHappened(place);
    rig.slack.faults.apply({ clear: true });
    await rig.press('Chiara', 'approve', place);
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });
});

describe('somebody who may not decide', () => {
  it('is anybody else in a direct message', async () => {
    await start();
    const place = await asked('deploy', { where: 'dm' });
    expect(cardWords(place)).toContain('any full member of this conversation');
    await rig.press('Ben', 'approve', { ...place, late: true });
    expect(await told('Ben', place)).toContain('nothing was changed');
    nothingHappened(place);
    await rig.press('Ana', 'approve', place);
    await rig.ended(place.channel, place.root);
  });

  it('is whoever left the channel, or was deactivated, a moment ago', async () => {
    await start();
    const place = await asked('deploy');
    const { channel, root } = place;
    rig.slack.act.leaveChannel({ user: rig.user('Ben'), channel });
    await rig.press('Ben', 'approve', { ...place, late: true });
    expect(await told('Ben', place)).toContain('any full member of this conversation');
    rig.slack.act.setPerson({ user: rig.user('Dev'), deleted: true });
    await rig.press('Dev', 'approve', { ...place, late: true });
    expect(await told('Dev', place)).toContain('no longer a member');
    const view = await rig.press('Chiara', 'deny-reason', place);
    rig.slack.act.setPerson({ user: rig.user('Chiara'), deleted: true });
    const { view: after } = await rig.slack.act.submit({
      user: rig.user('Chiara'),
      view_id: view?.id ?? '',
      values: valuesFor(view, 'because'),
      late: true,
    });
    expect(textsOf(after?.view.blocks)).toContain('no longer a member');
    nothingHappened(place);
    await rig.press('Ana', 'approve', place);
    await rig.ended(channel, root);
    const refusals = rig.audit().filter(({ type }) => type === 'refused');
    expect(refusals.map(({ why }) => why)).toEqual(['not-asked', 'gone', 'gone']);
  });

  it('takes their vote with them', async () => {
    await start('defaults: { quorum: 2 }');
    const place = await asked('deploy');
    await rig.press('Ben', 'approve', place);
    await rig.until('one counts', () => cardWords(place).includes('1 of 2'));
    rig.slack.act.setPerson({ user: rig.user('Ben'), deleted: true });
    await rig.press('Ana', 'approve', place);
    await rig.until('only hers counts', () => cardWords(place).includes(`1 of 2 approvals: <@${rig.user('Ana')}>`));
    nothingHappened(place);
    await rig.press('Chiara', 'approve', place);
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });
});

describe('a click that comes too late', () => {
  it('on a card of a turn that is over changes nothing, before and after a restart', async () => {
    await start();
    const place = await asked('deploy');
    const { channel, root } = place;
    const id = idOn(place);
    await rig.press('Ana', 'deny', place);
    await rig.ended(channel, root);
    const before = rig.events(root).length;
    const seen = () => rig.whispers('Ben', channel).length;
    for (const verb of ['approve', 'approve-thread', 'deny', 'deny-reason', 'raise:100', 'leave', 'form']) {
      const ts = await postStale(rig, { channel, root, verb, value: id });
      const count = seen();
      expect(await rig.press('Ben', verb, { channel, root, ts })).toBeUndefined();
      await rig.until('Ben is told', () => seen() > count);
      expect(rig.whispers('Ben', channel).at(-1)).toContain(`*Denied* by <@${rig.user('Ana')}>`);
      if (verb === 'deny') await rig.restart();
    }
    expect(rig.events(root)).toHaveLength(before);
    expect(rig.audit().filter(({ type }) => type === 'decision')).toHaveLength(1);
  });

  it('or with an id that nobody knows changes nothing', async () => {
    await start();
    const place = await asked('deploy');
    const { channel, root } = place;
    for (const [index, verb] of ['approve', 'deny-reason', 'show', 'form', 'pick:0', 'approve-all'].entries()) {
      const value = verb === 'approve-all' ? 'qnobody,qnothing' : 'qnobody';
      const ts = await postStale(rig, { channel, root, verb, value });
      await rig.press('Ben', verb, { channel, root, ts });
      expect(await told('Ben', place, index + 1)).toContain("I don't know this request any more");
    }
    nothingHappened(place);
    // Nothing of ours can make this; it is acknowledged and nothing follows.
    const ts = await postStale(rig, { channel, root, verb: 'approve', value: ',' });
    await rig.press('Ben', 'approve', { channel, root, ts });
    nothingHappened(place);
    await rig.press('Ben', 'approve', { channel, root, ts: place.ts });
    await rig.ended(channel, root);
  });
});

it('decides by a click after a restart', async () => {
  await start();
  const place = await asked('deploy');
  const { channel, root } = place;
  await rig.until('it waits for people', () => rig.status(channel, root) === 'suspended');
  await rig.restart();
  await rig.press('Ben', 'approve', place);
  await rig.ended(channel, root);
  await rig.until('the card says so', () => wordsAt(rig, place).startsWith(`*Approved* by <@${rig.user('Ben')}>`));
  expect(cardsIn(rig, channel, root)).toHaveLength(1);
  await rig.noProblems();
});

it.each(['users.info', 'conversations.members'])(
  'decides nothing while Slack fails at %s, and says so',
  async (method) => {
    await start();
    const place = await asked('deploy');
    const { channel, root } = place;
    const fault = { type: 'error', error: 'internal_error' } as const;
    rig.slack.faults.apply({ calls: [{ method, next: 0, fault }] });
    for (const [index, verb] of ['approve', 'deny', 'deny-reason'].entries()) {
      expect(await rig.press('Ben', verb, place)).toBeUndefined();
      expect(await told('Ben', place, index + 1)).toContain('Nothing was changed: try again in a moment');
    }
    nothingHappened(place);
    rig.slack.faults.apply({ clear: true });
    const view = await rig.press('Ben', 'deny-reason', place);
    rig.slack.faults.apply({ calls: [{ method, next: 0, fault }] });
    const sent = { user: rig.user('Ben'), view_id: view?.id ?? '', values: valuesFor(view, 'a long reason') };
    const { errors, view: kept } = await rig.slack.act.submit(sent);
    // What was written is still there.
    expect(Object.values(errors ?? {})).toEqual([expect.stringContaining('try again in a moment')]);
    expect(kept?.id).toBe(view?.id);
    rig.slack.faults.apply({ clear: true });
    await rig.slack.act.submit(sent);
    await rig.ended(channel, root);
    expect(confirmations(place)).toMatchObject([{ deny_message: expect.stringContaining('a long reason') }]);
    await rig.noProblems();
  },
);

function scriptOf(name: string): Omit<Script, 'run'> {
  return { name, trigger: name, shows: name, matches: () => true };
}

function commands(command: string): Script {
  return {
    ...scriptOf('command'),
    async run(agent) {
      await agent.tool('bash', { command }, { permission: 'ask', ms: 10 });
      await agent.say('Over.');
    },
  };
}

/** What the buttons of the newest card carry. */
function idOn(place: Place): string {
  return /"value":"(q[\w-]+)"/.exec(JSON.stringify(newest(place)))?.[1] ?? '';
}
