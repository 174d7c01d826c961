import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LeapClock, leapClock } from './leap-clock.ts';
import { type Rig, startRig } from './rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: LeapClock;
let rig: Rig;
beforeEach(async () => {
  clock = leapClock();
  rig = await startRig({ clock, agents: { pace: 0.02 } });
});
afterEach(() => rig.stop());

interface Thread {
  channel: string;
  root: string;
}

async function served(text = 'hello there'): Promise<Thread> {
  const thread = await rig.ask(text);
  await rig.ended(thread.channel, thread.root);
  await putDown();
  return thread;
}

const putDown = () => rig.until('threads are put down', () => rig.agents.records().openStreams === 0);
const sent = (words: string) => rig.userMessages().filter(({ text }) => text.includes(words)).length;
const said = ({ channel, root }: Thread) => rig.said(channel, root);
const reply = (who: string, text: string, { channel, root }: Thread) => rig.say(who, text, { channel, thread: root });
const answered = (thread: Thread, words: string) =>
  rig.until(`an answer to ${words}`, () => said(thread).includes(words));
const cards = ({ channel, root }: Thread) =>
  rig.thread(channel, root).filter(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:late:'));
const asked = (thread: Thread, words: string) =>
  rig.until(`asked: ${words}`, () => JSON.stringify(cards(thread).at(-1)?.blocks ?? []).includes(words));

async function press(who: string, verb: 'answer' | 'skip', thread: Thread) {
  const card = await rig.until('a card', () => cards(thread).at(-1));
  await rig.slack.act.click({
    user: rig.user(who),
    channel: thread.channel,
    message_ts: card.ts,
    action_id: `drawbridge:late:${verb}`,
  });
}

describe('messages that waited too long', () => {
  it('are asked about once, and answered in order when somebody wants that', async () => {
    const thread = await served();
    await rig.away(async () => {
      await reply('Ana', 'the first thing', thread);
      await reply('Ben', 'the second thing', thread);
      clock.leap(5 * HOUR);
    });
    await asked(thread, '2 messages here waited 5 h, because I was away.');
    expect(cards(thread)).toHaveLength(1);
    expect([sent('the first thing'), sent('the second thing')]).toEqual([0, 0]);
    await press('Ana', 'answer', thread);
    await answered(thread, 'the second thing');
    const texts = rig.userMessages().flatMap(({ text }) => /the (first|second) thing/.exec(text)?.[0] ?? []);
    expect(texts).toEqual(['the first thing', 'the second thing']);
    expect(said(thread)).toContain(`<@${rig.user('Ana')}> wants them answered still.`);
    await rig.until('the card is closed', () => cards(thread).length === 0);
    expect(said(thread)).not.toContain('I was away for');
    await rig.noProblems();
  });

  it('are skipped when nobody wants an answer any more, and the thread goes on', async () => {
    const thread = await served();
    await rig.away(async () => {
      await reply('Ana', 'never mind this', thread);
      clock.leap(5 * HOUR);
    });
    await asked(thread, 'A message here waited 5 h');
    await press('Ben', 'skip', thread);
    await rig.until('it is told', () => said(thread).includes(`Skipped by <@${rig.user('Ben')}>`));
    await reply('Ana', 'something new', thread);
    await answered(thread, 'something new');
    await rig.restart();
    await putDown();
    expect(sent('never mind this')).toBe(0);
    expect(cards(thread)).toEqual([]);
    await rig.noProblems();
  });

  it('are asked about still after more restarts, with one card, and a click counts once', async () => {
    const thread = await served();
    await rig.away(async () => {
      await reply('Ana', 'through restarts', thread);
      clock.leap(5 * HOUR);
    });
    await asked(thread, 'A message here waited');
    await rig.restart();
    await rig.restart();
    await putDown();
    expect(cards(thread)).toHaveLength(1);
    await Promise.all([press('Ana', 'answer', thread), press('Ben', 'answer', thread)]);
    await answered(thread, 'through restarts');
    await putDown();
    expect(sent('through restarts')).toBe(1);
    await rig.noProblems();
  });

  it('hold up nothing that is written now', async () => {
    const thread = await served();
    await rig.away(async () => {
      await reply('Ana', 'the old thing', thread);
      clock.leap(5 * HOUR);
    });
    await asked(thread, 'A message here waited');
    await reply('Ben', 'the new thing', thread);
    await answered(thread, 'the new thing');
    expect(sent('the old thing')).toBe(0);
    await rig.ended(thread.channel, thread.root, 2);
    await press('Ana', 'answer', thread);
    await answered(thread, 'the old thing');
    expect(sent('the old thing')).toBe(1);
  });

  it('are no guest’s to choose about, unless they wrote one', async () => {
    const thread = await served();
    rig.slack.act.setPerson({ user: rig.user('Ben'), guest: true });
    await rig.away(async () => {
      await reply('Ana', 'asked by Ana', thread);
      clock.leap(5 * HOUR);
    });
    await asked(thread, 'A message here waited');
    await press('Ben', 'skip', thread);
    await rig.until('he is told', () =>
      rig.whispers('Ben', thread.channel).some((text) => text.includes("You can't choose about these messages")),
    );
    expect(cards(thread)).toHaveLength(1);
    expect(rig.whispers('Ana', thread.channel)).toEqual([]);
    await press('Ana', 'answer', thread);
    await answered(thread, 'asked by Ana');
  });

  it('are kept in a session that waits for people, and not asked about again', async () => {
    const thread = await rig.ask('deploy checkout');
    await rig.until('it asks', () => rig.card(thread.channel, thread.root, 'approve'));
    await putDown();
    await rig.away(async () => {
      await reply('Ana', 'and then this', thread);
      clock.leap(5 * HOUR);
    });
    await putDown();
    await rig.press('Ana', 'approve', thread);
    await asked(thread, 'A message here waited 5 h');
    await press('Ana', 'answer', thread);
    await answered(thread, 'and then this');
    expect(sent('and then this')).toBe(1);
  });

  it('are no longer waited for when the thread is gone', async () => {
    const thread = await served();
    await rig.away(async () => {
      await reply('Ana', 'nobody can be asked', thread);
      clock.leap(5 * HOUR);
      rig.slack.faults.apply({
        calls: [{ method: 'chat.postMessage', next: 0, fault: { type: 'error', error: 'is_archived' } }],
      });
    });
    await rig.until('it is given up', () => rig.logged().includes('nobody can be asked about what waited'));
    expect(rig.logged()).not.toContain('conductor failed');
    expect(sent('nobody can be asked')).toBe(0);
  });
});

describe('an absence', () => {
  it('is told in one line, where something waited', async () => {
    const thread = await served();
    const other = await served('another thread');
    await rig.away(async () => {
      await reply('Ana', 'the first thing', thread);
      await reply('Ben', 'the second thing', thread);
      clock.leap(30 * MINUTE);
    });
    await answered(thread, 'the second thing');
    await putDown();
    expect(said(thread).match(/I was away for 30 min\. 2 messages waited here meanwhile\./g)).toHaveLength(1);
    await reply('Ana', 'a third thing', thread);
    await answered(thread, 'a third thing');
    expect(said(thread).match(/I was away/g)).toHaveLength(1);
    expect(said(other)).not.toContain('I was away');
    await rig.noProblems();
  });

  it('of a moment is not told', async () => {
    const thread = await served();
    await rig.away(async () => {
      await reply('Ana', 'just a restart', thread);
      clock.leap(2 * MINUTE);
    });
    await answered(thread, 'just a restart');
    expect(said(thread)).not.toContain('I was away');
  });

  it.each([
    [
      'is told above an answer that was ready meanwhile',
      2 * HOUR,
      /I was away for 2 h.*This was ready (2 h|1 h 59 min) ago\./,
    ],
    [
      'keeps no old answer from people, who see how old it is',
      72 * HOUR,
      /This is not new: the agent finished it (3|2) days ago/,
    ],
  ])('%s', async (_, awayMs, words) => {
    const thread = await rig.ask('take your time');
    await rig.until('it works', () => rig.events(thread.root).some(({ type }) => type === 'agent.tool_use'));
    await rig.away(async () => {
      await rig.until('it has ended', () => rig.events(thread.root).some(({ type }) => type === 'session.status_idle'));
      clock.leap(awayMs);
    });
    await rig.ended(thread.channel, thread.root);
    expect(said(thread)).toMatch(words);
    expect(said(thread).match(/restarting it drained the queue/g)).toHaveLength(1);
    const all = rig.answers(thread.channel, thread.root);
    const at = (pattern: RegExp) => all.findIndex((text) => pattern.test(text));
    expect(at(words)).toBeLessThan(at(/restarting it drained the queue/));
    await rig.restart();
    await putDown();
    expect(said(thread).match(words)).toHaveLength(words.source.includes('(') ? 2 : 1);
    await rig.noProblems();
  });
});
