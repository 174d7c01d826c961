import { afterEach, describe, expect, it } from 'vitest';
import type { Script } from '../../src/playground/agents/script.ts';
import { catalogue } from '../../src/playground/agents/scripts/catalogue.ts';
import type { PlaygroundView } from '../../src/playground/page/contract.ts';
import { leapClock } from './leap-clock.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

const HOUR_MS = 3_600_000;
const WHERE = ['channel', 'dm'] as const;
type Where = (typeof WHERE)[number];

/** The bot, with an agent that also asks `input` whenever it is told to `quiz`. */
async function start(input: Record<string, unknown> = {}, options: RigOptions = {}) {
  rig = await startRig({ ...options, agents: { scripts: [quiz(input), ...catalogue] } });
}

function quiz(input: Record<string, unknown>): Script {
  return {
    name: 'quiz',
    trigger: 'quiz',
    shows: '',
    matches: (text) => text.includes('quiz'),
    async run(agent) {
      const { text, isError } = await agent.customTool('ask_user', input);
      await agent.say(`${isError ? 'No answer' : 'Answer'}: <<${text}>>`);
    },
  };
}

async function ask(text: string, { where = 'channel', who = 'Ana' }: { where?: Where; who?: string } = {}) {
  const channel = where === 'dm' ? rig.dm(who) : rig.channel('#ops');
  const root = await rig.say(who, where === 'dm' ? text : `@Drawbridge ${text}`, { channel });
  return { channel, root };
}

const results = (root: string) =>
  new Map(
    rig
      .events(root)
      .filter(({ type }) => type === 'user.custom_tool_result')
      .map((event) => [event.custom_tool_use_id, event] as const),
  );

/** What the one call's result says. */
function resultText(root: string): string {
  const [result] = results(root).values();
  const content = result?.content as { text: string }[] | undefined;
  return content?.[0]?.text ?? '';
}

const shown = ({ channel, root }: { channel: string; root: string }, ts: string | undefined) =>
  JSON.stringify(rig.thread(channel, root).find((message) => message.ts === ts)?.blocks);

/** Sends a modal as a person; fields by their label. */
async function submit(
  who: string,
  view: PlaygroundView | undefined,
  { fields, late }: { fields: Record<string, unknown>; late?: boolean },
) {
  const { errors } = await send(who, view, { fields, ...(late ? { late } : {}) });
  return errors;
}

function send(
  who: string,
  view: PlaygroundView | undefined,
  { fields, late }: { fields: Record<string, unknown>; late?: boolean },
) {
  const inputs = view?.view.blocks.filter(({ type }) => type === 'input') ?? [];
  const values = Object.entries(fields).map(([label, value]) => {
    const block = inputs.find((one) => (one.label as { text: string }).text === label);
    if (!block) throw new Error(`the modal has no ${label}: ${JSON.stringify(inputs.map((one) => one.label))}`);
    return [block.block_id ?? '', { [(block.element as { action_id: string }).action_id]: value }] as const;
  });
  return rig.slack.act.submit({
    user: rig.user(who),
    view_id: view?.id ?? '',
    values: Object.fromEntries(values),
    ...(late ? { late } : {}),
  });
}

const ROLLOUT = {
  Title: 'Checkout v2',
  'Share of traffic': '25',
  Environment: '1',
  Regions: '0,2',
  Day: '2026-03-01',
  'Tell #general': '0',
};

describe.each(WHERE)('a question to a person, in a %s', (where) => {
  it('is answered with one of its choices', async () => {
    await start();
    const place = await ask('ask me', { where });
    const card = await rig.until('it asks', () => rig.card(place.channel, place.root, 'pick:1'));
    expect(shown(place, card.ts)).toContain('Which environment should I look at?');
    expect(shown(place, card.ts)).toContain(`<@${rig.user('Ana')}>, the agent asks you:`);
    await rig.until('it waits', () => rig.status(place.channel, place.root) === 'suspended');
    await rig.press('Ana', 'pick:1', place);
    await rig.until('the agent has it', () => rig.said(place.channel, place.root).includes('You said: production'));
    await rig.ended(place.channel, place.root);
    const after = await rig.until('it says so', () => {
      const now = shown(place, card.ts);
      return now?.includes('Answered') && now;
    });
    expect(after).toContain('production');
    expect(after).not.toContain('"button"');
    expect([...results(place.root).values()]).toEqual([
      expect.objectContaining({ content: [{ type: 'text', text: 'production' }], is_error: false }),
    ]);
    await rig.noProblems();
  });

  it('is answered with yes or no', async () => {
    await start();
    const place = await ask('yes or no', { where });
    await rig.press('Ana', 'pick:0', place);
    await rig.until('the agent has it', () => rig.said(place.channel, place.root).includes('You said: yes'));
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });

  it('is answered with a form, which the agent gets whole', async () => {
    await start();
    const place = await ask('form', { where });
    const view = await rig.press('Ana', 'form', place);
    expect(JSON.stringify(view?.view.blocks)).toContain('How shall I roll out checkout?');
    expect(await submit('Ana', view, { fields: { ...ROLLOUT, Title: '', 'Share of traffic': '101' } })).toEqual({
      'field:0': expect.any(String),
      'field:1': expect.any(String),
    });
    expect(results(place.root).size).toBe(0);
    expect(await submit('Ana', view, { fields: ROLLOUT })).toBeUndefined();
    await rig.ended(place.channel, place.root);
    expect(JSON.parse(resultText(place.root))).toEqual({
      title: 'Checkout v2',
      share: 25,
      environment: 'production',
      regions: ['eu-west', 'ap-south'],
      day: '2026-03-01',
      notify: true,
    });
    const said = rig.said(place.channel, place.root);
    for (const line of ['- title: Checkout v2', '- share: 25', '- day: 2026-03-01']) expect(said).toContain(line);
    expect(rig.slack.state().views).toEqual([]);
    await rig.noProblems();
  });

  it('may be declined, which the agent is told', async () => {
    await start();
    const place = await ask('ask me', { where });
    await rig.press('Ana', 'decline', place);
    await rig.ended(place.channel, place.root);
    expect(rig.said(place.channel, place.root)).toContain('does not want to answer');
    await rig.until('the card says so', () => rig.said(place.channel, place.root).includes('declined by'));
    expect([...results(place.root).values()]).toEqual([expect.objectContaining({ is_error: true })]);
    await rig.noProblems();
  });

  it('is stopped with everything else', async () => {
    await start();
    const place = await ask('form', { where });
    const view = await rig.press('Ana', 'form', place);
    await rig.say('Ana', 'stop', { channel: place.channel, thread: place.root });
    await rig.ended(place.channel, place.root);
    await rig.until('the card says so', () => rig.said(place.channel, place.root).includes('Cancelled'));

    await submit('Ana', view, { fields: ROLLOUT });
    const [open] = rig.slack.state().views;
    expect(JSON.stringify(open?.view.blocks)).toContain('Cancelled');
    expect(JSON.stringify(open?.view.blocks)).toContain('changed nothing');
    expect(rig.said(place.channel, place.root)).not.toContain("I'll work with this");
    await rig.noProblems();
  });
});

describe('a form', () => {
  it('says at each field what is wrong with it, and keeps what was written', async () => {
    const schema = {
      type: 'object',
      properties: {
        branch: { type: 'string', title: 'Branch', pattern: '^[a-z0-9/-]+$' },
        reviewers: { type: 'array', title: 'Reviewers', items: { type: 'string', format: 'slack-user' }, maxItems: 1 },
        notes: { type: 'string', title: 'Notes', format: 'textarea' },
      },
      required: ['branch', 'reviewers'],
    };
    await start({ question: 'What shall I merge?', schema });
    const place = await ask('quiz');
    const view = await rig.press('Ana', 'form', place);
    const fields = { Branch: 'Feature One', Reviewers: [rig.user('Ben'), rig.user('Dev')], Notes: 'hello' };
    const errors = await submit('Ana', view, { fields });
    expect(Object.keys(errors ?? {})).toEqual(['field:0', 'field:1']);
    expect(errors?.['field:0']).toContain('form that is asked for');
    expect(errors?.['field:1']).toContain('at most 1');
    expect(results(place.root).size).toBe(0);

    const mended = { ...fields, Branch: 'feature/one', Reviewers: [rig.user('Ben')] };
    expect(await submit('Ana', view, { fields: mended })).toBeUndefined();
    await rig.ended(place.channel, place.root);
    expect(JSON.parse(resultText(place.root))).toEqual({
      branch: 'feature/one',
      reviewers: [rig.user('Ben')],
      notes: 'hello',
    });
    await rig.noProblems();
  });

  it('takes a free text, in which nobody is pinged', async () => {
    await start({ question: 'Why? <!channel>' });
    const place = await ask('quiz');
    const view = await rig.press('Ana', 'form', place);
    await submit('Ana', view, { fields: { Answer: 'because *of* <!here>\nand more' } });
    await rig.ended(place.channel, place.root);
    expect(rig.events(place.root).find(({ type }) => type === 'user.custom_tool_result')?.content).toEqual([
      { type: 'text', text: 'because *of* <!here>\nand more' },
    ]);
    expect(rig.said(place.channel, place.root)).not.toMatch(/<!(here|channel)/);
    await rig.noProblems();
  });

  it('counts once when it is sent twice', async () => {
    await start({ question: 'Why?' });
    const place = await ask('quiz');
    const [first, second] = [await rig.press('Ana', 'form', place), await rig.press('Ana', 'form', place)];
    const sent = await Promise.allSettled([
      submit('Ana', first, { fields: { Answer: 'one' } }),
      submit('Ana', second, { fields: { Answer: 'two' } }),
    ]);
    expect(sent.map(({ status }) => status)).toContain('fulfilled');
    await rig.ended(place.channel, place.root);
    expect(rig.audit().filter(({ type }) => type === 'decision')).toHaveLength(1);
    expect(results(place.root).size).toBe(1);
    await rig.noProblems();
  });

  it('counts when it was opened before a restart', async () => {
    await start({ question: 'Why?' });
    const place = await ask('quiz');
    const view = await rig.press('Ana', 'form', place);
    await rig.restart();
    expect(await submit('Ana', view, { fields: { Answer: 'still here' } })).toBeUndefined();
    await rig.until('the agent has it', () => rig.said(place.channel, place.root).includes('<<still here>>'));
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });

  it('is not taken from somebody who was deactivated while they filled it in', async () => {
    await start({ question: 'Why?' });
    const place = await ask('quiz');
    const view = await rig.press('Ana', 'form', place);
    rig.slack.act.setPerson({ user: rig.user('Ana'), deleted: true });
    await submit('Ana', view, { fields: { Answer: 'late' }, late: true });
    const [open] = rig.slack.state().views;
    expect(JSON.stringify(open?.view.blocks)).toContain('no longer a member');
    expect(results(place.root).size).toBe(0);
    expect(rig.card(place.channel, place.root, 'form')).toBeDefined();
    await rig.noProblems();
  });

  it('reminds the person, and gives up in time', async () => {
    const clock = leapClock();
    await start({ question: 'Why?' }, { clock, gate: 'ask_user: { remind: [1h], expire: 3h }' });
    const place = await ask('quiz');
    await rig.until('it waits', () => rig.status(place.channel, place.root) === 'suspended');
    clock.leap(HOUR_MS);
    await rig.until('she is reminded', () =>
      rig.said(place.channel, place.root).includes('Still waiting for an answer'),
    );
    clock.leap(3 * HOUR_MS);
    await rig.until('it gave up', () =>
      rig.said(place.channel, place.root).includes('No answer: <<Nobody answered within'),
    );
    await rig.ended(place.channel, place.root);
    expect(rig.said(place.channel, place.root)).toContain('Expired');
    await rig.noProblems();
  });
});

describe('who is asked', () => {
  it('is whoever asked the agent, and nobody else may answer', async () => {
    await start({ question: 'Why?' });
    const place = await ask('quiz');
    expect(await rig.press('Ben', 'form', place)).toBeUndefined();
    await rig.until('Ben is told', () => rig.whispers('Ben', place.channel).join().includes('not asked'));
    await rig.press('Chiara', 'decline', place);
    await rig.until('Chiara is told', () => rig.whispers('Chiara', place.channel).join().includes('not asked'));
    expect(rig.whispers('Chiara', place.channel).join()).toContain(`<@${rig.user('Ana')}>`);
    expect(results(place.root).size).toBe(0);
    expect(rig.card(place.channel, place.root, 'form')).toBeDefined();
    await rig.noProblems();
  });

  it.each([
    ['an id', () => rig.user('Ben')],
    ['a mention', () => `<@${rig.user('Ben')}>`],
    ['a name', () => 'Ben Okafor'],
  ])('is the person named by %s', async (_, person) => {
    const input: Record<string, unknown> = { question: 'Why?' };
    await start(input);
    input.person = person();
    const place = await ask('quiz');
    const card = await rig.until('it asks', () => rig.card(place.channel, place.root, 'form'));
    expect(shown(place, card.ts)).toContain(`<@${rig.user('Ben')}>, the agent asks you:`);
    expect(await rig.press('Ana', 'form', place)).toBeUndefined();
    const view = await rig.press('Ben', 'form', place);
    await submit('Ben', view, { fields: { Answer: 'Ben knows' } });
    await rig.until('the agent has it', () => rig.said(place.channel, place.root).includes('<<Ben knows>>'));
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });

  it('is nobody when several people are called so: the agent is told who they are', async () => {
    await start({ question: 'Why?', person: 'Ben' });
    const [ben, chiara] = [rig.user('Ben'), rig.user('Chiara')];
    rig.slack.act.setPerson({ user: chiara, name: 'Ben' });
    const place = await ask('quiz');
    await rig.ended(place.channel, place.root);
    const said = rig.said(place.channel, place.root);
    expect(said).toContain('No answer: <<Several people are called');
    for (const id of [ben, chiara]) expect(said).toContain(id);
    expect(rig.card(place.channel, place.root)).toBeUndefined();
  });

  it.each([
    ['unknown', 'Zoe', 'called \\"Zoe\\"'],
    ['a guest', 'U0GUS00006', 'U0GUS00006'],
    ['of another organisation', 'U0ELI00005', 'U0ELI00005'],
    ['the bot itself', 'U0DRAWBRDG', 'U0DRAWBRDG'],
  ])('is nobody when the person is %s: the agent is told so', async (_, person, words) => {
    await start({ question: 'Why?', person });
    const place = await ask('quiz');
    await rig.ended(place.channel, place.root);
    expect(rig.said(place.channel, place.root)).toContain('No answer: <<');
    expect(rig.said(place.channel, place.root).replaceAll('\\\\', '\\')).toContain(words);
    expect(rig.card(place.channel, place.root)).toBeUndefined();
    await rig.noProblems();
  });

  it.each(WHERE)('is nobody who could not see the question, in a %s', async (where) => {
    await start({ question: 'Why?', person: 'Ben' });
    const ben = rig.user('Ben');
    rig.slack.act.leaveChannel({ user: ben, channel: rig.channel('#ops') });
    const place = await ask('quiz', { where });
    await rig.ended(place.channel, place.root);
    expect(rig.said(place.channel, place.root)).toContain(`Ben (${ben})`);
    expect(rig.said(place.channel, place.root)).toContain('would not see');
    expect(rig.card(place.channel, place.root)).toBeUndefined();
    await rig.noProblems();
  });
});

describe('a custom tool call that makes no sense', () => {
  it.each([
    ['bad input', 'was told so'],
    ['unknown tool', 'I go on without it'],
  ])('gets an error result at once, and nobody is asked: %s', async (text, words) => {
    await start();
    const place = await ask(text);
    await rig.ended(place.channel, place.root);
    expect(rig.said(place.channel, place.root)).toContain(words);
    expect(rig.card(place.channel, place.root)).toBeUndefined();
    expect([...results(place.root).values()]).toEqual([expect.objectContaining({ is_error: true })]);
    await rig.noProblems();
  });
});

describe('many questions at once', () => {
  it('all get their cards, and the agent goes on after the last answer', async () => {
    await start();
    const place = await ask('many questions 7');
    const cards = () =>
      rig
        .thread(place.channel, place.root)
        .filter(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:gate:form'));
    await rig.until('all seven ask', () => cards().length === 7);
    const each = cards();
    // Slack and the API know nothing of each other's order: answer from the end, the window slides from the front.
    for (const [index, { ts }] of [...each].reverse().entries()) {
      const view = await rig.press('Ana', 'form', { ...place, ts });
      expect(await submit('Ana', view, { fields: { Answer: `answer ${7 - index}` } })).toBeUndefined();
      await rig.until('it is given', () => results(place.root).size === index + 1);
    }
    await rig.ended(place.channel, place.root);
    const said = rig.said(place.channel, place.root);
    for (let number = 1; number <= 7; number += 1) expect(said).toContain(`${number}. answer ${number}`);
    expect(cards()).toEqual([]);
    await rig.noProblems();
  });

  it('reach the agent one after the other, however long Slack takes to show it', async () => {
    await start();
    const place = await ask('two at once');
    const cards = () =>
      rig
        .thread(place.channel, place.root)
        .filter(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:gate:approve"'));
    await rig.until('both ask', () => cards().length === 2);
    await rig.until('it waits', () => rig.status(place.channel, place.root) === 'suspended');
    rig.slack.faults.apply({ calls: [{ method: 'chat.update', next: 2, fault: { type: 'slow', ms: 3_000 } }] });
    const given = () => rig.events(place.root).filter(({ type }) => type === 'user.tool_confirmation').length;
    const startedAt = Date.now();
    for (const [index, { ts }] of cards().entries()) {
      await rig.press('Ana', 'approve', { ...place, ts });
      await rig.until('it is given', () => given() === index + 1);
    }
    expect(Date.now() - startedAt).toBeLessThan(2_500);
    await rig.ended(place.channel, place.root);
    await rig.noProblems();
  });
});
