import { expect, test } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import { DM, eventually, FOOTER_WORDS, openSetting, step, text, view } from './setting.ts';

const openDm = () => openSetting({ channel: DM, clock: fastClock(20), limited: true });
const refusals = (calls: { httpStatus: number }[]) => calls.filter(({ httpStatus }) => httpStatus === 429);

test('when streams run short, further turns are messages; each stands once, and each stream is ended', async () => {
  const { start, said, server, calls, standing } = await openDm();
  const { open } = start();
  const replies = Array.from({ length: 30 }, (_, turn) => open(`turn${turn}`));
  const answer = (turn: number) => `Answer number ${turn}, and no other.`;
  for (const [turn, reply] of replies.entries()) {
    reply.show(view('working', text(`e${turn}`, answer(turn).slice(0, 10), 'preview')));
  }
  await eventually(() => expect(standing().length).toBeGreaterThanOrEqual(20));
  for (const [turn, reply] of replies.entries()) reply.show(view('ended', text(`e${turn}`, answer(turn))));
  await Promise.all(replies.map((reply) => reply.settled()));

  const words = said().join('\n');
  for (const turn of replies.keys()) expect(words.split(answer(turn))).toHaveLength(2);
  expect(words).not.toContain('Working on it');
  expect(standing().every(({ stream }) => stream === undefined || stream.state === 'completed')).toBe(true);
  const streamed = calls('chat.startStream').length;
  expect(streamed).toBeGreaterThan(5);
  expect(streamed).toBeLessThan(30);
  expect(calls('chat.stopStream')).toHaveLength(streamed);
  expect(refusals(server.calls())).toEqual([]);
  expect(server.problems()).toEqual([]);
});

test('a turn that cannot begin another stream goes on in messages, with nothing doubled and nothing half', async () => {
  const { start, said, fail } = await openDm();
  const { open } = start();
  const reply = open('turn1');
  const first = text('e1', 'I look at the log.');
  reply.show(view('waiting', first, step('rm', 'waiting')));
  await reply.settled();
  expect(said()).toEqual(['I look at the log.']);

  fail('chat.startStream', { type: 'rate_limited', retry_after_s: 3_000 });
  const other = open('turn2');
  other.show(view('working', text('o1', 'Another turn.', 'preview')));
  await eventually(() => expect(said().join()).toContain('Another turn.'));

  reply.show(view('working', first, step('rm'), text('e2', 'It is fu', 'preview')));
  await eventually(() => expect(said().join()).toContain('It is fu'));
  reply.show(view('ended', first, step('rm', 'done'), text('e2', 'It is full.')));
  await reply.settled();
  const own = said().filter((words) => !words.includes('Another turn.'));
  expect(own).toEqual(['I look at the log.', '[complete bash · rm]', `It is full.\n${FOOTER_WORDS}`]);
});

test('a turn that waits to begin its stream leaves it when it ends, and is a message', async () => {
  const { start, said, fail, calls } = await openDm();
  const { open } = start();
  fail('chat.startStream', { type: 'rate_limited', retry_after_s: 3_000 });
  const reply = open('turn1');
  reply.show(view('working', text('e1', 'It is', 'preview')));
  await eventually(() => expect(calls('chat.startStream')).toHaveLength(1));
  reply.show(view('ended', text('e1', 'It is full.')));
  await reply.settled();
  expect(said()).toEqual([`It is full.\n${FOOTER_WORDS}`]);
  expect(calls('chat.startStream')).toHaveLength(1);
});

test('an answer whose end cannot be appended is told to its end in a message', async () => {
  const { start, said, fail, calls, standing, session } = await openDm();
  const reply = start().open();
  reply.show(view('working', text('e1', 'The disk is', 'preview')));
  await eventually(() => expect(said()).toEqual(['The disk ']));
  fail('chat.appendStream', { type: 'rate_limited', retry_after_s: 3_000 });
  reply.show(view('working', text('e1', 'The disk is full, as the log', 'preview')));
  await eventually(() => expect(calls('chat.appendStream')).toHaveLength(1));
  reply.show(view('ended', text('e1', 'The disk is full, as the log is never cut.')));
  await reply.settled();
  expect(said()).toEqual(['The disk ', `is full, as the log is never cut.\n${FOOTER_WORDS}`]);
  expect(standing()[0]?.stream?.state).toBe('completed');
  expect(calls('chat.appendStream')).toHaveLength(1);
  expect(session()).toBe('active');
});
