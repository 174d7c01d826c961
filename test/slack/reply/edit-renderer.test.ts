import { expect, test } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import type { View } from '../../../src/thread/view.ts';
import {
  ANA,
  CHANNEL,
  eventually,
  FOOTER_WORDS,
  longText,
  notice,
  openSetting,
  paragraphsOf,
  playTurn,
  step,
  text,
  view,
} from './setting.ts';

test('a first sign of life stands at once, and the answer takes its place with a footer', async () => {
  const { start, said, server, calls } = await openSetting();
  const reply = start().open();
  reply.show(view('starting'));
  await reply.settled();
  expect(said()).toEqual(['Working on it…\n(Stop)']);
  reply.show(view('working', text('e1', 'All')));
  reply.show(view('ended', text('e1', 'All is well.')));
  await reply.settled();
  expect(said()).toEqual([`All is well.\n${FOOTER_WORDS}`]);
  expect(calls('chat.update')).toEqual([]);
  expect(calls('agents.sessions.setStatus')).toEqual([]);
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

test('steps and what is said between them stand in one message, in their order; the answer is a new one', async () => {
  const { start, said, server, calls } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('ls')));
  await reply.settled();
  expect(said()).toEqual(['[in_progress bash · ls]\n(Stop)']);
  const first = text('e1', 'Found it.');
  reply.show(view('working', step('ls', 'done'), first, step('cat')));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]\nFound it.\n[in_progress bash · cat]\n(Stop)']);
  reply.show(view('ended', step('ls', 'done'), first, step('cat', 'failed'), text('e2', 'Done.')));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]\nFound it.\n[error bash · cat · failed]', `Done.\n${FOOTER_WORDS}`]);
  expect(calls('chat.postMessage')).toHaveLength(2);
  expect(server.problems()).toEqual([]);
});

test('what is said at length stands by itself, and the work goes on below it', async () => {
  const { start, said, server } = await openSetting();
  const reply = start().open();
  const [long, short] = [text('e1', longText(3_000)), text('e2', 'Now the tests.')];
  reply.show(view('working', step('ls', 'done'), long, short, step('test')));
  await reply.settled();
  reply.show(view('ended', step('ls', 'done'), long, short, step('test', 'done'), text('e3', 'All pass.')));
  await reply.settled();
  const [first, second, ...rest] = said();
  expect(first).toBe('[complete bash · ls]');
  expect(paragraphsOf([second ?? ''])).toEqual(paragraphsOf([long.text]));
  expect(rest).toEqual(['Now the tests.\n[complete bash · test]', `All pass.\n${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('what a turn said last before it was stopped stays where it was seen', async () => {
  const { start, said, calls } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('ls', 'done'), text('e1', 'The cause', 'preview')));
  await reply.settled();
  const stopped = notice('n1', { code: 'stopped', by: null });
  reply.show(view('ended', step('ls', 'done'), text('e1', 'The cause', 'cut'), stopped));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]\nThe cause', expect.stringMatching(/^Stopped\./)]);
  expect(calls('chat.postMessage')).toHaveLength(2);
});

test('an answer is seen all the time: where it grew, until it stands below', async () => {
  const { start, said, standing, fail } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('ls', 'done'), text('e1', 'All is', 'preview')));
  await reply.settled();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  fail('chat.postMessage', { type: 'slow', ms: 400 });
  let seen = true;
  reply.show(view('ended', step('ls', 'done'), text('e1', 'All is well.')));
  while (standing().length < 2) {
    seen &&= said().join().includes('All is');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(seen).toBe(true);
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]', `All is well.\n${FOOTER_WORDS}`]);
});

test('a turn is written as often as it is long, however many tools and pieces of text it has', async () => {
  const writes = async (pieces: number) => {
    const clock = fastClock(10);
    const { start, calls } = await openSetting({ clock });
    const reply = start().open();
    const began = clock.now();
    reply.show(view('starting'));
    await playTurn(reply, pieces);
    const seconds = (clock.now() - began) / 1_000;
    return {
      seconds,
      counts: ['chat.postMessage', 'chat.update', 'chat.delete'].map((method) => calls(method).length),
    };
  };
  for (const { seconds, counts } of await Promise.all([writes(5), writes(30)])) {
    expect(counts[0]).toBe(2);
    // One a second, and its last.
    expect(counts[1]).toBeLessThanOrEqual(seconds + 1);
    expect(counts[2]).toBe(0);
  }
});

test('a text among the steps that Slack will not have there gets a message of its own', async () => {
  const { start, said, fail } = await openSetting({ clock: fastClock(10) });
  const reply = start().open();
  reply.show(view('working', step('ls')));
  await reply.settled();
  fail('chat.update', { type: 'error', error: 'edit_window_closed' }, 0);
  const found = [step('ls', 'done'), text('e1', 'Found it.'), step('cat', 'done')];
  reply.show(view('working', ...found));
  await eventually(() => expect(said()).toContain('Found it.'));
  reply.show(view('ended', ...found, text('e2', 'Done.')));
  await reply.settled();
  expect(said().filter((words) => words.includes('Found it.'))).toHaveLength(1);
  expect(said().join('\n')).toMatch(/Found it\.[\s\S]*cat[\s\S]*Done\./);
});

test('a text among the steps is not given up because Slack is out of order for a while', async () => {
  const { start, said, fail } = await openSetting({ clock: fastClock(50) });
  const reply = start().open();
  reply.show(view('working', step('ls')));
  await reply.settled();
  fail('chat.update', { type: 'http_500', when: 'before' }, 6);
  reply.show(view('ended', step('ls', 'done'), text('e1', 'Found it.'), step('cat', 'done'), text('e2', 'Done.')));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]\nFound it.\n[complete bash · cat]', `Done.\n${FOOTER_WORDS}`]);
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
  const piece = text('e1', longText(3_000));
  reply.show(view('working', piece));
  await eventually(() => expect(calls('chat.postMessage')).toHaveLength(1));
  await eventually(() => expect(said()[0]).toMatch(/^Paragraph 1 /));
  reply.show(view('ended', piece));
  await reply.settled();
  expect(said()).toEqual([
    expect.stringMatching(new RegExp(`^Paragraph 1 [\\s\\S]*${FOOTER_WORDS.replace('$', '\\$')}$`)),
  ]);
  expect(calls('chat.update')).toHaveLength(1);
});

test('edits of one message are at least a second apart, a text is seen in it all the same', async () => {
  const { start, server, said } = await openSetting();
  const reply = start().open();
  for (let n = 0; n < 30; n += 1) {
    reply.show(view('working', text('e1', `word ${n}`, 'preview')));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  reply.show(view('working', text('e1', 'The end.'), step('s1')));
  await eventually(() => expect(said().join()).toContain('The end.'));
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
  reply.show(view('ended', step('s1', 'done'), text('e1', 'Here.')));
  await eventually(() => expect(said()).toContain(`Here.\n${FOOTER_WORDS}`));
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
  expect(said()).toEqual(['[complete bash · s1]\nFirst.\n[complete bash · s2]', `Second.\n${FOOTER_WORDS}`]);
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
  expect(said()).toEqual(['[complete bash · s1]\nFirst.\n[in_progress bash · s2]']);
  expect(session()).not.toBe('processing');
  const next = start().open();
  next.show(view('ended', step('s1', 'done'), text('e1', 'First.'), step('s2', 'done'), text('e2', 'Second.')));
  await next.settled();
  expect(said()).toHaveLength(2);
  expect(server.problems()).toEqual([]);

  const other = start().open('turn2');
  other.show(view('starting'));
  await other.settled();
  await other.pause();
  expect(said()).toHaveLength(2);
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

test('a message that waits gets an hourglass, then eyes; one that is taken up soon gets eyes', async () => {
  const { start, server, root, calls } = await openSetting({ clock: fastClock(5) });
  const say = () =>
    server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root }).ts;
  const reactions = (ts: string) =>
    server
      .state()
      .channels.flatMap(({ messages }) => messages)
      .find((message) => message.ts === ts)
      ?.reactions?.map(({ name }) => name);
  const reply = start().open();
  const receipts = (states: Record<string, 'queued' | 'seen'>): View => ({
    ...view('working', step('s1')),
    receipts: Object.entries(states).map(([ts, state]) => ({ ts: ts as typeof root, author: 'U1', state })),
  });
  reply.show(receipts({}));
  await reply.settled();
  const [soon, late] = [say(), say()];
  reply.show(receipts({ [soon]: 'queued' }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  reply.show(receipts({ [soon]: 'seen', [late]: 'queued' }));
  await eventually(() => expect(reactions(late)).toEqual(['hourglass_flowing_sand']));
  expect(reactions(soon)).toEqual(['eyes']);
  reply.show(receipts({ [soon]: 'seen', [late]: 'seen' }));
  await reply.settled();
  expect(reactions(late)).toEqual(['eyes']);
  expect(calls('reactions.add').length + calls('reactions.remove').length).toBe(4);
});

test('a message that waits for people, or beyond the turn, has its hourglass before the thread is put down', async () => {
  const { start, server, root } = await openSetting();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reactions = () =>
    server
      .state()
      .channels.flatMap(({ messages }) => messages)
      .find((message) => message.ts === ts)?.reactions ?? [];
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await reply.settled();
  reply.show({ ...view('waiting', step('s1')), receipts: [{ ts: ts as typeof root, author: 'U1', state: 'queued' }] });
  await reply.settled();
  expect(reactions()).toHaveLength(1);
});

test('what the agent does after it has taken up another message stands below that message', async () => {
  const { start, server, root, said, standing } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await reply.settled();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const steered = (shown: View): View => ({
    ...shown,
    receipts: [{ ts: ts as typeof root, author: 'U0BEN00002', state: 'seen', after: 's1' }],
  });
  const more = [step('s1', 'done'), text('e1', 'Good point.'), step('s2', 'done')];
  reply.show(steered(view('working', ...more)));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · s1]', 'Good point.\n[complete bash · s2]\n(Stop)']);
  expect((standing()[1]?.ts ?? '') > ts).toBe(true);
  reply.show(steered(view('ended', ...more, text('e2', 'It is cold.'))));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · s1]', 'Good point.\n[complete bash · s2]', `It is cold.\n${FOOTER_WORDS}`]);
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

test.each([
  ['while the work goes on', view('working', step('s1', 'done'))],
  ['and nothing else is to be written', view('working', step('s1'))],
])('an hourglass of the turn before goes when its message is taken up %s', async (_, then) => {
  const { start, server, root, reactionsOn } = await openSetting();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const receipt = (state: 'queued' | 'seen') => ({ ts: ts as typeof root, author: 'U1', state });
  const before = start().open('turn1');
  before.show({ ...view('ended', text('e1', 'Done.')), receipts: [receipt('queued')] });
  await before.settled();
  expect(reactionsOn(ts)).toEqual(['hourglass_flowing_sand']);
  const reply = start().open('turn2');
  reply.show(view('working', step('s1')));
  await reply.settled();
  reply.show({ ...then, receipts: [receipt('seen')] });
  await reply.settled();
  expect(reactionsOn(ts)).toEqual(['eyes']);
});

test.each([
  ['lost', { type: 'reset', when: 'before' }, 1],
  ['failing for a while', { type: 'http_500', when: 'before' }, 3],
])('an hourglass does not stay because its removal was %s', async (_, fault, times) => {
  const { start, server, root, fail, reactionsOn } = await openSetting({ clock: fastClock(20) });
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reactions = () => reactionsOn(ts);
  const receipts = (state: 'queued' | 'seen') => [{ ts: ts as typeof root, author: 'U1', state }];
  const waiting = view('waiting', step('s1'));
  const reply = start().open();
  reply.show({ ...waiting, receipts: receipts('queued') });
  await reply.settled();
  expect(reactions()).toHaveLength(1);
  fail('reactions.remove', fault, times);
  reply.show(waiting);
  await reply.settled();
  expect(reactions()).toEqual([]);

  reply.show({ ...waiting, receipts: receipts('queued') });
  await reply.settled();
  fail('reactions.remove', fault, times);
  reply.show({ ...waiting, receipts: receipts('seen') });
  await reply.settled();
  expect(reactions()).toEqual(['eyes']);
});

test('a Slack that never takes an hourglass away holds nothing up for long', async () => {
  const clock = fastClock(50);
  const { start, server, root, fail, said } = await openSetting({ clock });
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reply = start().open();
  const receipts = [{ ts: ts as typeof root, author: 'U1', state: 'queued' as const }];
  reply.show({ ...view('waiting', step('s1')), receipts });
  await reply.settled();
  fail('reactions.remove', { type: 'http_500', when: 'before' }, 1_000);
  reply.show(view('ended', step('s1', 'done'), text('e1', 'It is cold.')));
  await reply.settled();
  expect(said().at(-1)).toBe(`It is cold.\n${FOOTER_WORDS}`);
});

test('what a process that died had only begun to tell of a message is told by the next', async () => {
  const { start, server, root, ledger, fail, reactionsOn } = await openSetting();
  const { ts } = server.act.say({ user: 'U0BEN00002', channel: 'C0GENERAL1', text: 'and the cache?', thread_ts: root });
  const reactions = () => reactionsOn(ts);
  const receipts = (state: 'queued' | 'seen') => [{ ts: ts as typeof root, author: 'U1', state }];
  const dying = start().open();
  dying.show({ ...view('working', step('s1')), receipts: receipts('queued') });
  await dying.settled();
  fail('reactions.add', { type: 'slow', ms: 600_000 });
  const answered = { ...view('working', text('e1', 'The cache is cold.')), receipts: receipts('seen') };
  dying.show(answered);
  await eventually(() => expect(JSON.stringify([...ledger.rows.values()])).toMatch(/"texts":\["e1"\]/));

  const next = start().open();
  next.show(answered);
  await next.settled();
  expect(reactions()).toEqual(['eyes']);
});
