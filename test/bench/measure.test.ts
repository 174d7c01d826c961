import { describe, expect, test } from 'vitest';
import { markersIn } from './marker.ts';
import { measure } from './measure.ts';
import { type Call, callOf, type Frame, frameOf, type Recorded } from './record.ts';

const thread = { channel: 'C1', place: 'channel' as const, deliveredAt: 1_000 };

const call = (at: number, method: string, more: Partial<Call> = {}): Call => {
  return { at, method, status: 200, ok: true, channel: 'C1', thread: 0, ts: '1.1', shows: '', ...more };
};
const frame = (at: number, type: Frame['type'], text: string, of = 0): Frame => {
  return { at, thread: of, type, markers: markersIn(text), length: text.length };
};
const recorded = (more: Partial<Recorded>): Recorded => ({
  threads: [thread],
  calls: [],
  frames: [],
  ending: [],
  usage: { idleRss: 0, peakRss: 0, cpuMs: 0 },
  ...more,
});
const standing = (ts: string, text: string) => ({ thread: 0, ts, markers: markersIn(text) });

describe('delays', () => {
  test('a first sight is the first message in the thread, not a refused post', () => {
    const calls = [
      call(1_010, 'agents.sessions.setStatus', { ts: null }),
      call(1_020, 'chat.postMessage', { ok: false, status: 429, ts: null }),
      call(1_050, 'chat.postMessage'),
    ];
    expect(measure(recorded({ calls })).delays.firstSight).toEqual([50]);
    expect(measure(recorded({})).delays.firstSight).toEqual([null]);
  });

  test('a status is a first sight in a direct message, and only there', () => {
    const calls = [call(1_010, 'agents.sessions.setStatus', { ts: null }), call(1_050, 'chat.startStream')];
    const sight = (place: 'channel' | 'dm') => measure(recorded({ calls, threads: [{ ...thread, place }] }));
    expect(sight('dm').delays.firstSight).toEqual([10]);
    expect(sight('channel').delays.firstSight).toEqual([50]);
  });

  test('a delta is seen where its marker is first shown, in whichever message', () => {
    const calls = [
      call(1_050, 'chat.postMessage', { shows: 'z0z0z0z' }),
      call(1_900, 'chat.update', { shows: 'z0z0z0z z0z0z1z' }),
    ];
    const frames = [
      frame(1_000, 'delta', 'z0z0z0z'),
      frame(1_100, 'delta', 'z0z0z1z'),
      frame(1_200, 'delta', 'z0z0z2z'),
    ];
    expect(measure(recorded({ calls, frames })).delays.delta).toEqual([50, 800, null]);
  });

  test('a marker that a stream tears is whole with its second half', () => {
    const calls = [
      call(1_000, 'chat.startStream', { shows: 'words z0z' }),
      call(1_500, 'chat.appendStream', { shows: '0z12z words' }),
    ];
    const frames = [frame(900, 'delta', 'z0z0z12z')];
    expect(measure(recorded({ calls, frames })).delays.delta).toEqual([600]);
  });

  test('a final counts from where it stands in the end, whole', () => {
    const text = 'z0z0z0z z0z0z1z';
    const calls = [
      // A preview that goes away.
      call(2_000, 'chat.update', { ts: '1.1', shows: text }),
      call(2_300, 'chat.postMessage', { ts: '1.2', shows: 'z0z0z0z' }),
      call(2_400, 'chat.postMessage', { ts: '1.3', shows: 'z0z0z1z' }),
    ];
    const frames = [frame(2_000, 'message', text)];
    const ending = [standing('1.2', 'z0z0z0z'), standing('1.3', 'z0z0z1z')];
    expect(measure(recorded({ calls, frames, ending })).delays.final).toEqual([400]);
  });

  test('of several texts of a turn the last one is the answer', () => {
    const frames = [frame(2_000, 'message', 'z0z0z0z'), frame(3_000, 'message', 'z0z1z0z')];
    const calls = [call(3_010, 'chat.postMessage', { shows: 'z0z0z0z z0z1z0z' })];
    const ending = [standing('1.1', 'z0z0z0z z0z1z0z')];
    expect(measure(recorded({ calls, frames, ending })).delays.final).toEqual([10]);
  });

  test('a question is seen with its button', () => {
    const frames = [frame(2_000, 'question', 'z0z3z0z')];
    const calls = [
      call(2_010, 'chat.update', { shows: 'bash · z0z3z0z' }),
      call(2_200, 'chat.postMessage', { ts: '1.2', shows: 'z0z3z0z "action_id":"drawbridge:gate:approve"' }),
    ];
    expect(measure(recorded({ calls, frames })).delays.question).toEqual([200]);
  });
});

describe('what stands in the end', () => {
  const frames = [frame(2_000, 'message', 'z0z0z0z z0z0z1z'), frame(3_000, 'message', 'z0z1z0z')];
  const count = (...texts: string[]) => {
    const ending = texts.map((text, index) => standing(`1.${index}`, text));
    const { lost, doubled, reordered } = measure(recorded({ frames, ending }));
    return { lost, doubled, reordered };
  };

  test.each([
    ['all is well', ['z0z0z0z z0z0z1z', 'z0z1z0z'], {}],
    ['a text is missing', ['z0z0z0z z0z0z1z'], { lost: 1 }],
    ['half of one is', ['z0z0z0z', 'z0z1z0z'], { lost: 1 }],
    ['one stands twice', ['z0z0z0z z0z0z1z', 'z0z1z0z', 'z0z1z0z'], { doubled: 1 }],
    ['one stands above the one before', ['z0z1z0z', 'z0z0z0z z0z0z1z'], { reordered: 1 }],
    ['one is out of order in itself', ['z0z0z1z z0z0z0z', 'z0z1z0z'], { reordered: 1 }],
  ])('%s', (_, texts, found) => {
    expect(count(...texts)).toEqual({ lost: 0, doubled: 0, reordered: 0, ...found });
  });
});

test('calls are counted for each answer, and reads are no writes', () => {
  const calls = [
    call(0, 'auth.test'),
    call(1, 'chat.postMessage'),
    call(2, 'chat.update'),
    call(3, 'chat.update', { ok: false, status: 429 }),
    call(4, 'users.info', { ts: null }),
  ];
  const { callsPerAnswer, writesPerAnswer, refused, calls: counted } = measure(recorded({ calls }));
  expect(callsPerAnswer).toEqual({ 'chat.update': 2, 'chat.postMessage': 1, 'users.info': 1 });
  expect({ writesPerAnswer, refused, counted }).toEqual({ writesPerAnswer: 3, refused: 1, counted: 4 });
});

test('the bound takes answers and questions of a channel together, and leaves direct messages out', () => {
  const threads = [...Array.from({ length: 5 }, () => thread), { ...thread, channel: 'D1', place: 'dm' as const }];
  const frames = threads.map((_, index) => frame(2_000, 'message', `z${index}z0z0z`, index));
  const { bound } = measure(recorded({ threads, frames: [...frames, frame(2_000, 'question', 'z0z1z0z')] }));
  expect(bound.final).toEqual([0, 0, 0, 1_000, 2_000, 0]);
  expect(bound.question).toEqual([3_000]);
});

describe('what the servers tell', () => {
  const places = { threadOf: (root: string) => (root === '1.0' ? 7 : undefined), threadOfMessage: () => 8 };
  const answered = (
    method: string,
    args: Record<string, unknown>,
    response: Record<string, unknown> = { ok: true },
  ) => {
    return callOf({ method, args, at: 1, token: 'bot', response, httpStatus: 200 }, places);
  };

  test('a post is of the thread it is posted to, and stands where Slack says', () => {
    const posted = answered(
      'chat.postMessage',
      { channel: 'C1', thread_ts: '1.0', text: 'a' },
      { ok: true, ts: '1.5' },
    );
    expect(posted).toMatchObject({ thread: 7, ts: '1.5', channel: 'C1', shows: 'a' });
    expect(answered('chat.update', { ts: '1.5', text: 'a' })).toMatchObject({ thread: 8, ts: '1.5' });
  });

  test('the text beside blocks is for notifications, and is not read', () => {
    const blocks = [{ type: 'markdown', text: 'z1z1z1z' }];
    expect(markersIn(answered('chat.update', { ts: '1.5', text: 'z2z2z2z', blocks }).shows)).toHaveLength(1);
  });

  test('events are told apart', () => {
    const where = { at: 5, thread: 1 };
    const delta = { type: 'content_delta' as const, index: 0, content: { type: 'text' as const, text: 'z1z2z3z' } };
    const event = { id: 'e', processed_at: null };
    expect(frameOf({ type: 'event_delta', event_id: 'e', delta }, where)).toMatchObject({
      type: 'delta',
      markers: [{ thread: 1, step: 2, delta: 3 }],
    });
    const content = [{ type: 'text', text: 'z1z2z3z' }];
    expect(frameOf({ ...event, type: 'agent.message', content }, where)).toMatchObject({ type: 'message', length: 7 });
    const use = { ...event, type: 'agent.tool_use', input: { command: 'z1z2z0z' } };
    expect(frameOf({ ...use, evaluated_permission: 'ask' }, where)).toMatchObject({ type: 'question' });
    expect(frameOf({ ...use, evaluated_permission: 'allow' }, where)).toMatchObject({ type: 'other' });
  });
});
