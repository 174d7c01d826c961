import { LogLevel, WebClient } from '@slack/web-api';
import { expect, test } from 'vitest';
import { fastClock, sleep } from '../../../src/clock.ts';
import type { Card } from '../../../src/thread/question.ts';
import type { BatchPiece, Piece } from '../../../src/thread/view.ts';
import { card, outcome, toolBody } from '../gate/memory-desk.ts';
import {
  CHANNEL,
  DM,
  eventually,
  FOOTER_WORDS,
  notice,
  openSetting,
  step,
  stoppableClock,
  text,
  view,
} from './setting.ts';

const question = (shown: Card): Piece => ({ type: 'question', id: shown.id, card: shown });
const batch = (...cards: Card[]): BatchPiece => ({ type: 'batch', id: 'batch', cards });
const approved = { outcome: outcome('approved') };
const nudge = (id: string) => ({
  id,
  type: 'reminder' as const,
  audience: { users: ['U0BEN00002'], groups: [], members: false, requesters: false, notRequesters: false },
  expiresAt: null,
});
const onlyBen = { users: ['U0BEN00002'], groups: [], members: false, requesters: false, notRequesters: false };

const places = [
  ['edited messages', CHANNEL],
  ['streams', DM],
] as const;
const openIn = (channel: string) => openSetting({ channel, clock: fastClock(20) });

/** What the bot said in messages that begin with words of a card. */
const cardsOf = (said: string[]) => said.filter((words) => /The agent want(s|ed) to/.test(words));

test.each(places)('with %s a card stands apart, changes as it is decided, and stays', async (_what, channel) => {
  const { start, said, session, server, standing, calls } = await openIn(channel);
  const reply = start().open();
  const before = [text('e1', 'I need to test this.'), step('test', 'waiting')];
  reply.show(view('waiting', ...before, question(card('q1'))));
  await reply.settled();
  expect(session()).toBe('suspended');
  expect(cardsOf(said())).toHaveLength(1);
  expect(cardsOf(said())[0]).toMatch(
    /^\*The agent wants to run a command\*[\s\S]*\(Approve\)\(Deny\)\(Deny with reason…\)$/,
  );
  const { ts } = standing().at(-1) ?? {};

  reply.show(view('waiting', ...before, question(card('q1', { state: 'sending', ...approved }))));
  await reply.settled();
  expect(cardsOf(said())[0]).toMatch(/^<@U0BEN00002> said yes · [\s\S]*Telling the agent…/);
  expect(cardsOf(said())[0]).not.toContain('(Approve)');

  const done = question(card('q1', { state: 'closed', ...approved }));
  reply.show(view('ended', text('e1', 'I need to test this.'), step('test', 'done'), done, text('e2', 'All pass.')));
  await reply.settled();
  expect(cardsOf(said())).toHaveLength(1);
  expect(cardsOf(said())[0]).toMatch(/^\*Approved\* by <@U0BEN00002>/);
  expect(standing().find((message) => message.ts === ts)?.text).toMatch(/^\*Approved\*/);
  expect(said().at(-1)).toContain('All pass.');
  expect(said().at(-1)).toContain(FOOTER_WORDS);
  const posts = calls('chat.postMessage').filter(({ args }) => JSON.stringify(args).includes('wants to run'));
  expect(posts).toHaveLength(1);
  expect(server.problems()).toEqual([]);
});

test.each(places)('with %s a card is edited at most once a second', async (_what, channel) => {
  const { start, calls, said } = await openSetting({ channel, clock: fastClock(1) });
  const reply = start().open();
  for (let have = 0; have < 8; have += 1) {
    const approvals = Array.from({ length: have }, (_, n) => ({ by: `U0X${n}`, at: n, forThread: false }));
    reply.show(view('waiting', question(card('q1', { quorum: 9, approvals }))));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await reply.settled();
  expect(said()[0]).toContain('7 of 9 approvals');
  expect(calls('chat.update').length).toBeLessThanOrEqual(2);
});

test.each(places)(
  'with %s a card that was posted a while ago changes at once, whoever goes on',
  async (_what, channel) => {
    const clock = stoppableClock(20);
    const { start, said } = await openSetting({ channel, clock });
    const { open } = start();
    const first = open();
    first.show(view('waiting', question(card('q1'))));
    await first.settled();
    await sleep(clock, 1_000);
    clock.stop();
    open().show(view('waiting', question(card('q1', { state: 'sending', ...approved }))));
    await eventually(() => expect(said()[0]).toContain('said yes'));
  },
);

test('with edited messages a card changes at once, though others still wait to be posted', async () => {
  const { start, said, fail } = await openSetting({ channel: CHANNEL, clock: fastClock(1) });
  const reply = start().open();
  const [q1, q2, q3] = [card('q1'), card('q2'), card('q3')];
  reply.show(view('waiting', question(q1)));
  await reply.settled();
  for (const ms of [600, 600]) fail('chat.postMessage', { type: 'slow', ms });
  reply.show(view('waiting', question(q1), question(q2), question(q3)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const decided = question({ ...q1, state: 'sending', ...approved });
  reply.show(view('waiting', decided, question(q2), question(q3)));
  await eventually(() => expect(said()[0]).toContain('said yes'));
  expect(cardsOf(said())).toHaveLength(2);
  await reply.settled();
  expect(cardsOf(said())).toHaveLength(3);
});

test.each(places)('with %s a card whose blocks Slack refuses can still be read and pressed', async (_what, channel) => {
  const { start, standing, fail, said } = await openIn(channel);
  const reply = start().open();
  fail('chat.postMessage', { type: 'error', error: 'invalid_blocks' });
  reply.show(view('waiting', question(card('q1'))));
  await reply.settled();
  expect(said()[0]).toContain('(Approve)(Deny)');
  expect(said()[0]).toContain('"command": "npm test"');
  expect(JSON.stringify(standing()[0]?.blocks)).not.toContain('rich_text');

  fail('chat.update', { type: 'error', error: 'msg_blocks_too_long' });
  reply.show(view('waiting', question(card('q1', { state: 'closed', ...approved }))));
  await reply.settled();
  expect(said()[0]).toMatch(/^\*Approved\* by/);
  expect(JSON.stringify(standing()[0]?.blocks)).not.toContain('rich_text');
});

test.each(places)('with %s a post calls only who is asked, and an edit names the others', async (_what, channel) => {
  const { start, said, calls } = await openIn(channel);
  const reply = start().open();
  reply.show(view('waiting', question(card('q1', { audience: onlyBen }))));
  await reply.settled();
  expect(JSON.stringify(calls('chat.postMessage').map(({ args }) => args))).not.toContain('<@U0ANA00001>');
  expect(said()[0]).toContain('for <@U0ANA00001>');
});

test.each(places)(
  'with %s a card that somebody deleted is left alone, and the reply goes on',
  async (_what, channel) => {
    const { start, said, standing, server } = await openIn(channel);
    const room = start();
    const reply = room.open();
    reply.show(view('waiting', question(card('q1'))));
    await reply.settled();
    const [shown] = standing();
    const client = new WebClient(server.botToken, { slackApiUrl: server.apiUrl, logLevel: LogLevel.ERROR });
    await client.chat.delete({ channel, ts: shown?.ts ?? '' });
    const closed = question(card('q1', { state: 'closed', ...approved }));
    reply.show(view('ended', closed, text('e2', 'Done.')));
    await reply.settled();
    expect(said().join()).toContain('Done.');
    expect(cardsOf(said())).toEqual([]);
  },
);

test.each(places)('with %s an edit whose outcome is unknown is made again', async (_what, channel) => {
  const { start, said, fail } = await openIn(channel);
  const reply = start().open();
  reply.show(view('waiting', question(card('q1'))));
  await reply.settled();
  fail('chat.update', { type: 'http_500', when: 'before' }, 2);
  reply.show(view('waiting', question(card('q1', { state: 'closed', ...approved }))));
  await reply.settled();
  expect(said()[0]).toMatch(/^\*Approved\* by/);
});

test.each(places)(
  'with %s nudges stand once below their card and stay; a decided card gets none',
  async (_what, channel) => {
    const { start, said } = await openIn(channel);
    const reply = start().open();
    reply.show(view('waiting', question(card('q1')), question(card('q2'))));
    await reply.settled();
    const nudged = question(card('q1', { nudges: [nudge('n1')] }));
    reply.show(view('waiting', nudged, question(card('q2'))));
    await reply.settled();
    expect(said().filter((words) => words.startsWith('<@U0BEN00002> Still waiting'))).toHaveLength(1);
    const closed = { state: 'closed' as const, ...approved, nudges: [nudge('n1'), nudge('n2')] };
    reply.show(view('ended', question(card('q1', closed)), question(card('q2', closed)), text('e2', 'Done.')));
    await reply.settled();
    expect(said().filter((words) => words.startsWith('<@U0BEN00002> Still waiting'))).toHaveLength(1);
  },
);

test.each(places)('with %s a batch stands while several are open, follows them, and goes', async (_what, channel) => {
  const { start, said } = await openIn(channel);
  const reply = start().open();
  const cards = ['q1', 'q2', 'q3'].map((id) => card(id, { body: toolBody({ title: `bash · ${id}` }) }));
  reply.show(view('waiting', ...cards.map(question), batch(...cards)));
  await reply.settled();
  expect(said().at(-1)).toMatch(/^\*3 requests are open\.\*[\s\S]*\(Approve all 3\)\(Deny all 3\)$/);
  const [first, ...others] = cards;
  const decided = card(first?.id ?? '', { ...first, state: 'sending', ...approved });
  reply.show(view('waiting', question(decided), ...others.map(question), batch(...others)));
  await reply.settled();
  expect(said().at(-1)).toMatch(/^\*2 requests are open\.\*[\s\S]*\(Approve all 2\)\(Deny all 2\)$/);
  reply.show(view('working', ...cards.map((each) => question({ ...each, state: 'closed', ...approved }))));
  await eventually(() => expect(said().join()).not.toContain('requests are open'));
  await reply.settled();
  expect(cardsOf(said())).toHaveLength(3);
});

test.each(places)('with %s a held message comes with a button that asks first', async (_what, channel) => {
  const { start, standing, said } = await openIn(channel);
  const reply = start().open();
  const held = notice('held', { code: 'held', until: 'answer' });
  reply.show(view('waiting', question(card('q1')), held));
  await reply.settled();
  expect(said().at(-1)).toContain('(Cancel the request and send now)');
  expect(JSON.stringify(standing().at(-1)?.blocks)).toContain('"action_id":"drawbridge:release"');
  expect(JSON.stringify(standing().at(-1)?.blocks)).toContain('is cancelled');
  reply.show(view('working', question(card('q1')), notice('held', { code: 'held', until: 'tool' })));
  await reply.settled();
  expect(said().join('\n')).toMatch(/until the tool that runs now is done[\s\S]*\(Cancel the request and send now\)/);
  const budget = notice('held', { code: 'held', until: 'budget' });
  reply.show(view('waiting', question(card('q1')), budget));
  await reply.settled();
  expect(said().at(-1)).toBe("I'm holding your message until the budget is raised.");
});

test('with streams, a text streams on while a card above it changes', async () => {
  const { start, said, standing, server } = await openIn(DM);
  const reply = start().open();
  const open = question(card('q1'));
  reply.show(view('working', open, text('e1', 'Meanwhile I ', 'preview')));
  await eventually(() => expect(standing()).toHaveLength(2));
  const sending = question(card('q1', { state: 'sending', ...approved }));
  reply.show(view('working', sending, text('e1', 'Meanwhile I look ', 'preview')));
  await eventually(() => expect(said()[0]).toContain('said yes'));
  reply.show(view('ended', sending, text('e1', 'Meanwhile I look around.')));
  await reply.settled();
  expect(standing()).toHaveLength(2);
  expect(said()[1]).toBe(`Meanwhile I look around.${FOOTER_WORDS}`);
  expect(server.problems()).toEqual([]);
});

test('with streams, an answer to one of several questions begins no stream that would be left at once', async () => {
  const { start, said, calls } = await openIn(DM);
  const reply = start().open();
  const [q1, q2] = [card('q1'), card('q2')];
  reply.show(view('waiting', step('one', 'waiting'), step('two', 'waiting'), question(q1), question(q2)));
  await reply.settled();
  const done = question({ ...q1, state: 'closed', ...approved });
  reply.show(view('waiting', step('one', 'running'), step('two', 'waiting'), done, question(q2)));
  await reply.settled();
  expect(calls('chat.startStream')).toHaveLength(0);
  reply.show(view('working', step('one', 'running'), step('two', 'running'), done, question(q2)));
  await eventually(() => expect(said().at(-1)).toMatch(/in_progress bash · one[\s\S]*in_progress bash · two/));
  reply.show(view('ended', step('one', 'done'), step('two', 'done'), done, question(q2)));
  await reply.settled();
  expect(calls('chat.startStream')).toHaveLength(1);
});

test('with streams, another process finds the card and goes on with it, in streams', async () => {
  const { start, said, calls } = await openIn(DM);
  const first = start().open();
  first.show(view('waiting', question(card('q1'))));
  await first.settled();
  await first.pause();
  const second = start().open();
  second.show(view('ended', question(card('q1', { state: 'closed', ...approved })), text('e2', 'Done.')));
  await second.settled();
  expect(said()).toEqual([expect.stringMatching(/^\*Approved\*/), `Done.${FOOTER_WORDS}`]);
  expect(calls('chat.startStream')).toHaveLength(1);
});

test.each(places)(
  'with %s a decided card changes at once, also when the turn was put down meanwhile',
  async (_what, channel) => {
    const clock = stoppableClock(20);
    const { start, said } = await openSetting({ channel, clock });
    const room = start();
    // What is remembered of a process before this one is that it may have written until this one began.
    await sleep(clock, 1_000);
    const asking = room.open();
    asking.show(view('waiting', question(card('q1'))));
    await asking.settled();
    await asking.pause();

    const decided = room.open();
    clock.stop();
    decided.show(view('waiting', question(card('q1', { state: 'sending', ...approved }))));
    await eventually(() => expect(cardsOf(said())[0]).toContain('said yes'));
  },
);

test.each(places)(
  'with %s a card is not edited twice within a second by two turns that follow each other',
  async (_what, channel) => {
    const { start, said, server } = await openSetting({ channel, clock: fastClock(1) });
    const room = start();
    for (let have = 0; have < 3; have += 1) {
      const reply = room.open();
      const approvals = Array.from({ length: have }, (_, n) => ({ by: `U0X${n}`, at: n, forThread: false }));
      reply.show(view('waiting', question(card('q1', { quorum: 9, approvals }))));
      await reply.settled();
      await reply.pause();
    }
    expect(said()[0]).toContain('2 of 9 approvals');
    expect(server.problems().filter((problem) => problem.includes('twice'))).toEqual([]);
  },
);
