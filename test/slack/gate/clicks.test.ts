import { describe, expect, it, test } from 'vitest';
import { cardContent } from '../../../src/slack/cards/card.ts';
import { releaseBlock } from '../../../src/slack/reply/message.ts';
import { type SlackTs, threadId } from '../../../src/thread/ids.ts';
import type { Card, Choice, Refused } from '../../../src/thread/question.ts';
import { gate, servedRecord } from '../memory-ports.ts';
import { card, outcome, refused, toolBody } from './memory-desk.ts';
import { ANA, BEN, ELI, eventually, GENERAL, openGate } from './rig.ts';

const formBody = {
  type: 'form' as const,
  question: 'Which region?',
  form: { fields: [] },
  buttons: [
    { label: 'Europe', value: 'eu-west-1' },
    { label: 'US', value: 'us-east-1' },
  ],
  person: BEN,
};
const budget = { type: 'budget' as const, scope: 'thread' as const, usedCents: 100, capCents: 100, stepsCents: [250] };
const onlyBen = { users: [BEN], groups: [], members: false, requesters: false, notRequesters: false };

describe('a button', () => {
  it.each<[string, Card['body'], Choice]>([
    ['approve', toolBody(), { type: 'approve', forThread: false }],
    ['approve-thread', toolBody({ offersThread: true }), { type: 'approve', forThread: true }],
    ['deny', toolBody(), { type: 'deny', reason: null }],
    ['pick:1', formBody, { type: 'pick', value: 'us-east-1' }],
    ['decline', formBody, { type: 'decline' }],
    ['raise:250', budget, { type: 'raise', byCents: 250 }],
    ['leave', budget, { type: 'leave' }],
  ])('%s is what it says, decided once and said to nobody', async (verb, body, choice) => {
    const { ask, desk, told, slack } = await openGate();
    const { press } = await ask(card('q1', { body }));
    await press(verb);
    expect(desk.decided).toEqual([{ question: 'q1', by: BEN, choice }]);
    expect(told()).toEqual([]);
    expect(slack.problems()).toEqual([]);
  });

  it('is acknowledged only once the decision is on disk', async () => {
    const { ask, desk, acked } = await openGate();
    const storing = gate();
    desk.hooks.beforeDecide = () => storing.passed;
    const { press } = await ask(card('q1'));
    const pressing = press('approve');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(acked()).toBe(0);
    storing.open();
    await pressing;
    expect(acked()).toBe(1);
    expect(desk.decided).toHaveLength(1);
  });

  it('pressed by two people at the same instant decides once, and tells the other who did', async () => {
    const { ask, desk, told } = await openGate();
    const { press, root } = await ask(card('q1'));
    const storing = gate();
    desk.hooks.beforeDecide = () => storing.passed;
    const both = Promise.all([press('approve', { user: ANA }), press('deny', { user: BEN })]);
    storing.open();
    await both;
    expect(desk.decided).toHaveLength(1);
    const [winner] = desk.decided;
    const loser = winner?.by === ANA ? BEN : ANA;
    await eventually(() => expect(told(loser)).toHaveLength(1));
    expect(told(loser)[0]?.text).toMatch(new RegExp(`decided already: \\*\\w+\\* by <@${winner?.by}>`));
    expect(told(loser)[0]?.thread_ts).toBe(root);
    expect(told(winner?.by)).toEqual([]);
  });

  it('of a card that nobody knows any more says so', async () => {
    const { post, told } = await openGate();
    const { press } = await post(cardContent(card('forgotten')), GENERAL);
    await press('approve');
    await eventually(() => expect(told()[0]?.text).toContain("I don't know this request any more"));
  });

  it('pressed by somebody of another company is refused before the desk is asked', async () => {
    const { ask, desk, told, shared } = await openGate();
    const { press } = await ask(card('q1'), { channel: shared });
    for (const verb of ['approve', 'deny', 'deny-reason']) await press(verb, { user: ELI });
    await eventually(() => expect(told(ELI, shared)).toHaveLength(3));
    expect(told(ELI, shared)[0]?.text).toContain('Only people of the workspace I belong to');
    expect(desk.decided).toEqual([]);
  });

  it.each<[Refused, RegExp]>([
    [refused('not-asked', { audience: onlyBen }), /not asked.*Who may: <@U0BEN00002>\./],
    [refused('requester', { audience: { ...onlyBen, groups: ['S0OPS'] } }), /yourself.*<!subteam\^S0OPS>\./],
    [refused('requester'), /The card says who may\./],
    [refused('decided', { outcome: outcome('expired', { by: [] }) }), /decided already: \*Expired\*/],
    [refused('decided'), /decided already\. Your click changed nothing\./],
    [refused('guest'), /Guests can't/],
    [refused('bot'), /Bots can't/],
    [refused('outsider'), /Only people of the workspace/],
    [refused('gone'), /no longer a member/],
    [refused('approved-before'), /approved this already/],
    [refused('unread'), /Show all of it.*last page/],
    [refused('not-offered'), /not offer that any more/],
    [refused('unsure'), /can't tell me.*try again/],
  ])('that is refused gets an honest answer: %j', async (ruling, words) => {
    const { ask, desk, told } = await openGate();
    desk.hooks.rule = () => ruling;
    const { press } = await ask(card('q1'));
    await press('approve');
    await eventually(() => expect(told()[0]?.text).toMatch(words));
    expect(desk.decided).toEqual([]);
  });

  it('that counts as one approval of several needs no words: the card shows it', async () => {
    const { ask, desk, told } = await openGate();
    desk.hooks.rule = () => ({ type: 'counted', have: 1, need: 2 });
    const { press } = await ask(card('q1', { quorum: 2 }));
    await press('approve');
    expect(told()).toEqual([]);
  });

  it('picked from a card that offers no such choice changes nothing', async () => {
    const { ask, desk, told } = await openGate();
    const { press } = await ask(card('q1', { body: formBody }));
    desk.put(card('q1', { body: { ...formBody, buttons: null } }));
    await press('pick:1');
    await eventually(() => expect(told()[0]?.text).toContain('does not offer that'));
    expect(desk.decided).toEqual([]);
  });
});

describe('when the desk', () => {
  it('takes longer than Slack waits, the click is acknowledged in time and nothing is claimed', async () => {
    const { ask, desk, told, slack } = await openGate({ speed: 2 });
    const storing = gate();
    desk.hooks.beforeDecide = () => storing.passed;
    const { press } = await ask(card('q1'));
    await press('approve');
    await eventually(() => expect(told()).toHaveLength(1));
    expect(told()[0]?.text).toContain('takes longer than usual; I am still at it');
    storing.open();
    await eventually(() => expect(desk.decided).toHaveLength(1));
    // It stands: the card says so, and what was said stays true.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told()).toHaveLength(1);
    expect(slack.problems()).toEqual([]);
  });

  it('is late and then refuses, that is told as well', async () => {
    const { ask, desk, told } = await openGate({ speed: 10 });
    const storing = gate();
    desk.hooks.beforeDecide = () => storing.passed;
    desk.hooks.rule = () => refused('guest');
    const { press } = await ask(card('q1'));
    await press('approve');
    storing.open();
    await eventually(() =>
      expect(told().map(({ text }) => text)).toContainEqual(expect.stringContaining("Guests can't")),
    );
  });

  it('fails, the click is acknowledged and the person looks at the card', async () => {
    const { ask, desk, told, logged } = await openGate();
    desk.hooks.beforeDecide = () => Promise.reject(new Error('disk full'));
    const { press } = await ask(card('q1'));
    await press('approve');
    await eventually(() => expect(told()[0]?.text).toMatch(/could not record that\. Look at the card/));
    expect(logged.join('')).toContain('disk full');
  });

  it('is at work, a stop waits for it', async () => {
    const { ask, desk, door } = await openGate();
    const [asked, storing] = [gate(), gate()];
    desk.hooks.beforeDecide = () => {
      asked.open();
      return storing.passed;
    };
    const { press } = await ask(card('q1'));
    // Its acknowledgement cannot be sent any more: the decision must not depend on it.
    const pressing = press('approve').catch(() => {});
    await asked.passed;
    let stopped = false;
    const stopping = door.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stopped).toBe(false);
    storing.open();
    await stopping;
    expect(desk.decided).toHaveLength(1);
    await pressing;
  });
});

describe('a batch', () => {
  const cards = ['q1', 'q2', 'q3'].map((id) => card(id, { body: toolBody({ title: `bash · ${id}` }) }));

  it.each<[string, Choice]>([
    ['approve-all', { type: 'approve', forThread: false }],
    ['deny-all', { type: 'deny', reason: null }],
  ])('%s decides each in turn', async (verb, choice) => {
    const { askAll, desk, told } = await openGate();
    const { press } = await askAll(cards);
    await press(verb);
    expect(desk.decided).toEqual(['q1', 'q2', 'q3'].map((question) => ({ question, by: BEN, choice })));
    expect(told()).toEqual([]);
  });

  it('says once which could not be decided, and why', async () => {
    const { askAll, desk, told } = await openGate();
    desk.hooks.rule = ({ question }) => (question === 'q2' ? refused('unread') : null);
    const { press } = await askAll(cards);
    let calls = 0;
    desk.hooks.beforeDecide = async () => {
      calls += 1;
      if (calls === 3) throw new Error('disk full');
    };
    await press('approve-all');
    await eventually(() => expect(told()).toHaveLength(1));
    expect(told()[0]?.text).toMatch(
      /^2 of 3 could not be decided:\n• .*bash · q2.*\n +Read all of it[\s\S]*\n• .*bash · q3.*\n +I could not record/,
    );
    expect(desk.decided.map(({ question }) => question)).toEqual(['q1']);
  });
});

test('nothing that people or models wrote, and no token, comes into the log', async () => {
  const { ask, desk, logged, told } = await openGate();
  desk.hooks.rule = () => refused('unsure');
  const { press } = await ask(card('q1', { body: toolBody({ title: 'bash · swordfish' }) }));
  await press('approve');
  await eventually(() => expect(told()).toHaveLength(1));
  expect(logged.join('')).not.toMatch(/swordfish|xoxb-|xapp-|\/actions\//);
});

test('a click that releases a held message goes to the inbox, where the thread is served', async () => {
  const { post, ports, inputs, slack } = await openGate();
  const { root, ts } = await post({ text: 'Held', blocks: [releaseBlock()] }, GENERAL);
  const click = { user: BEN, channel: GENERAL, message_ts: ts, action_id: 'drawbridge:release' };
  await slack.act.click(click);
  expect(inputs()).toEqual([]);
  const thread = threadId({ team: slack.teamId, channel: GENERAL, root: root as SlackTs });
  await ports.threads.save(thread, servedRecord());
  await slack.act.click(click);
  expect(inputs()).toMatchObject([{ type: 'release', thread, by: BEN }]);
});
