import { describe, expect, test } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import { parseTree } from '../../../src/slack/reply/markdown-tree.ts';
import {
  DM,
  eventually,
  FOOTER_WORDS,
  longText,
  mortal,
  notice,
  openSetting,
  paragraphsOf,
  playTurn,
  step,
  text,
  view,
} from './setting.ts';

const openDm = (clock = fastClock(20)) => openSetting({ channel: DM, clock });

/** How one stream message was written: the methods, in order. */
const streamCalls = (calls: (method: string) => unknown[]) =>
  ['chat.startStream', 'chat.appendStream', 'chat.stopStream', 'chat.postMessage'].map(
    (method) => calls(method).length,
  );

test('text streams from the first delta, and the final and the footer end the same message', async () => {
  const { start, said, standing, server, session } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'The', 'preview')));
  await eventually(() => expect(said()).toEqual(['The']));
  expect(session()).toBe('processing');
  reply.show(view('working', text('e1', 'The cause is <!cha', 'preview')));
  reply.show(view('working', text('e1', 'The cause is <!channel> kno', 'preview')));
  await eventually(() => expect(said()[0]).toMatch(/^The cause is/));
  reply.show(view('ended', text('e1', 'The cause is <!channel> known.')));
  await reply.settled();
  expect(said()).toEqual([`The cause is <!channel> known.${FOOTER_WORDS}`]);
  expect(standing()[0]?.stream?.state).toBe('completed');
  expect(session()).toBe('active');
  expect(server.problems()).toEqual([]);
});

test('the rest of an answer, the footer and the status go out with the end of its stream', async () => {
  const { start, said, calls, session } = await openDm(fastClock(1));
  const reply = start().open();
  reply.show(view('working', step('ls')));
  await eventually(() => expect(said()).toHaveLength(1));
  reply.show(view('ended', step('ls', 'done'), text('e1', 'All is well.')));
  await reply.settled();
  expect(said()).toEqual([`[complete bash · ls]All is well.${FOOTER_WORDS}`]);
  expect(streamCalls(calls)).toEqual([1, 0, 1, 0]);
  expect(session()).toBe('active');
});

test('what was to go with the end of a stream is not lost when Slack ends it first', async () => {
  const { start, said, fail, server } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'One two ', 'preview')));
  await eventually(() => expect(said()).toHaveLength(1));
  fail('chat.stopStream', { type: 'http_500', when: 'before' });
  fail('chat.stopStream', { type: 'error', error: 'message_not_in_streaming_state' });
  reply.show(view('ended', text('e1', 'One two three four five.')));
  await reply.settled();
  expect(said().join('')).toBe(`One two three four five.${FOOTER_WORDS}`);
  // The fault only said that the first stream had ended.
  expect(server.problems().filter((problem) => !problem.includes('still streaming'))).toEqual([]);
});

test('a turn is written as often as it is long, however many tools and pieces of text it has', async () => {
  const writes = async (pieces: number) => {
    const clock = fastClock(10);
    const { start, calls } = await openDm(clock);
    const reply = start().open();
    const began = clock.now();
    await playTurn(reply, pieces);
    return { seconds: (clock.now() - began) / 1_000, counts: streamCalls(calls) };
  };
  for (const { seconds, counts } of await Promise.all([writes(5), writes(30)])) {
    const [starts, appends = 0, stops, posts] = counts;
    expect([starts, stops, posts]).toEqual([1, 1, 0]);
    // One in 0.6 s, as of all words.
    expect(appends).toBeLessThanOrEqual(seconds / 0.6 + 1);
  }
});

test('deltas are gathered: one append at a time, no more than one in 0.6 s', async () => {
  const { start, said, calls } = await openDm(fastClock(1));
  const reply = start().open();
  const words = longText(400);
  const began = Date.now();
  for (let n = 1; n <= 20; n += 1) {
    reply.show(view('working', text('e1', words.slice(0, n * 20), 'preview')));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  reply.show(view('ended', text('e1', words)));
  await reply.settled();
  expect(paragraphsOf(said())).toEqual(words.match(/Paragraph \d+/g));
  expect(said()[0]).toContain(words.trimEnd());
  expect(calls('chat.appendStream').length).toBeLessThanOrEqual((Date.now() - began) / 600);
  expect(calls('chat.startStream')).toHaveLength(1);
});

test('steps are task cards between the texts', async () => {
  const { start, said, server } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'Let me look.'), step('ls')));
  await eventually(() => expect(said()).toEqual(['Let me look.[in_progress bash · ls]']));
  reply.show(view('working', text('e1', 'Let me look.'), step('ls', 'done')));
  reply.show(view('ended', text('e1', 'Let me look.'), step('ls', 'done'), text('e2', 'Found.'), text('e3', 'Bye.')));
  await reply.settled();
  expect(said()).toEqual([`Let me look.[complete bash · ls]Found.\n\nBye.${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('a final of 45,000 characters goes on in further streams, nothing lost or doubled', async () => {
  const { start, said, standing, server } = await openDm();
  const reply = start().open();
  const long = longText(45_000);
  reply.show(view('working', text('e1', long.slice(0, 3_000), 'preview')));
  reply.show(view('ended', text('e1', long)));
  await reply.settled();
  expect(paragraphsOf(said())).toEqual(long.match(/Paragraph \d+/g));
  expect(standing()).toHaveLength(5);
  expect(server.problems()).toEqual([]);
});

test('a stream is rolled over before Slack ends it, with a code fence closed and reopened', async () => {
  const { start, said, standing, server } = await openDm(fastClock(200));
  const reply = start().open();
  const code = (lines: number) =>
    `Look:\n\n\`\`\`ts\n${Array.from({ length: lines }, (_, n) => `line${n};`).join('\n')}`;
  let lines = 1;
  while (standing().length < 3 && lines < 2_000) {
    lines += 1;
    reply.show(view('working', text('e1', code(lines), 'preview')));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  reply.show(view('ended', text('e1', `${code(lines)}\n\`\`\`\n`)));
  await reply.settled();
  const messages = said();
  expect(messages.length).toBeGreaterThanOrEqual(3);
  for (const { stream } of standing()) expect(stream?.state).toBe('completed');
  expect(messages[0]).toMatch(/\n```$/);
  expect(messages[1]).toMatch(/^```ts\n/);
  const shown = messages.join('').match(/line\d+;/g) ?? [];
  expect(shown).toEqual(Array.from({ length: lines }, (_, n) => `line${n};`));
  expect(server.problems()).toEqual([]);
});

test('a quiet stream is closed in time, and a step that runs on is carried to the next one', async () => {
  const { start, said, standing, server } = await openDm(fastClock(300));
  const reply = start().open();
  reply.show(view('working', text('e1', 'A long one.'), step('build')));
  await eventually(() => expect(standing()[0]?.stream?.state).toBe('completed'));
  expect(said()).toEqual(['A long one.[complete bash · build · goes on below]']);
  reply.show(view('ended', text('e1', 'A long one.'), step('build', 'done'), text('e2', 'Built.')));
  await reply.settled();
  expect(said()).toEqual([
    'A long one.[complete bash · build · goes on below]',
    `[complete bash · build]Built.${FOOTER_WORDS}`,
  ]);
  expect(server.problems()).toEqual([]);
});

test('a stream is left before it has too many tasks, and those that run on are carried to the next one', async () => {
  const { start, standing, said, server } = await openDm();
  const reply = start().open();
  const steps = (count: number, ended: number) =>
    Array.from({ length: count }, (_, n) => step(`s${n}`, n === 3 || n >= ended ? 'running' : 'done'));
  for (const count of [10, 30, 39, 40, 41, 60]) {
    reply.show(view('working', ...steps(count, count - 1)));
    await reply.settled();
  }
  const tasksOf = () =>
    standing().map(({ stream }) => stream?.parts.flatMap((part) => (part.type === 'task' ? [part] : [])) ?? []);
  await eventually(() => expect(tasksOf()).toHaveLength(2));
  for (const tasks of tasksOf()) expect(tasks.length).toBeLessThanOrEqual(40);
  expect(said()[1]).toContain('[in_progress bash · s3]');
  expect(said()[0]).toContain('[complete bash · s3 · goes on below]');
  reply.show(view('ended', ...steps(60, 60).map((each) => ({ ...each, state: 'done' as const })), text('e1', 'Done.')));
  await reply.settled();
  const last = new Map(
    tasksOf()
      .flat()
      .map(({ id, status }) => [id, status]),
  );
  expect([...last.values()].filter((status) => status === 'complete')).toHaveLength(60);
  expect(said().join('')).not.toContain('in_progress');
  expect(server.problems()).toEqual([]);
});

test('a stream that Slack has ended is continued in a new one', async () => {
  const { start, said, fail, server } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'One two ', 'preview')));
  await eventually(() => expect(said()).toHaveLength(1));
  const before = said()[0] ?? '';
  fail('chat.appendStream', { type: 'error', error: 'message_not_in_streaming_state' });
  reply.show(view('working', text('e1', 'One two three four ', 'preview')));
  await eventually(() => expect(said()).toHaveLength(2));
  reply.show(view('ended', text('e1', 'One two three four five.')));
  await reply.settled();
  expect(said()[0]).toBe(before);
  expect(said().join('')).toBe(`One two three four five.${FOOTER_WORDS}`);
  // The fault only said that the first stream had ended.
  expect(server.problems().filter((problem) => !problem.includes('still streaming'))).toEqual([]);
});

test.each(['channel_type_not_supported', 'unknown_method', 'user_not_found'])(
  '%s falls back to messages, and is remembered',
  async (error) => {
    const { start, said, fail, calls } = await openDm();
    const room = start();
    fail('chat.startStream', { type: 'error', error });
    const reply = room.open();
    reply.show(view('working', text('e1', 'Hello', 'preview')));
    reply.show(view('ended', text('e1', 'Hello there.')));
    await reply.settled();
    expect(said()).toEqual([`Hello there.\n${FOOTER_WORDS}`]);
    const next = room.open('turn2');
    next.show(view('ended', text('e2', 'Again.')));
    await next.settled();
    expect(calls('chat.startStream')).toHaveLength(1);
    expect(said()[1]).toBe(`Again.\n${FOOTER_WORDS}`);
  },
);

test('after the native stop nothing is appended any more; the notice is a message', async () => {
  const { start, said, server, root, calls, session } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'Counting one two ', 'preview')));
  await eventually(() => expect(said()).toHaveLength(1));
  const before = said()[0] ?? '';
  server.act.stop({ user: 'U0ANA00001', channel: DM, thread_ts: root });
  reply.show(view('working', text('e1', 'Counting one two three four ', 'preview')));
  const cut = text('e1', 'Counting one two three four five', 'cut');
  reply.show(view('ended', cut, notice('n1', { code: 'stopped', by: 'U0ANA00001' })));
  await reply.settled();
  expect(said()).toEqual([before, `Stopped by <@U0ANA00001>. Write a message to go on.\n${FOOTER_WORDS}`]);
  expect(calls('chat.appendStream').length).toBeLessThanOrEqual(1);
  expect(session()).toBe('active');
});

test('the native stop at the very end takes the footer from nobody', async () => {
  const { start, said, server, root, session } = await openDm();
  const reply = start().open();
  const done = [text('e1', 'Counting one two.'), step('s1', 'done'), text('e2', 'Done.')] as const;
  reply.show(view('working', ...done));
  await eventually(() => expect(said()).toEqual([expect.stringContaining('Done.')]));
  server.act.stop({ user: 'U0ANA00001', channel: DM, thread_ts: root });
  reply.show(view('ended', ...done));
  await reply.settled();
  expect(said()).toEqual([expect.stringContaining('Done.'), FOOTER_WORDS]);
  const next = start().open();
  next.show(view('ended', ...done));
  await next.settled();
  expect(said()).toHaveLength(2);
  expect(session()).toBe('active');
});

test('waiting closes the stream and suspends the session; the turn goes on in a new one', async () => {
  const { start, said, session, server } = await openDm();
  const reply = start().open();
  const asked = notice('n1', { code: 'waiting' });
  reply.show(view('waiting', text('e1', 'I need to clean up.'), step('rm', 'waiting'), asked));
  await reply.settled();
  expect(session()).toBe('suspended');
  // A step that waits would look so for ever: a stream that was left cannot be changed.
  expect(said()[0]).toBe('I need to clean up.');
  expect(said()[1]).toContain('cannot be answered from here');
  reply.show(view('ended', text('e1', 'I need to clean up.'), step('rm', 'done'), asked, text('e2', 'Done.')));
  await reply.settled();
  expect(said()[2]).toBe(`[complete bash · rm]Done.${FOOTER_WORDS}`);
  expect(server.problems()).toEqual([]);
});

test('a final that does not begin with what was streamed is posted by itself', async () => {
  const { start, said, server } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'Wrong guess at first ', 'preview')));
  await eventually(() => expect(said()).toHaveLength(1));
  reply.show(view('ended', text('e1', 'The right answer.')));
  await reply.settled();
  expect(said()).toEqual([`The right answer.\n${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test.each([
  ['chat.startStream', 'http_500', 'after'],
  ['chat.startStream', 'reset', 'before'],
  ['chat.appendStream', 'http_500', 'after'],
  ['chat.appendStream', 'http_500', 'before'],
  ['chat.stopStream', 'http_500', 'after'],
  ['chat.stopStream', 'http_500', 'before'],
])('an unknown outcome of %s (%s, %s storing) doubles nothing and loses nothing', async (method, type, when) => {
  const { start, said, fail, server } = await openDm();
  const reply = start().open();
  fail(method, { type, when });
  reply.show(view('working', text('e1', 'One two ', 'preview')));
  await eventually(() => expect(said()).toHaveLength(1));
  reply.show(view('working', text('e1', 'One two three four ', 'preview')));
  await eventually(() => expect(said().join('')).toContain('three'));
  reply.show(view('ended', text('e1', 'One two three four five.')));
  await reply.settled();
  expect(said()).toEqual([`One two three four five.${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('after a restart an open stream is gone and its text stands once', async () => {
  const { start, said, server } = await openDm();
  const before = start().open();
  before.show(view('working', step('s1', 'done'), text('e1', 'One two three ', 'preview')));
  await eventually(() => expect(said()[0]).toContain('One'));
  const after = start().open();
  after.show(view('ended', step('s1', 'done'), text('e1', 'One two three four.')));
  await after.settled();
  expect(said()).toEqual([`[complete bash · s1]One two three four.${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('a stream that a dead process never heard of is gone, also when somebody has stopped it since', async () => {
  const { start, said, standing, server, root } = await openDm();
  const life = mortal({ method: 'chat.startStream', when: 'after' });
  const before = start('auto', life).open();
  before.show(view('working', step('s1', 'done'), text('e1', 'One two three ', 'preview')));
  await eventually(() => expect(life.dead()).toBe(true));
  server.act.stop({ user: 'U0ANA00001', channel: DM, thread_ts: root });
  expect(standing()[0]?.stream?.state).toBe('stopped');
  const after = start().open();
  after.show(view('ended', step('s1', 'done'), text('e1', 'One two three four.')));
  await after.settled();
  expect(said()).toEqual([`[complete bash · s1]One two three four.${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('pause closes the stream, and the next process goes on where it ended', async () => {
  const { start, said, standing, session, server } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'One two three', 'preview')));
  await eventually(() => expect(said()).toHaveLength(1));
  await reply.pause();
  expect(standing()[0]?.stream?.state).toBe('completed');
  expect(said()).toEqual(['One two three']);
  expect(session()).toBe('active');
  const next = start().open();
  next.show(view('ended', text('e1', 'One two three four.')));
  await next.settled();
  expect(said()).toEqual(['One two three', ` four.${FOOTER_WORDS}`]);
  expect(server.problems()).toEqual([]);
});

test('a turn nobody in Slack began is shown as messages', async () => {
  const { start, said, thread, calls } = await openDm();
  const reply = start('stream').replies.open(thread, { turn: 'turn1', recipient: null });
  reply.show(view('ended', text('e1', 'Good morning.')));
  await reply.settled();
  expect(said()).toEqual([`Good morning.\n${FOOTER_WORDS}`]);
  expect(streamCalls(calls)).toEqual([0, 0, 0, 1]);
});

test('a notice that is no longer true is taken away', async () => {
  const { start, said } = await openDm();
  const reply = start().open();
  const asked = [text('e1', 'Shall I?'), notice('waiting', { code: 'waiting' })];
  reply.show(view('waiting', ...asked, notice('held', { code: 'held', until: 'answer' })));
  await reply.settled();
  expect(said()).toHaveLength(3);
  reply.show(view('ended', text('e1', 'Shall I?'), text('e2', 'Done.')));
  await reply.settled();
  expect(said().join(' ')).toMatch(/^Shall I\? Done\./);
});

test('a turn that began as messages goes on as messages when another process takes over', async () => {
  const { start, said } = await openDm();
  const first = start('edit').open();
  first.show(view('working', text('e1', 'Let me look.'), step('ls')));
  await first.settled();
  await first.pause();
  const second = start('auto').open();
  second.show(view('ended', text('e1', 'Let me look.'), step('ls', 'done'), text('e2', 'Found.')));
  await second.settled();
  expect(said()).toEqual(['Let me look.\n[complete bash · ls]', expect.stringMatching(/^Found\./)]);
});

test('a list that goes on in another stream is still a list there', async () => {
  const { start, said, server } = await openDm();
  const reply = start().open();
  const item = (n: number) =>
    `1.  item ${n}\n${Array.from({ length: 9 }, (_, k) => `    - inner ${n}.${k}`).join('\n')}`;
  const source = Array.from({ length: 200 }, (_, n) => item(n)).join('\n');
  reply.show(view('ended', text('e1', source)));
  await reply.settled();
  const messages = said();
  expect(messages.length).toBeGreaterThan(2);
  for (const words of messages) expect(parseTree(words).children[0]?.type).toBe('list');
  expect(messages.join('\n').match(/(item|inner) \d+(\.\d)?/g)).toEqual(source.match(/(item|inner) \d+(\.\d)?/g));
  expect(server.problems()).toEqual([]);
});

describe('tables in a stream', () => {
  const table = (rows: number, name = 'row') =>
    `| ${name} | size |\n|---|--:|\n${Array.from({ length: rows }, (_, n) => `| ${name}${n} | ${n} |`).join('\n')}`;
  const blocksIn = (
    standing: { stream?: { parts: { type: string; blocks?: { type: string; rows?: unknown }[] }[] } }[],
  ) =>
    standing
      .flatMap(({ stream }) => stream?.parts ?? [])
      .flatMap(({ type, blocks = [] }) => (type === 'blocks' ? blocks : []));

  test('come whole, as tables of Slack’s, once they are whole', async () => {
    const { start, said, standing, server } = await openDm();
    const reply = start().open();
    const source = `Two of **them**:\n\n${table(3)}\n\nand\n\n${table(2)}\n\nDone.`;
    for (const length of [5, 30, 60, 75, 100]) {
      reply.show(view('working', text('e1', source.slice(0, length), 'preview')));
      await eventually(() => expect(said().join('')).toMatch(/^Two/));
      expect(said().join('')).not.toMatch(/\||\*\*$/);
    }
    reply.show(view('ended', text('e1', source)));
    await reply.settled();
    expect(standing().map(({ stream }) => stream?.parts.map(({ type }) => type))).toEqual([
      ['text', 'blocks', 'text', 'blocks', 'text', 'blocks'],
    ]);
    const blocks = blocksIn(standing());
    expect(blocks.map(({ type }) => type)).toEqual(['table', 'data_table', 'context']);
    expect(JSON.stringify(blocks).match(/row\d/g)).toEqual(['row0', 'row1', 'row2', 'row0', 'row1']);
    expect(server.problems()).toEqual([]);
  });

  test.each([
    ['it goes on', 'chat.appendStream'],
    ['it ends with them', 'chat.stopStream'],
  ])('are aligned text where Slack refuses them, in the same stream (%s)', async (_what, method) => {
    const { start, said, standing, fail, server } = await openDm();
    const reply = start().open();
    reply.show(view('working', text('e1', 'Here', 'preview')));
    await eventually(() => expect(said()).toEqual(['Here']));
    fail(method, { type: 'error', error: 'invalid_chunks' });
    const whole = text('e1', `Here:\n\n${table(2)}\n\nDone.`);
    if (method === 'chat.appendStream') {
      reply.show(view('working', whole));
      await eventually(() => expect(said()[0]).toContain('Done.'));
    }
    reply.show(view('ended', whole));
    await reply.settled();
    expect(standing()).toHaveLength(1);
    expect(said()[0]).toBe(
      `Here:\n\n\`\`\`\nrow   size\n----  ----\nrow0     0\nrow1     1\n\`\`\`\n\nDone.${FOOTER_WORDS}`,
    );
    expect(server.problems()).toEqual([]);
  });

  test('go whole into the next stream when there is no room left, with every row once', async () => {
    const { start, standing, server } = await openDm();
    const reply = start().open();
    const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
    const source = names.map((name) => `${longText(3_000)}\n\n${table(150, name)}`).join('\n\n');
    reply.show(view('working', text('e1', source.slice(0, 2_000), 'preview')));
    reply.show(view('ended', text('e1', source)));
    await reply.settled();
    const tables = blocksIn(standing()).filter(({ type }) => type === 'data_table');
    expect(tables.map(({ rows }) => (rows as unknown[]).length)).toEqual(names.map(() => 151));
    expect(server.problems()).toEqual([]);
  });

  test('that are longer than people wait for come in pieces, each with its head', async () => {
    const { start, standing, server } = await openDm();
    const reply = start().open();
    const source = table(420, 'a rather long name of a row');
    for (let length = 500; length < source.length; length += 500) {
      reply.show(view('working', text('e1', source.slice(0, length), 'preview')));
      await reply.settled();
    }
    reply.show(view('ended', text('e1', source)));
    await reply.settled();
    const tables = blocksIn(standing()).filter(({ type }) => type === 'table' || type === 'data_table');
    expect(tables.length).toBeGreaterThan(1);
    for (const { rows } of tables) expect(JSON.stringify((rows as unknown[])[0])).toMatch(/row".*"size"/);
    expect(JSON.stringify(tables).match(/row\d+/g)).toEqual(Array.from({ length: 420 }, (_, n) => `row${n}`));
    expect(server.problems()).toEqual([]);
  });
});

test('what people see of a stream never turns into something else', async () => {
  const { start, said, server } = await openDm(fastClock(20));
  const reply = start().open();
  const source =
    'It is **really** `npm ci` and [the page](https://a.example/x) with *stress*.\n\n- one **two**\n- three\n';
  const seen = new Set<string>();
  for (let length = 1; length <= source.length; length += 1) {
    reply.show(view('working', text('e1', source.slice(0, length), 'preview')));
    await reply.settled();
    for (const words of said()) seen.add(words);
  }
  reply.show(view('ended', text('e1', source)));
  await reply.settled();
  expect(seen.size).toBeGreaterThan(5);
  for (const words of seen) {
    expect(words.split('**')).toHaveLength(words.split('**').length | 1);
    expect(words.match(/\[/g)?.length ?? 0).toBe(words.match(/\]\(.*?\)/g)?.length ?? 0);
    expect((words.match(/`/g)?.length ?? 0) % 2).toBe(0);
  }
  expect(server.problems()).toEqual([]);
});
