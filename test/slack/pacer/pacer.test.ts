import { WebAPIPlatformError } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import type { Write } from '../../../src/slack/pacer/pacer.ts';
import type { WriteClass } from '../../../src/slack/pacer/queue.ts';
import { EDIT, settle, setUp } from './hand.ts';

describe('a write', () => {
  test('goes out at once and gives back what the call gave', async () => {
    const { write, names } = setUp();
    const written = write('hello');
    expect(names()).toEqual(['hello']);
    expect(await written).toBe('hello');
  });

  test('that fails is the caller’s, and stops nobody else', async () => {
    const { pacer, write } = setUp();
    const where: Write = { method: 'chat.postMessage', channel: 'C1', thread: 't1', class: () => 'final' };
    await expect(pacer.write(where, () => Promise.reject(new Error('not_in_channel')))).rejects.toThrow();
    const throws = () => {
      throw new Error('cannot be rendered');
    };
    await expect(pacer.write(where, throws)).rejects.toThrow('cannot be rendered');
    expect(await write('other', { class: 'final' })).toBe('other');
  });

  test('is not held up by a slow one', async () => {
    const { pacer, write } = setUp();
    void pacer.write({ method: 'chat.update', thread: 'a', class: () => 'progress' }, () => new Promise(() => {}));
    expect(await write('other', { class: 'final' })).toBe('other');
  });
});

describe('a bucket', () => {
  test('begins with what Slack takes at once, and then gives as much as it gives', async () => {
    const { burst, sent, pass } = setUp();
    burst(6, { class: 'final' });
    await pass(4_000);
    expect(sent.map(([, ms]) => Math.round(ms / 100) / 10)).toEqual([0, 0, 0, 1, 2, 3]);
  });

  test.each([
    ['chat.update', 50],
    ['chat.startStream', 20],
    ['chat.stopStream', 20],
    ['chat.appendStream', 100],
  ])('of %s holds a minute’s allowance, %i', async (method, perMinute) => {
    const { burst, sent, pass } = setUp();
    burst(perMinute + 10, { ...EDIT, method, class: 'final' });
    await settle();
    expect(sent).toHaveLength(perMinute);
    await pass(60_000 / perMinute + 100);
    expect(sent).toHaveLength(perMinute + 1);
  });

  test('fills up again, and no further', async () => {
    const { burst, sent, pass } = setUp();
    burst(3, { class: 'final' });
    await pass(60_000, 1_000);
    burst(9, { class: 'final' });
    await settle();
    expect(sent).toHaveLength(6);
  });

  test('counts a call as late as its answer, so that Slack never has fewer tokens', async () => {
    const { pacer, clock, sent, write, pass } = setUp();
    let answer = () => {};
    const slow: Write = { method: 'chat.postMessage', channel: 'C1', thread: 'slow', class: () => 'final' };
    void pacer.write(slow, () => new Promise<void>((resolve) => (answer = resolve)));
    await pass(5_000);
    answer();
    await settle();
    for (const name of ['a', 'b', 'c']) void write(name, { class: 'final' });
    const answered = clock.now();
    await pass(2_000);
    const first = sent[0]?.[1] ?? 0;
    expect(sent.map(([name, ms]) => [name, ms - first <= 50 ? 'at once' : 'later'])).toEqual([
      ['a', 'at once'],
      ['b', 'at once'],
      ['c', 'later'],
    ]);
    expect(clock.now()).toBeGreaterThan(answered);
  });

  test('without limits takes everything, until Slack refuses something', async () => {
    const { burst, sent, refuse, pass } = setUp({ limits: 'none' });
    burst(100, { class: 'progress' });
    await settle();
    expect(sent).toHaveLength(100);
    void refuse(2);
    await settle();
    burst(10, { class: 'final' });
    await pass(2_900);
    expect(sent.slice(100).map(([, ms]) => ms >= 2_000)).toEqual([true]);
  });
});

describe('a refusal', () => {
  test('makes its write wait for as long as Slack says, and go out then', async () => {
    const { refuse, sent, pass } = setUp();
    const refused = refuse(7);
    await pass(6_900);
    expect(sent).toEqual([]);
    await pass(200);
    expect(await refused).toBe('refused');
  });

  test('said as ok:false counts too, and waits longer each time', async () => {
    const { pacer, clock, pass } = setUp();
    const began = clock.now();
    const calls: number[] = [];
    const where: Write = { method: 'chat.postMessage', channel: 'C1', thread: 't1', class: () => 'final' };
    const written = pacer.write(where, async () => {
      calls.push(clock.now() - began);
      if (calls.length < 4) throw new WebAPIPlatformError({ ok: false, error: 'ratelimited' });
      return 'sent';
    });
    await pass(10_000);
    expect(await written).toBe('sent');
    expect(calls.map((ms) => Math.round(ms / 1_000))).toEqual([0, 1, 3, 7]);
  });

  test('delays its own channel and method, and nothing else', async () => {
    const { refuse, write, names, pacer } = setUp();
    void refuse(50);
    await settle();
    void write('same', { class: 'final' });
    void write('channel', { channel: 'C2', class: 'final' });
    void write('method', { ...EDIT, class: 'final' });
    expect(names()).toEqual(['channel', 'method']);
    expect(pacer.waiting()).toMatchObject([{ method: 'chat.postMessage', channel: 'C1', class: 'final', count: 2 }]);
  });

  test('empties the bucket, and lowers its rate a little for a while', async () => {
    const { refuse, burst, sent, pass } = setUp();
    void refuse(5);
    await settle();
    burst(11, { class: 'final' });
    await pass(5_000 + 10_500);
    // One at once, then one in 1.1 s.
    expect(sent).toHaveLength(10);
    await pass(6 * 60_000, 1_000);
    sent.length = 0;
    burst(30, { class: 'final' });
    await pass(10_500);
    expect(sent).toHaveLength(3 + 10);
  });

  test('of several that were under way together lowers the rate once', async () => {
    const { refuse, sent, burst, pass } = setUp();
    for (const thread of ['a', 'b', 'c']) void refuse(5, { thread });
    await settle();
    burst(11, { class: 'final' });
    await pass(5_000 + 10_500);
    expect(sent).toHaveLength(10);
  });

  test('costs what was taken before it nothing', async () => {
    const { pacer, refuse, sent, burst, pass } = setUp();
    let answer = () => {};
    const slow: Write = { method: 'chat.postMessage', channel: 'C1', thread: 'slow', class: () => 'final' };
    void pacer.write(slow, () => new Promise<void>((resolve) => (answer = resolve)));
    void refuse(5);
    await settle();
    answer();
    burst(5, { class: 'final' });
    await pass(5_050);
    expect(sent).toHaveLength(1);
  });
});

describe('what waits', () => {
  const busy = async () => {
    const all = setUp();
    const first = all.refuse(20);
    await settle();
    return { ...all, first };
  };

  test('goes in order of class, and threads take turns inside a class', async () => {
    const { write, names, pass } = await busy();
    void write('a1', { thread: 'a' });
    void write('a2', { thread: 'a' });
    void write('b1', { thread: 'b' });
    void write('ack', { class: 'ack', thread: 'b' });
    void write('question', { class: 'question', thread: 'b' });
    void write('final 1', { class: 'final', thread: 'a' });
    void write('final 2', { class: 'final', thread: 'a' });
    void write('final 3', { class: 'final', thread: 'c' });
    void write('sight', { class: 'first-sight', thread: 'c' });
    await pass(45_000);
    const finals = ['refused', 'final 1', 'final 3', 'final 2'];
    expect(names()).toEqual([...finals, 'question', 'ack', 'sight', 'a1', 'b1', 'a2']);
  });

  test('may rise while it waits', async () => {
    const { write, names, pass } = await busy();
    let rank: WriteClass = 'progress';
    void write('risen', { class: () => rank, thread: 'a' });
    void write('question', { class: 'question', thread: 'b' });
    rank = 'final';
    await pass(23_000);
    expect(names()).toEqual(['refused', 'risen', 'question']);
  });

  test('is asked at once when its thread is roused', async () => {
    const { write, names, pass, pacer } = setUp();
    for (const name of ['a', 'b']) void write(name, { class: 'final', thread: 'x' });
    await pass(400);
    let rank: WriteClass | null = 'progress';
    void write('risen', { class: () => rank, thread: 'mine' });
    expect(names()).toEqual(['a', 'b']);
    rank = 'final';
    pacer.rouse('another');
    expect(names()).toEqual(['a', 'b']);
    pacer.rouse('mine');
    expect(names()).toEqual(['a', 'b', 'risen']);
  });

  test('leaves without a token when nobody wants it any more', async () => {
    const { write, names, pass, pacer, sent } = await busy();
    let rank: WriteClass | null = 'final';
    const dead = write('dead', { class: () => rank });
    const empty = pacer.write(
      { method: 'chat.postMessage', channel: 'C1', thread: 't2', class: () => 'final' },
      () => null,
    );
    void write('alive', { class: 'question', thread: 't3' });
    await pass(1_000);
    expect(pacer.waiting().map(({ count }) => count)).toEqual([3, 1]);
    rank = null;
    await pass(300);
    expect(await dead).toBeNull();
    expect(pacer.waiting().map(({ count }) => count)).toEqual([2, 1]);
    await pass(20_000);
    expect(await empty).toBeNull();
    expect(names()).toEqual(['refused', 'alive']);
    // The second token came 1.1 s after the first.
    expect(sent[1]?.[1]).toBeLessThan(21_300);
  });

  test('leaves nothing behind when it has gone', async () => {
    const { pacer, pass, first } = await busy();
    await pass(25_000);
    await first;
    expect(pacer.waiting()).toEqual([]);
  });

  test('says why, and until when', async () => {
    const { pacer, clock, write, burst, pass, refuse } = setUp();
    burst(3, { class: 'final' });
    burst(2, { class: 'final', thread: 'a' });
    void write('sight', { class: 'first-sight', thread: 'b' });
    await settle();
    const now = clock.now();
    const channel = { method: 'chat.postMessage', channel: 'C1' };
    expect(pacer.waiting()).toEqual([
      { ...channel, class: 'final', count: 2, until: now + 1_010, reason: 'spent' },
      { ...channel, class: 'first-sight', count: 1, until: now + 2_010, reason: 'behind' },
    ]);
    await pass(3_200);
    expect(pacer.waiting()).toMatchObject([{ ...channel, class: 'first-sight', count: 1, reason: 'kept' }]);
    void refuse(9, { channel: 'C2' });
    void write('again', { ...EDIT, class: 'progress' });
    void write('once more', { ...EDIT, class: 'progress' });
    await settle();
    const elsewhere = pacer.waiting().slice(1);
    expect(elsewhere).toMatchObject([
      { method: 'chat.postMessage', channel: 'C2', class: 'final', until: clock.now() + 9_000, reason: 'refused' },
      { method: 'chat.update', class: 'progress', count: 1, reason: 'spread' },
    ]);
    expect(elsewhere[1]).not.toHaveProperty('channel');
  });
});

describe('a first sight', () => {
  const begin = (write: ReturnType<typeof setUp>['write'], threads: number) => {
    for (let n = 0; n < threads; n += 1) void write(`sight ${n}`, { class: 'first-sight', thread: `t${n}` });
  };

  test('in a channel leaves one post for an answer, and two where several threads are at work', async () => {
    const { write, names, pass } = setUp();
    begin(write, 3);
    expect(names()).toHaveLength(2);
    void write('final', { class: 'final', thread: 't1' });
    expect(names().at(-1)).toBe('final');

    const other = setUp();
    begin(other.write, 8);
    await other.pass(5_000);
    const before = other.names().length;
    for (const thread of ['t1', 't2']) void other.write('final', { class: 'final', thread });
    expect(other.names().slice(before)).toEqual(['final', 'final']);

    await pass(90_000, 1_000);
    const quiet = names().length;
    void write('a', { class: 'first-sight', thread: 'a' });
    void write('b', { class: 'first-sight', thread: 'b' });
    expect(names().slice(quiet)).toEqual(['a', 'b']);
  });

  test('comes before progress', async () => {
    const { write, names, pass } = setUp();
    for (let n = 0; n < 3; n += 1) void write('final', { class: 'final' });
    void write('progress', { thread: 'a' });
    void write('sight', { class: 'first-sight', thread: 'b' });
    await pass(5_000);
    expect(names().slice(3)).toEqual(['sight', 'progress']);
  });
});

describe('progress', () => {
  test('leaves tokens for what is more urgent', async () => {
    const { burst, write, names, pass } = setUp();
    burst(500, { ...EDIT });
    await pass(19_000, 250);
    const before = names().length;
    for (let n = 0; n < 20; n += 1) void write(`final ${n}`, { ...EDIT, class: 'final' });
    expect(names().length - before).toBeGreaterThanOrEqual(10);
  });

  test('leaves some even when it has waited for long', async () => {
    const { burst, write, names, pass } = setUp();
    burst(500, { ...EDIT });
    await pass(120_000, 1_000);
    const before = names().length;
    for (let n = 0; n < 20; n += 1) void write(`final ${n}`, { ...EDIT, class: 'final' });
    expect(names().length - before).toBeGreaterThanOrEqual(5);
  });

  test.each<[WriteClass, { threads: number; least: number; most: number; atOnce: number }]>([
    // A minute's allowance and what was there at the beginning, without what is kept for others until they age.
    ['words', { threads: 30, least: 85, most: 95, atOnce: 18 }],
    ['progress', { threads: 10, least: 70, most: 75, atOnce: 5 }],
  ])('of many threads (%s) takes turns, spread over what the budget gives', async (rank, expected) => {
    const { clock, pacer, pass } = setUp();
    const began = clock.now();
    const seen: { thread: number; ms: number }[] = [];
    // Each has something new all the time, and one write that waits.
    const show = (thread: number): void => {
      const write: Write = { method: 'chat.update', thread: `t${thread}`, class: () => rank };
      void pacer
        .write(write, async () => seen.push({ thread, ms: clock.now() - began }))
        .then(() => clock.after(1_000, () => show(thread)));
    };
    const threads = Array.from({ length: expected.threads }, (_, thread) => thread);
    for (const thread of threads) show(thread);
    await pass(60_000);
    const counts = threads.map((thread) => seen.filter((each) => each.thread === thread).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(seen.length).toBeGreaterThanOrEqual(expected.least);
    expect(seen.length).toBeLessThanOrEqual(expected.most);
    // No burst at the beginning that makes everybody wait afterwards.
    expect(seen.filter(({ ms }) => ms < 1_000).length).toBeLessThanOrEqual(expected.atOnce);
  });

  test('leaves half to words, which go before it', async () => {
    const { burst, write, names, pass } = setUp();
    for (let n = 0; n < 60; n += 1) void write('step', { ...EDIT, thread: `s${n % 10}` });
    await pass(15_000, 250);
    const before = names().length;
    burst(20, { ...EDIT, class: 'words' });
    await pass(4_000);
    const after = names().slice(before);
    expect(after.filter((name) => name !== 'step').length).toBeGreaterThanOrEqual(12);
    expect(after).not.toContain('step');
  });

  test('that takes a post waits among many until it has aged, and among few until the bucket is full', async () => {
    const { write, sent, pass } = setUp();
    const at = (name: string) => sent.find(([each]) => each === name)?.[1];
    void write('few', { thread: 't1' });
    await pass(1_000);
    for (const thread of ['t2', 't3', 't4']) void write(`final ${thread}`, { class: 'final', thread });
    await pass(9_000);
    void write('steps', { thread: 't2' });
    void write('words', { class: 'words', thread: 't3' });
    await pass(40_000);
    expect(at('few')).toBe(0);
    expect(at('words')).toBeGreaterThanOrEqual(20_000);
    expect(at('words')).toBeLessThan(21_000);
    expect(at('steps')).toBeGreaterThanOrEqual(30_000);
    expect(at('steps')).toBeLessThan(31_000);
  });

  test('of a single thread comes as often as it likes', async () => {
    const { write, sent, pass } = setUp();
    for (let second = 0; second < 30; second += 1) {
      void write(`${second}`, { ...EDIT });
      await pass(1_000);
    }
    expect(sent.map(([, ms]) => ms)).toEqual(Array.from({ length: 30 }, (_, second) => second * 1_000));
  });

  test('does not starve behind what comes all the time, and never goes before finals and questions', async () => {
    const { write, names, sent, pass } = setUp();
    void write('progress', { thread: 'slow' });
    void write('old', { thread: 'old' });
    for (let second = 0; second < 60; second += 1) {
      void write(`sight ${second}`, { class: 'first-sight', thread: `s${second}` });
      void write(`sight ${second}b`, { class: 'first-sight', thread: `s${second}b` });
      await pass(1_000);
    }
    const [, ms] = sent.find(([name]) => name === 'old') ?? [];
    expect(ms).toBeGreaterThanOrEqual(20_000);
    expect(ms).toBeLessThan(45_000);

    const queued = names().length;
    void write('oldest', { thread: 'oldest' });
    for (let second = 0; second < 60; second += 1) {
      void write('final', { class: 'final', thread: `f${second}` });
      void write('question', { class: 'question', thread: `q${second}` });
      await pass(1_000);
    }
    expect(names().slice(queued)).not.toContain('oldest');
  });
});

describe('room', () => {
  test('is what a turn that begins could spend, after all that waits', async () => {
    const { pacer, burst, refuse } = setUp();
    const kind = { method: 'chat.startStream' };
    expect(pacer.room(kind)).toBe(18);
    burst(15, { ...EDIT, ...kind, class: 'final' });
    await settle();
    expect(pacer.room(kind)).toBe(2);
    burst(8, { ...EDIT, ...kind, class: 'first-sight' });
    expect(pacer.room(kind)).toBe(0);
    void refuse(60, { method: 'chat.appendStream' });
    await settle();
    expect(pacer.room({ method: 'chat.appendStream', channel: 'C1' })).toBe(0);
  });
});
