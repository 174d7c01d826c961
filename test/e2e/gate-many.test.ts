import { afterEach, describe, expect, it } from 'vitest';
import type { Script, ScriptedTurn } from '../../src/playground/agents/script.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { cardsIn, postStale, textsOf, wordsAt } from './words.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function start(options: RigOptions = {}) {
  rig = await startRig(options);
}

type Where = 'channel' | 'dm';

async function ask(text: string, where: Where = 'channel') {
  const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
  const root = await rig.say('Ana', where === 'dm' ? text : `@Drawbridge ${text}`, { channel });
  return { channel, root };
}

type Place = Awaited<ReturnType<typeof ask>>;

/** The cards of so many commands, once they all stand with the message that decides all of them below. */
async function askedAtOnce(text: string, { count, where = 'channel' }: { count: number; where?: Where }) {
  const place = await ask(text, where);
  await rig.until('all are asked', () => batch(place)?.includes(`${count} requests are open`));
  const cards = cardsIn(rig, place.channel, place.root);
  expect(cards).toHaveLength(count);
  return { ...place, cards: cards.map(({ ts }) => ts) };
}

/** What the message that decides all at once says; undefined when there is none. */
function batch({ channel, root }: Place): string | undefined {
  const all = rig.thread(channel, root).map(({ blocks }) => textsOf(blocks));
  return all.find((words) => words.includes('requests are open'));
}

const ofType = ({ root }: Place, ...types: string[]) => rig.events(root).filter(({ type }) => types.includes(type));
const calls = (place: Place) => ofType(place, 'agent.tool_use', 'agent.mcp_tool_use').map(({ id }) => String(id));

/** What the session was told of each call, in the order of the calls. */
function answers(place: Place): string[] {
  const given = ofType(place, 'user.tool_confirmation').filter(({ processed_at }) => processed_at !== null);
  const results = new Map(given.map(({ tool_use_id, result }) => [tool_use_id, String(result)]));
  return calls(place).map((id) => results.get(id) ?? 'none');
}

const waits = (place: Place) =>
  ofType(place, 'session.status_idle')
    .map(({ stop_reason }) => stop_reason as { type: string; event_ids?: string[] })
    .filter(({ type }) => type === 'requires_action')
    .map(({ event_ids = [] }) => event_ids.length);

const chatCalls = () => {
  const counts: Record<string, number> = {};
  for (const { method } of rig.slack.calls()) {
    if (method.startsWith('chat.')) counts[method] = (counts[method] ?? 0) + 1;
  }
  return counts;
};

describe.each(['channel', 'dm'] as const)('five commands that ask at once, in a %s', (where) => {
  it('are shown together, decided one by one in any order, and run once the last is decided', async () => {
    await start();
    const place = await askedAtOnce('five at once', { count: 5, where });
    const { channel, root, cards } = place;
    const messages = rig.thread(channel, root).map(({ ts }) => ts);
    // Nothing stands between the cards, and what decides all of them stands below.
    expect(messages.slice(-6, -1)).toEqual(cards);
    expect(messages.at(-1)).toBe(rig.card(channel, root, 'approve-all')?.ts);

    const order = [3, 0, 4, 2, 1];
    const deny = new Set([0, 4]);
    for (const [index, number] of order.entries()) {
      await rig.press('Ana', deny.has(number) ? 'deny' : 'approve', { channel, root, ts: cards[number] ?? '' });
      const left = 4 - index;
      if (left > 1) await rig.until(`${left} are left`, () => batch(place)?.includes(`${left} requests are open`));
      else await rig.until('too few are left to decide at once', () => batch(place) === undefined);
      if (left > 0) expect(ofType(place, 'agent.tool_result')).toHaveLength(0);
    }
    await rig.ended(channel, root);
    expect(answers(place)).toEqual(['deny', 'allow', 'allow', 'allow', 'deny']);
    // Each partial answer made the session idle again; it ran on once.
    expect(waits(place)).toEqual([5, 4, 3, 2, 1]);
    expect(ofType(place, 'session.status_running')).toHaveLength(2);
    for (const [number, ts] of cards.entries()) {
      const result = deny.has(number) ? '*Denied* by <@U0ANA' : '*Approved* by <@U0ANA';
      await rig.until('it says so', () => wordsAt(rig, { channel, root, ts }).startsWith(result));
      expect(wordsAt(rig, { channel, root, ts })).not.toContain('Deny with reason');
    }
    expect(rig.said(channel, root)).toContain('All 5 are decided');
    expect(rig.said(channel, root)).not.toContain('goes on below');
    await rig.noProblems();
  });

  it.each(['approve', 'deny'] as const)('are decided by one click: %s all', async (verb) => {
    await start();
    const place = await askedAtOnce('five at once', { count: 5, where });
    const { channel, root, cards } = place;
    await rig.press('Ana', `${verb}-all`, { channel, root });
    await rig.ended(channel, root);
    expect(answers(place)).toEqual(Array(5).fill(verb === 'approve' ? 'allow' : 'deny'));
    expect(batch(place)).toBeUndefined();
    for (const ts of cards) {
      await rig.until('it says so', () =>
        /^\*(Approved|Denied)\* by <@U0ANA/.test(wordsAt(rig, { channel, root, ts })),
      );
    }
    expect(rig.whispers('Ana', channel)).toEqual([]);
    await rig.noProblems();
  });
});

describe('twelve commands that ask at once', () => {
  it('are all asked and answered, though the API lists five at a time', async () => {
    await start();
    const place = await askedAtOnce('12 at once', { count: 12 });
    const { channel, root, cards } = place;
    // Steps, twelve cards and what decides all: one post each, and the "Working on it…" that became the steps.
    expect(chatCalls()['chat.postMessage']).toBe(14);
    const order = [11, 5, 0, 6, 10, 1, 7, 2, 9, 3, 8, 4];
    for (const number of order) {
      await rig.press('Ben', number % 3 === 0 ? 'deny' : 'approve', { channel, root, ts: cards[number] ?? '' });
    }
    await rig.ended(channel, root);
    expect(answers(place)).toEqual(cards.map((_, number) => (number % 3 === 0 ? 'deny' : 'allow')));
    expect(Math.max(...waits(place))).toBe(5);
    expect(ofType(place, 'session.status_running')).toHaveLength(2);
    expect(batch(place)).toBeUndefined();
    await rig.until('no card is open', () => !rig.said(channel, root).includes('"button"'));
    await rig.noProblems();
  });

  it('take few writes: one post and at most two edits each, and little besides', async () => {
    await start();
    const { channel, root, cards } = await askedAtOnce('12 at once', { count: 12 });
    await rig.press('Ana', 'approve-all', { channel, root });
    await rig.ended(channel, root);
    for (const ts of cards) {
      await rig.until('it says so', () => wordsAt(rig, { channel, root, ts }).startsWith('*Approved*'));
    }
    const { 'chat.postMessage': posts = 0, 'chat.update': updates = 0, 'chat.delete': deletes = 0 } = chatCalls();
    expect(posts).toBeLessThanOrEqual(16);
    expect(updates).toBeLessThanOrEqual(2 * 12 + 4);
    expect(deletes).toBeLessThanOrEqual(3);
    const lookUps = rig.slack.calls().filter(({ method }) => /^(users.info|conversations.members)$/.test(method));
    // Who wrote the message, who clicked, and whether they are in the channel.
    expect(lookUps.length).toBeLessThanOrEqual(4);
    await rig.noProblems();
  });

  it('are acknowledged in time by one click, though Slack takes its time to say who that is', async () => {
    await start();
    const { channel, root } = await askedAtOnce('12 at once', { count: 12 });
    const slow = { type: 'slow', ms: 700 } as const;
    rig.slack.faults.apply({
      calls: ['users.info', 'conversations.members'].map((method) => ({ method, next: 0, fault: slow })),
    });
    await rig.press('Ana', 'approve-all', { channel, root });
    await rig.ended(channel, root);
    expect(rig.whispers('Ana', channel)).toEqual([]);
    await rig.noProblems();
  });

  it('appear in order where Slack takes one message a second, and what is decided meanwhile shows at once', async () => {
    await start({ speed: 4 });
    rig.slack.faults.apply({ tiers: true });
    const place = await ask('12 at once');
    const { channel, root } = place;
    await rig.until('the first is asked', () => cardsIn(rig, channel, root).length > 0);
    const [first] = cardsIn(rig, channel, root);
    await rig.press('Ana', 'deny', { channel, root, ts: first?.ts ?? '' });
    await rig.until('it says so', () => wordsAt(rig, { ...place, ts: first?.ts ?? '' }).startsWith('*Denied*'));
    expect(cardsIn(rig, channel, root).length).toBeLessThan(12);
    await rig.until('the others are asked', () => batch(place)?.includes('11 requests are open'));
    const commands = cardsIn(rig, channel, root).map(({ blocks }) => /deploy\/[\w-]+/.exec(textsOf(blocks))?.[0]);
    const called = ofType(place, 'agent.tool_use').map(({ input }) => /deploy\/.*/.exec(JSON.stringify(input))?.[0]);
    expect(commands).toEqual(called.map((name) => name?.replace('"}', '')));
    expect(rig.thread(channel, root).at(-1)?.ts).toBe(rig.card(channel, root, 'approve-all')?.ts);
  });
});

describe('the message that decides all at once', () => {
  it('decides those that are left when some are decided already', async () => {
    await start();
    const place = await askedAtOnce('five at once', { count: 5 });
    const { channel, root, cards } = place;
    await rig.press('Ana', 'approve', { channel, root, ts: cards[1] ?? '' });
    await rig.press('Ben', 'approve', { channel, root, ts: cards[3] ?? '' });
    await rig.until('three are left', () => batch(place)?.includes('3 requests are open'));
    await rig.press('Chiara', 'deny-all', { channel, root });
    await rig.ended(channel, root);
    expect(answers(place)).toEqual(['deny', 'allow', 'deny', 'allow', 'deny']);
    expect(rig.whispers('Chiara', channel)).toEqual([]);
    await rig.noProblems();
  });

  it('drawn before a question was there does not decide that one, nor one that is decided', async () => {
    await start();
    const place = await askedAtOnce('five at once', { count: 5 });
    const { channel, root, cards } = place;
    const block = rig.card(channel, root, 'approve-all')?.blocks?.find(({ type }) => type === 'actions');
    const [{ value = '' } = {}] = (block?.elements ?? []) as { value?: string }[];
    const ids = value.split(',');
    expect(ids).toHaveLength(5);
    // As it was when only three were known.
    const ts = await postStale(rig, { channel, root, verb: 'approve-all', value: ids.slice(0, 3).join(',') });
    await rig.press('Ben', 'deny', { channel, root, ts: cards[0] ?? '' });
    await rig.press('Ana', 'approve-all', { channel, root, ts });
    const told = await rig.until('Ana is told', () => rig.whispers('Ana', channel)[0]);
    expect(told).toContain('1 of 3 could not be decided');
    expect(told).toContain('*Denied* by <@U0BEN');
    await rig.until('two are left', () => batch(place)?.includes('2 requests are open'));
    expect(answers(place)).toEqual(['deny', 'allow', 'allow', 'none', 'none']);
  });

  it('does not decide what has to be read first', async () => {
    const both: Script = {
      ...scriptOf('both'),
      async run(agent) {
        const command = 'x'.repeat(5_000);
        await agent.tools([{ name: 'bash', input: { command }, options: { permission: 'ask' } }, quickly('ls')]);
      },
    };
    await start({ agents: { scripts: [both] } });
    const { channel, root } = await askedAtOnce('both', { count: 2 });
    expect(textsOf(rig.card(channel, root, 'approve-all')?.blocks)).toContain('(open it in full first)');
    await rig.press('Ana', 'approve-all', { channel, root });
    const told = await rig.until('Ana is told', () => rig.whispers('Ana', channel)[0]);
    expect(told).toContain('1 of 2 could not be decided');
    expect(told).toContain('Read all of it before you approve');
    const [long] = cardsIn(rig, channel, root);
    await rig.press('Ana', 'deny', { channel, root, ts: long?.ts ?? '' });
    await rig.ended(channel, root);
    expect(rig.events(root).filter(({ result }) => result === 'allow')).toHaveLength(1);
    await rig.noProblems();
  });
});

it('asks and answers all of them where the API lists none', async () => {
  await start();
  rig.agents.faults.apply({ emptyEventIds: 10 });
  const place = await askedAtOnce('five at once', { count: 5 });
  const { channel, root, cards } = place;
  for (const number of [4, 1, 0, 3, 2]) await rig.press('Ana', 'approve', { channel, root, ts: cards[number] ?? '' });
  await rig.ended(channel, root);
  expect(waits(place)).toEqual([0, 0, 0, 0, 0]);
  expect(answers(place)).toEqual(Array(5).fill('allow'));
  expect(rig.said(channel, root)).not.toContain('Claude Console');
  await rig.noProblems();
});

it('says of what was answered elsewhere that nobody has to, whatever was clicked since', async () => {
  await start();
  const place = await askedAtOnce('five at once', { count: 5 });
  const { channel, root, cards } = place;
  await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
  const [first, second] = calls(place);
  for (const id of [first, second]) {
    await rig.sendElsewhere(place.root, { type: 'user.tool_confirmation', tool_use_id: id, result: 'deny' });
  }
  await rig.press('Ana', 'approve', { channel, root, ts: cards[0] ?? '' });
  for (const ts of cards.slice(0, 2)) {
    await rig.until('it is moot', () => wordsAt(rig, { channel, root, ts }).startsWith('*No longer needed*'));
  }
  expect(answers(place).slice(0, 2)).toEqual(['deny', 'deny']);
  await rig.until('three are left', () => batch(place)?.includes('3 requests are open'));
  await rig.press('Ana', 'approve-all', { channel, root });
  await rig.ended(channel, root);
  expect(answers(place)).toEqual(['deny', 'deny', 'allow', 'allow', 'allow']);
  await rig.noProblems();
});

it('asks for commands, tools of ours and answers of people in one go', async () => {
  const mixed: Script = {
    ...scriptOf('mixed'),
    async run(agent) {
      const outcomes = await agent.tools([
        quickly('make release'),
        { name: 'ask_user', input: { question: 'Which day?', options: ['today', 'Monday'] }, custom: true },
        { name: 'slack_find_user', input: { query: 'Ben' }, custom: true },
        { name: 'slack_post_message', input: { channel: 'C0GENERAL1', text: 'Released.' }, custom: true },
        quickly('make clean'),
      ]);
      await agent.say(`Came back: ${outcomes.map(({ allowed }) => allowed).join(' ')}`);
    },
  };
  await start({ agents: { scripts: [mixed] } });
  const place = await ask('mixed');
  const { channel, root } = place;
  await rig.until('three tools are asked for', () => batch(place)?.includes('3 requests are open'));
  expect(batch(place)).not.toContain('Which day?');
  await rig.press('Ana', 'pick:1', { channel, root });
  const [, post] = cardsIn(rig, channel, root);
  expect(textsOf(post?.blocks)).toContain("It acts with the bot's rights");
  await rig.press('Ana', 'deny', { channel, root, ts: post?.ts ?? '' });
  await rig.press('Ana', 'approve-all', { channel, root });
  await rig.ended(channel, root);
  expect(rig.said(channel, root)).toContain('Came back: true true true false true');
  const results = ofType(place, 'user.custom_tool_result').map(({ content }) => textsOf(content));
  expect(results.sort()).toEqual([
    expect.stringMatching(/^Denied by Ana/),
    'Monday',
    expect.stringMatching(/^U0BEN.*: Ben/),
  ]);
  await rig.noProblems();
});

describe('a question of a sub-agent, while the session runs', () => {
  const asked = async (where: Where = 'channel') => {
    await start();
    const place = await ask('child', where);
    await rig.until('it is asked', () => rig.card(place.channel, place.root, 'approve'));
    return place;
  };

  it.each(['channel', 'dm'] as const)(
    'names it on the card, and it runs once it is approved, in a %s',
    async (where) => {
      const place = await asked(where);
      const { channel, root } = place;
      expect(textsOf(rig.card(channel, root, 'approve')?.blocks)).toContain(
        'asked by the sub-agent `Migration helper`',
      );
      expect(waits(place)).toEqual([]);
      await rig.press('Ana', 'approve', { channel, root });
      await rig.ended(channel, root);
      expect(rig.said(channel, root)).toContain('The helper ran 12 migrations dry');
      await rig.noProblems();
    },
  );

  it('tells it when it is denied', async () => {
    const { channel, root } = await asked();
    await rig.press('Ana', 'deny', { channel, root });
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('was not allowed to run, because: Denied by Ana');
    await rig.noProblems();
  });

  it('is moot once the sub-agent is over', async () => {
    let over = () => {};
    const goes = new Promise<void>((resolve) => {
      over = resolve;
    });
    const short: Script = {
      ...scriptOf('short child'),
      async run(agent) {
        const child = { session_thread_id: 'sthr_short', agent_name: 'Short lived' };
        agent.emit('session.thread_created', { ...child, workflow_run_id: null });
        agent.emit('agent.tool_use', {
          name: 'bash',
          input: { command: 'sleep 1' },
          evaluated_permission: 'ask',
          evaluation: { type: 'always_ask' },
          session_thread_id: child.session_thread_id,
        });
        await goes;
        agent.emit('session.thread_status_terminated', child);
        await agent.wait(5_000);
        await agent.say('The helper is gone.');
      },
    };
    await start({ agents: { scripts: [short] } });
    const { channel, root } = await ask('short child');
    const card = await rig.until('it is asked', () => rig.card(channel, root, 'approve'));
    const id = idOn(card.blocks);
    over();
    await rig.until('it is moot', () => wordsAt(rig, { channel, root, ts: card.ts }).startsWith('*No longer needed*'));
    expect(rig.said(channel, root)).not.toContain('The helper is gone.');
    const ts = await postStale(rig, { channel, root, verb: 'approve', value: id });
    await rig.press('Ana', 'approve', { channel, root, ts });
    const told = await rig.until('Ana is told', () => rig.whispers('Ana', channel)[0]);
    expect(told).toContain('decided already');
    await rig.ended(channel, root);
    expect(rig.events(root).some(({ type }) => type === 'user.tool_confirmation')).toBe(false);
  });
});

it('asks about a call with a permission that nobody knows yet', async () => {
  await start();
  rig.agents.faults.apply({ unknownPermissions: 1 });
  const place = await ask('why did checkout latency jump?');
  const { channel, root } = place;
  await rig.press('Ana', 'approve', { channel, root });
  await rig.ended(channel, root);
  expect(cardsIn(rig, channel, root)).toHaveLength(1);
  expect(answers(place)[0]).toBe('allow');
  await rig.noProblems();
});

function scriptOf(name: string): Omit<Script, 'run'> {
  return { name, trigger: name, shows: name, matches: () => true };
}

function quickly(command: string): Parameters<ScriptedTurn['tools']>[0][number] {
  return { name: 'bash', input: { command }, options: { permission: 'ask', ms: 10 } };
}

/** The id that a card's buttons carry. */
function idOn(blocks: unknown): string {
  return /"value":"(q[\w-]+)"/.exec(JSON.stringify(blocks))?.[1] ?? '';
}
