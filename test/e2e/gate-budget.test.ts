import { afterEach, describe, expect, it } from 'vitest';
import { leapClock } from './leap-clock.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

type Where = 'channel' | 'dm';
interface Thread {
  channel: string;
  root: string;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

async function start(budget: string, options: RigOptions = {}): Promise<void> {
  rig = await startRig({ ...options, gate: `budget: ${budget}` });
}

async function ask(text: string, { who = 'Ana', channel = '#ops' } = {}): Promise<Thread> {
  const id = channel === 'dm' ? rig.dm(who) : rig.channel(channel);
  return { channel: id, root: await rig.say(who, channel === 'dm' ? text : `@Drawbridge ${text}`, { channel: id }) };
}

const reply = (who: string, text: string, { channel, root }: Thread) => rig.say(who, text, { channel, thread: root });

const said = ({ channel, root }: Thread) => rig.said(channel, root);

const status = ({ channel, root }: Thread) => rig.status(channel, root);

/** Resolves when the thread waits, and people see why: the card can be pressed. */
async function capped(thread: Thread): Promise<void> {
  const { channel, root } = thread;
  await rig.until('it waits for people', () => rig.card(channel, root, 'raise') && status(thread) === 'suspended');
  await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
}

const cards = (thread: Thread) =>
  rig.answers(thread.channel, thread.root).filter((text) => text.includes('is used up*'));

const session = ({ root }: Thread) =>
  rig.agents.records().sessions.find(({ metadata }) => metadata.slack_thread_ts === root);

const told = ({ root }: Thread) =>
  rig
    .events(root)
    .filter(({ type }) => type === 'user.message')
    .map(({ content }) => (content as { text: string }[]).at(-1)?.text);

const answered = async (thread: Thread, text: string) => {
  await rig.until(`an answer to ${text}`, () => said(thread).includes(`“${text}”`));
  await rig.until('the thread is ready', () => status(thread) === 'active');
  await rig.until('no button is left', () => !said(thread).includes('"button"'));
};

const mention = (who: string) => `<@${rig.user(who)}>`;

const reactions = ({ channel, root }: Thread, ts: string) =>
  rig
    .thread(channel, root)
    .find((message) => message.ts === ts)
    ?.reactions?.map(({ name }) => name)
    .join();

describe.each(['channel', 'dm'] as const)('the budget of a thread, in a %s', (where: Where) => {
  const other = where === 'dm' ? 'Ana' : 'Ben';
  const begin = () => ask('budget', { channel: where === 'dm' ? 'dm' : '#ops' });

  it('is the session’s cap, and when it is used up people are asked, and what they write is held', async () => {
    await start('{ thread: 0.5, raise_by: [0.25, 1] }');
    const thread = await begin();
    await capped(thread);
    const usage = rig.events(thread.root).find(({ type }) => type === 'session.usage');
    expect(usage?.budget).toEqual({ type: 'limit', max_list_cost: { amount: '50', currency: 'USD' } });
    expect(cards(thread)).toHaveLength(1);
    const [card] = cards(thread);
    expect(card).toContain('$0.50 of $0.50 list price');
    for (const button of ['Raise by $0.25', 'Raise by $1.00', 'Leave it']) expect(card).toContain(button);

    const ts = await reply(other, 'what about 2024', thread);
    await rig.until('it is held', () => said(thread).includes("I'm holding your message until the budget is raised."));
    await rig.until('it shows so', () => reactions(thread, ts) === 'hourglass_flowing_sand');
    expect(said(thread)).not.toContain('drawbridge:release');

    await rig.press(other, 'raise:25', thread);
    await answered(thread, 'what about 2024');
    expect(said(thread)).toMatch(/18,211 orders in 2025 and 21,904 in 2026[\s\S]*“what about 2024”/);
    await rig.until('the card says so', () => cards(thread)[0]?.includes(`*Raised* to $0.75 by ${mention(other)}`));
    expect(said(thread)).not.toMatch(/"button"|holding/);
    await rig.until('it is marked as seen', () => reactions(thread, ts) === 'eyes');
    expect(rig.audit().filter(({ type }) => type === 'budget')).toMatchObject([{ toCents: 75, by: rig.user(other) }]);
    await rig.noProblems();
  });

  it('may be left as it is: the turn ends, and whoever was held is told', async () => {
    await start('{ thread: 0.5 }');
    const thread = await begin();
    await capped(thread);
    const ts = await reply(other, 'what about 2024', thread);
    await rig.until('it is held', () => reactions(thread, ts) === 'hourglass_flowing_sand');
    await rig.press('Ana', 'leave', thread);
    await rig.until('it says so', () => said(thread).includes('I did not send 1 held message'));
    await rig.until('the thread is ready', () => status(thread) === 'active');
    expect(cards(thread)[0]).toContain(`*Left as it is* by ${mention('Ana')}`);
    expect(said(thread)).toContain('used up its budget');
    expect(said(thread)).not.toMatch(/"button"|I'm holding/);
    await rig.until('it is marked as held no longer', () => !reactions(thread, ts));
    expect(told(thread)).toEqual(['budget']);
    await rig.noProblems();
  });

  it('is asked about anew by the next message, which goes when it is raised', async () => {
    await start('{ thread: 0.5 }');
    const thread = await begin();
    await capped(thread);
    await rig.press('Ana', 'leave', thread);
    await rig.until('the thread is ready', () => status(thread) === 'active');
    await reply('Ana', 'and now', thread);
    await capped(thread);
    await rig.until('it is held', () => said(thread).includes("I'm holding your message"));
    await rig.restart();
    await capped(thread);
    expect(cards(thread)).toHaveLength(2);
    await rig.press('Ana', 'raise:100', thread);
    await answered(thread, 'and now');
    expect(told(thread)).toEqual(['budget', 'and now']);
    await rig.until('the card says so', () => cards(thread)[1]?.includes('*Raised*'));
    expect(cards(thread)[0]).toContain('*Left as it is*');
    await rig.noProblems();
  });
});

describe('the budget of a thread', () => {
  it('is raised only by those the policy names', async () => {
    await start('{ thread: 0.5, raisers: [U0BEN00002] }');
    const thread = await ask('budget');
    await capped(thread);
    expect(cards(thread)[0]).toContain(`Who may decide: ${mention('Ben')}`);
    await rig.press('Ana', 'raise:100', thread);
    await rig.until('she is told', () => rig.whispers('Ana', thread.channel).join().includes('not asked'));
    await rig.press('Ana', 'leave', thread);
    await rig.until('she is told again', () => rig.whispers('Ana', thread.channel).length === 2);
    expect(cards(thread)[0]).toContain('"button"');
    await rig.press('Ben', 'raise:100', thread);
    await rig.until('it goes on', () => said(thread).includes('21,904 in 2026'));
    await rig.ended(thread.channel, thread.root);
    await rig.noProblems();
  });

  it('is raised once when two press at the same instant', async () => {
    await start('{ thread: 0.5, raise_by: [1, 2] }');
    const thread = await ask('budget');
    await capped(thread);
    await Promise.all([rig.press('Ana', 'raise:100', thread), rig.press('Ben', 'raise:200', thread)]);
    await rig.ended(thread.channel, thread.root);
    const told = () => rig.whispers('Ana', thread.channel).length + rig.whispers('Ben', thread.channel).length;
    await rig.until('the other is told', () => told() === 1);
    expect(rig.audit().filter(({ type }) => type === 'budget')).toHaveLength(1);
    await rig.noProblems();
  });

  it('is asked about on another card when it is used up again', async () => {
    await start('{ thread: 0.5, raise_by: [0.25] }');
    const thread = await ask('budget');
    await capped(thread);
    await rig.press('Ana', 'raise:25', thread);
    await rig.ended(thread.channel, thread.root);
    await reply('Ana', 'budget', thread);
    await capped(thread);
    expect(cards(thread)).toHaveLength(2);
    expect(cards(thread)[0]).toContain('*Raised* to $0.75');
    expect(cards(thread)[1]).toContain('$0.75 of $0.75 list price');
    await rig.press('Ben', 'raise:25', thread);
    await rig.ended(thread.channel, thread.root, 2);
    expect(cards(thread)[1]).toContain(`*Raised* to $1.00 by ${mention('Ben')}`);
    await rig.noProblems();
  });

  it('is asked about once, and raised, by whoever is started after the one who asked', async () => {
    await start('{ thread: 0.5 }');
    const thread = await ask('budget');
    await capped(thread);
    const ts = await reply('Ben', 'what about 2024', thread);
    await rig.until('it is held', () => reactions(thread, ts) === 'hourglass_flowing_sand');
    await rig.restart();
    await capped(thread);
    expect(cards(thread)).toHaveLength(1);
    expect(said(thread).match(/I'm holding/g)).toHaveLength(1);
    await rig.press('Ana', 'raise:100', thread);
    await answered(thread, 'what about 2024');
    expect(told(thread)).toEqual(['budget', 'what about 2024']);
    await rig.noProblems();
  });

  it('is not raised after a stop, which is said, and so is what is not sent', async () => {
    await start('{ thread: 0.5 }');
    const thread = await ask('budget');
    await capped(thread);
    await reply('Ben', 'what about 2024', thread);
    await rig.until('it is held', () => said(thread).includes("I'm holding"));
    await reply('Ana', 'stop', thread);
    await rig.until('it says so', () => said(thread).includes('I did not send 1 message, because I was stopped'));
    await rig.until('the thread is ready', () => status(thread) === 'active');
    expect(cards(thread)[0]).toContain(`*Stopped* by ${mention('Ana')}`);
    expect(said(thread)).toContain(`Stopped by ${mention('Ana')}`);
    expect(said(thread)).not.toContain('"button"');
    expect(session(thread)?.status).toBe('idle');
    await rig.noProblems();
  });
});

describe('the budget of a person for a day', () => {
  const CENT = '{ person_per_day: 0.01, raise_by: [1] }';

  /** Somebody has used what a day allows. */
  async function used(who = 'Ana'): Promise<Thread> {
    const thread = await ask('hello', { who });
    await rig.ended(thread.channel, thread.root);
    return thread;
  }

  it('holds the next message, with a card, before any session is made, and a raise lets it go', async () => {
    await start(CENT);
    await used();
    const thread = await ask('one more');
    await capped(thread);
    expect(rig.agents.records().sessions).toHaveLength(1);
    expect(cards(thread)[0]).toContain("*A person's budget for today is used up*");
    expect(cards(thread)[0]).toContain(`$0.01 of $0.01 list price, for ${mention('Ana')}`);
    await reply('Ben', 'me too', thread);
    await rig.until('it is held', () => said(thread).includes("I'm holding your message until the budget is raised."));
    await rig.press('Ben', 'raise:100', thread);
    await rig.until('the card says so', () => cards(thread)[0]?.includes(`*Raised* to $1.01 by ${mention('Ben')}`));
    await answered(thread, 'one more');
    await answered(thread, 'me too');
    expect(told(thread)).toEqual(['one more', 'me too']);
    expect(cards(thread)).toHaveLength(1);
    expect(said(thread)).not.toMatch(/"button"|I'm holding/);
    await rig.noProblems();
  });

  it('counts a turn once, however often the bot was started in its middle', async () => {
    await start('{ person_per_day: 0.02, raise_by: [1] }');
    const first = await ask('deploy');
    await rig.until('it asks', () => rig.card(first.channel, first.root, 'approve'));
    await rig.restart();
    await rig.restart();
    await rig.press('Ana', 'approve', first);
    await rig.ended(first.channel, first.root);
    const [, cents = ''] = /(\$\d\.\d\d) list price/.exec(said(first)) ?? [];
    const second = await ask('one more');
    await capped(second);
    expect(cards(second)[0]).toContain(`${cents} of $0.02 list price`);
    await rig.noProblems();
  });

  it('holds back work in a thread that has a session, too', async () => {
    await start(CENT);
    const thread = await used();
    await reply('Ana', 'go on', thread);
    await capped(thread);
    expect(told(thread)).toEqual(['hello']);
    await rig.press('Ben', 'raise:100', thread);
    await answered(thread, 'go on');
    expect(rig.agents.records().sessions).toHaveLength(1);
    await rig.noProblems();
  });

  it('may be left as it is, and is asked about anew by the next message', async () => {
    await start(CENT);
    await used();
    const thread = await ask('one more');
    await capped(thread);
    await rig.press('Ben', 'leave', thread);
    await rig.until('it says so', () => said(thread).includes('I did not send 1 held message'));
    await rig.until('the thread is ready', () => status(thread) === 'active');
    expect(cards(thread)[0]).toContain(`*Left as it is* by ${mention('Ben')}`);
    await reply('Ana', 'please', thread);
    await capped(thread);
    expect(cards(thread)).toHaveLength(2);
    await rig.press('Ben', 'raise:100', thread);
    await answered(thread, 'please');
    expect(told(thread)).toEqual(['please']);
    await rig.noProblems();
  });

  it('comes back with the next day, and what was held goes by itself', async () => {
    const clock = leapClock();
    await start(CENT, { clock });
    await used();
    const thread = await ask('one more');
    await capped(thread);
    expect(cards(thread)[0]).toContain('Otherwise what is held goes');
    clock.leap(DAY);
    await answered(thread, 'one more');
    expect(cards(thread)).toHaveLength(1);
    expect(cards(thread)[0]).toContain('*No longer needed*: there is budget again');
    expect(cards(thread)[0]).not.toContain('"button"');
    await rig.noProblems();
  });

  it('comes back with the next day while the process is away', async () => {
    const clock = leapClock();
    await start(CENT, { clock });
    await used();
    const thread = await ask('one more');
    await capped(thread);
    await rig.away(() => clock.leap(DAY));
    await answered(thread, 'one more');
    expect(cards(thread)[0]).toContain('*No longer needed*');
    await rig.noProblems();
  });

  it('holds all threads of the person, and one raise lets all of them go', async () => {
    const clock = leapClock();
    await start(CENT, { clock });
    await used();
    const here = await ask('here');
    await capped(here);
    const there = await ask('there', { channel: '#general' });
    await capped(there);
    const other = await ask('not mine', { who: 'Ben' });
    await answered(other, 'not mine');
    await rig.press('Ben', 'raise:100', here);
    await answered(here, 'here');
    expect(cards(here)[0]).toContain('*Raised* to $1.01');
    clock.leap(3 * MINUTE);
    await answered(there, 'there');
    expect(cards(there)).toHaveLength(1);
    expect(cards(there)[0]).toContain('*No longer needed*: there is budget again');
    expect(said(there)).not.toContain('"button"');
    await rig.noProblems();
  });

  it('is held through a restart, shown once, and raised then', async () => {
    await start(CENT);
    await used();
    const thread = await ask('one more');
    await capped(thread);
    await rig.restart();
    await capped(thread);
    expect(cards(thread)).toHaveLength(1);
    await rig.press('Ben', 'raise:100', thread);
    await answered(thread, 'one more');
    expect(cards(thread)[0]).toContain('*Raised*');
    expect(told(thread)).toEqual(['one more']);
    await rig.noProblems();
  });

  it('is no obstacle to a stop, which gives up what is held and says so', async () => {
    await start(CENT);
    await used();
    const thread = await ask('one more');
    await capped(thread);
    await reply('Ana', 'stop', thread);
    await rig.until('it says so', () => said(thread).includes('I did not send 1 message, because I was stopped'));
    await rig.until('the thread is ready', () => status(thread) === 'active');
    expect(cards(thread)[0]).toContain(`*Stopped* by ${mention('Ana')}`);
    expect(said(thread)).toContain(`Stopped by ${mention('Ana')}`);
    expect(said(thread)).not.toContain('"button"');
    expect(rig.agents.records().sessions).toHaveLength(1);
    await rig.noProblems();
  });

  it('keeps its card for as long as the turn lasts', async () => {
    await start(CENT);
    await used();
    const thread = await ask('deploy');
    await capped(thread);
    await rig.press('Ben', 'raise:100', thread);
    await rig.until('it asks', () => rig.card(thread.channel, thread.root, 'approve'));
    await rig.restart();
    await rig.press('Ben', 'approve', thread);
    await rig.ended(thread.channel, thread.root);
    expect(cards(thread)).toHaveLength(1);
    expect(cards(thread)[0]).toContain('*Raised*');
    await rig.noProblems();
  });
});

describe('the budget of a channel for a day', () => {
  it('is asked about after that of the person, when both are used up', async () => {
    await start('{ person_per_day: 0.01, channel_per_day: 0.01, raise_by: [1] }');
    const first = await ask('hello');
    await rig.ended(first.channel, first.root);
    const thread = await ask('one more');
    await capped(thread);
    expect(cards(thread)[0]).toContain("*A person's budget");
    await rig.press('Ben', 'raise:100', thread);
    await rig.until('another card', () => cards(thread)[1]?.includes('*The budget of this channel'));
    await capped(thread);
    await rig.until('the first says how it ended', () => cards(thread)[0]?.includes('*Raised*'));
    await rig.press('Ben', 'raise:100', thread);
    await answered(thread, 'one more');
    expect(cards(thread)).toHaveLength(2);
    await rig.noProblems();
  });

  it('is that of everybody in it, and of no other channel', async () => {
    await start('{ channel_per_day: 0.01, raise_by: [1] }');
    const first = await ask('hello');
    await rig.ended(first.channel, first.root);
    const second = await ask('me too', { who: 'Ben' });
    await capped(second);
    expect(cards(second)[0]).toContain('*The budget of this channel for today is used up*');
    const elsewhere = await ask('elsewhere', { who: 'Ben', channel: '#general' });
    await answered(elsewhere, 'elsewhere');
    expect(rig.agents.records().sessions).toHaveLength(2);
    await rig.press('Ana', 'raise:100', second);
    await answered(second, 'me too');
    await rig.noProblems();
  });
});
