import { expect, test } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import {
  ANA,
  CHANNEL,
  eventually,
  FOOTER_WORDS,
  longText,
  notice,
  openSetting,
  paragraphsOf,
  step,
  text,
  view,
} from './setting.ts';

test('a first sign of life stands at once, and the answer takes its place with a footer', async () => {
  const { start, said, server, session, calls } = await openSetting();
  const reply = start().open();
  reply.show(view('starting'));
  await reply.settled();
  expect(said()).toEqual(['Working on it…\n(Stop)']);
  expect(session()).toBe('processing');
  reply.show(view('working', text('e1', 'All')));
  reply.show(view('ended', text('e1', 'All is well.')));
  await reply.settled();
  expect(said()).toEqual([`All is well.\n${FOOTER_WORDS}`]);
  expect(calls('chat.update')).toEqual([]);
  expect(session()).toBe('active');
  expect(server.problems()).toEqual([]);
});

test('a preview grows in the live message, and the final text is a new message', async () => {
  const { start, standing, said, server } = await openSetting();
  const reply = start().open();
  reply.show(view('starting'));
  await reply.settled();
  const live = standing()[0]?.ts;
  reply.show(view('working', text('e1', 'The cause', 'preview')));
  await eventually(() => expect(said()).toEqual(['The cause\n(Stop)']));
  reply.show(view('working', text('e1', 'The cause is <!chan', 'preview')));
  reply.show(view('working', text('e1', 'The cause is <!channel> known', 'preview')));
  await reply.settled();
  expect(said()).toEqual(['The cause is <!channel> known\n(Stop)']);
  expect(standing()[0]?.ts).toBe(live);
  reply.show(view('ended', text('e1', 'The cause is known.')));
  await reply.settled();
  expect(said()).toEqual([`The cause is known.\n${FOOTER_WORDS}`]);
  expect(standing()[0]?.ts).not.toBe(live);
  expect(server.problems()).toEqual([]);
});

test('steps stay where they happened, texts stand between them, and only the newest message has a button', async () => {
  const { start, said, server } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('ls')));
  await reply.settled();
  expect(said()).toEqual(['[in_progress bash · ls]\n(Stop)']);
  const first = text('e1', 'Found it.');
  reply.show(view('working', step('ls', 'done'), first, step('cat')));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]', 'Found it.', '[in_progress bash · cat]\n(Stop)']);
  reply.show(view('ended', step('ls', 'done'), first, step('cat', 'failed'), text('e2', 'Done.')));
  await reply.settled();
  expect(said()).toEqual([
    '[complete bash · ls]',
    'Found it.',
    '[error bash · cat · failed]',
    `Done.\n${FOOTER_WORDS}`,
  ]);
  expect(server.problems()).toEqual([]);
});

test('more than 40 steps go on in another message', async () => {
  const { start, standing } = await openSetting();
  const reply = start().open();
  reply.show(view('working', ...Array.from({ length: 45 }, (_, n) => step(`s${n}`))));
  await reply.settled();
  expect(standing()).toHaveLength(2);
});

test('a final of 45,000 characters stands whole over several messages, each once', async () => {
  const { start, said, standing, server } = await openSetting();
  const reply = start().open();
  const long = longText(45_000);
  reply.show(view('working', text('e1', long.slice(0, 20_000), 'preview')));
  reply.show(view('ended', text('e1', long)));
  await reply.settled();
  const paragraphs = long.match(/Paragraph \d+/g) ?? [];
  expect(paragraphsOf(said())).toEqual(paragraphs);
  expect(standing().length).toBeGreaterThanOrEqual(4);
  for (const { text: words } of standing()) expect(words.length).toBeLessThanOrEqual(3_800);
  expect(server.problems()).toEqual([]);
});

test('a footer that comes late is added to the last text by one edit', async () => {
  const { start, said, calls } = await openSetting();
  const reply = start().open();
  const piece = text('e1', 'Answer.');
  reply.show(view('working', piece));
  await eventually(() => expect(said()[0]).toBe('Answer.'));
  reply.show(view('ended', piece));
  await reply.settled();
  expect(said()).toEqual([`Answer.\n${FOOTER_WORDS}`]);
  expect(calls('chat.update')).toHaveLength(1);
});

test('edits of one message are at least a second apart, a text in between is not held up', async () => {
  const { start, server, said } = await openSetting();
  const reply = start().open();
  for (let n = 0; n < 30; n += 1) {
    reply.show(view('working', text('e1', `word ${n}`, 'preview')));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  reply.show(view('working', text('e1', 'The end.'), step('s1')));
  await eventually(() => expect(said()).toContain('The end.'));
  reply.show(view('ended', text('e1', 'The end.'), step('s1', 'done')));
  await reply.settled();
  expect(server.problems()).toEqual([]);
});

test('notices say what happened; a stop names who stopped', async () => {
  const { start, said } = await openSetting();
  const reply = start().open();
  reply.show(view('ended', text('e1', 'Half an ans', 'cut'), notice('n1', { code: 'stopped', by: 'U0BEN00002' })));
  await reply.settled();
  expect(said()).toEqual(['Half an ans', `Stopped by <@U0BEN00002>. Write a message to go on.\n${FOOTER_WORDS}`]);
});

test('what may stand of a turn in a long thread is found with one read', async () => {
  const { server, root, thread, start, calls, fail, said } = await openSetting();
  const write = (text: string) => server.act.say({ user: ANA, channel: CHANNEL, text, thread_ts: root });
  for (let count = 0; count < 30; count += 1) write(`earlier ${count}`);
  const { ts: turn } = write('why?');
  server.faults.apply({ page_size: 10 });
  fail('chat.postMessage', { type: 'reset', when: 'after' });
  const reply = start('edit').replies.open(thread, { turn, recipient: null });
  reply.show(view('ended', text('m1', 'Because.')));
  await reply.settled();
  expect(said().filter((words) => words.includes('Because.'))).toHaveLength(1);
  expect(calls('conversations.replies')).toMatchObject([{ args: { oldest: turn } }]);
});

test.each([
  ['http_500', 'after'],
  ['http_500', 'before'],
  ['reset', 'after'],
])('a post with an unknown outcome (%s, %s storing) stands once', async (type, when) => {
  const { start, said, fail, server } = await openSetting({ clock: fastClock(10) });
  const reply = start().open();
  fail('chat.postMessage', { type, when }, 2);
  reply.show(view('ended', text('e1', 'Once.'), text('e2', 'And again.')));
  await reply.settled();
  expect(said()).toEqual(['Once.', `And again.\n${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('a 429 delays the answer and loses nothing', async () => {
  const { start, said, fail } = await openSetting();
  const reply = start().open();
  fail('chat.postMessage', { type: 'rate_limited', retry_after_s: 1 });
  reply.show(view('ended', text('e1', 'Late.')));
  await reply.settled();
  expect(said()).toEqual([`Late.\n${FOOTER_WORDS}`]);
});

test('an answer does not wait for an edit that Slack limits', async () => {
  const { start, said, fail } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await reply.settled();
  fail('chat.update', { type: 'rate_limited', retry_after_s: 60 });
  reply.show(view('working', step('s1', 'done'), text('e1', 'Here.'), step('s2')));
  await eventually(() => expect(said()).toContain('Here.'));
});

test('when Slack refuses for good, settled rejects with a coded error', async () => {
  const { start, fail } = await openSetting();
  const reply = start().open();
  fail('chat.postMessage', { type: 'error', error: 'is_archived' }, 0);
  reply.show(view('ended', text('e1', 'Nobody will read this.')));
  await expect(reply.settled()).rejects.toMatchObject({ code: 'refused', reason: 'is_archived' });
  await expect(reply.settled()).rejects.toMatchObject({ code: 'refused' });
});

test('a text whose blocks Slack refuses goes out as plain text', async () => {
  const { start, said, fail } = await openSetting();
  const reply = start().open();
  fail('chat.postMessage', { type: 'error', error: 'invalid_blocks' });
  reply.show(view('ended', text('e1', 'Plain.')));
  await reply.settled();
  expect(said()[0]).toMatch(/^Plain\./);
});

test('progress that Slack refuses does not hurt the answer', async () => {
  const { start, said, fail } = await openSetting();
  const reply = start().open();
  fail('chat.update', { type: 'error', error: 'edit_window_closed' }, 0);
  fail('agents.sessions.setStatus', { type: 'error', error: 'not_authorized' }, 0);
  reply.show(view('working', step('s1')));
  reply.show(view('working', step('s1', 'done')));
  reply.show(view('ended', step('s1', 'done'), text('e1', 'Answer.')));
  await reply.settled();
  expect(said().at(-1)).toBe(`Answer.\n${FOOTER_WORDS}`);
});

test('after a restart nothing is doubled and nothing is missing', async () => {
  const { start, said, server } = await openSetting();
  const before = start().open();
  before.show(view('working', step('s1', 'done'), text('e1', 'First.'), step('s2')));
  await before.settled();
  const after = start().open();
  after.show(view('ended', step('s1', 'done'), text('e1', 'First.'), step('s2', 'done'), text('e2', 'Second.')));
  await after.settled();
  expect(said()).toEqual(['[complete bash · s1]', 'First.', '[complete bash · s2]', `Second.\n${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('a post whose answer a dead process never saw is found, not repeated', async () => {
  const { start, said, ledger, thread, fail } = await openSetting();
  fail('chat.postMessage', { type: 'slow', ms: 60_000, when: 'after' });
  const dead = start().open();
  dead.show(view('ended', text('e1', 'Once.')));
  await eventually(() => expect(said()).toHaveLength(1));
  expect(ledger.rows.get(`${thread} turn1`)).toMatchObject({ posts: { 'e1:0': { ts: null } } });
  const alive = start().open();
  alive.show(view('ended', text('e1', 'Once.')));
  await alive.settled();
  expect(said()).toEqual([`Once.\n${FOOTER_WORDS}`]);
});

test('pause leaves no button, no “Working on it…” and no processing, and the next process goes on', async () => {
  const { start, said, session, server } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('s1', 'done'), text('e1', 'First.'), step('s2')));
  await reply.settled();
  await reply.pause();
  expect(said()).toEqual(['[complete bash · s1]', 'First.', '[in_progress bash · s2]']);
  expect(session()).toBe('active');
  const next = start().open();
  next.show(view('ended', step('s1', 'done'), text('e1', 'First.'), step('s2', 'done'), text('e2', 'Second.')));
  await next.settled();
  expect(said()).toHaveLength(4);
  expect(server.problems()).toEqual([]);

  const other = start().open('turn2');
  other.show(view('starting'));
  await other.settled();
  await other.pause();
  expect(said()).toHaveLength(4);
});

test('pause ends in time even when Slack hangs', async () => {
  const { start, fail } = await openSetting({ clock: fastClock(10) });
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await reply.settled();
  fail('*', { type: 'slow', ms: 60_000 }, 0);
  await reply.pause();
  await expect(reply.settled()).rejects.toThrow();
});

test('people’s steering messages get an hourglass, then eyes', async () => {
  const { start, server, root } = await openSetting();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reactions = () =>
    server
      .state()
      .channels.flatMap(({ messages }) => messages)
      .find((message) => message.ts === ts)
      ?.reactions?.map(({ name }) => name);
  const reply = start().open();
  const receipt = (state: 'queued' | 'seen') => ({
    ...view('working', step('s1')),
    receipts: [{ ts: ts as typeof root, author: 'U1', state }],
  });
  reply.show(receipt('queued'));
  await reply.settled();
  expect(reactions()).toEqual(['hourglass_flowing_sand']);
  reply.show(receipt('seen'));
  await reply.settled();
  expect(reactions()).toEqual(['eyes']);
});

test('an hourglass goes from a message that is not waited for any more, whoever put it there', async () => {
  const { start, server, root } = await openSetting();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reactions = () =>
    server
      .state()
      .channels.flatMap(({ messages }) => messages)
      .find((message) => message.ts === ts)?.reactions ?? [];
  const waiting = view('waiting', step('s1'));
  const first = start().open();
  first.show({ ...waiting, receipts: [{ ts: ts as typeof root, author: 'U1', state: 'queued' }] });
  await first.settled();
  expect(reactions()).toHaveLength(1);
  const second = start().open();
  second.show(waiting);
  await second.settled();
  expect(reactions()).toEqual([]);
});

test('what a process that died had only begun to tell of a message is told by the next', async () => {
  const { start, server, root, ledger, fail } = await openSetting();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reactions = () =>
    server
      .state()
      .channels.flatMap(({ messages }) => messages)
      .find((message) => message.ts === ts)
      ?.reactions?.map(({ name }) => name);
  const receipts = (state: 'queued' | 'seen') => [{ ts: ts as typeof root, author: 'U1', state }];
  const dying = start().open();
  dying.show({ ...view('working', step('s1')), receipts: receipts('queued') });
  await dying.settled();
  fail('reactions.add', { type: 'slow', ms: 600_000 });
  const answered = { ...view('working', text('e1', 'The cache is cold.')), receipts: receipts('seen') };
  dying.show(answered);
  await eventually(() => expect(JSON.stringify([...ledger.rows.values()])).toMatch(/"e1:0":\{"ts":"\d/));

  const next = start().open();
  next.show(answered);
  await next.settled();
  expect(reactions()).toEqual(['eyes']);
});
