import { describe, expect, it } from 'vitest';
import { createAllowance } from '../../src/thread/allowance.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';

/** Takes one more whenever it may, and says at which ms each was taken. */
function setUp({ perMinute = 60, burst = 3, kept = 0 } = {}) {
  const clock = manualClock();
  const begun = clock.now();
  const allowance = createAllowance({ clock, perMinute, burst, kept });
  const taken: { name: string; at: number }[] = [];
  const take = (name: string, options?: Parameters<typeof allowance.take>[0]) =>
    void allowance.take(options).then(() => taken.push({ name, at: clock.now() - begun }));
  const pass = async (ms: number) => {
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await settled();
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await settled();
    }
  };
  const at = () => taken.map((each) => each.at);
  return { allowance, take, taken, pass, at };
}

describe('an allowance', () => {
  it('lets a burst go at once, and then so many a minute', async () => {
    const { take, pass, at } = setUp();
    for (let count = 0; count < 6; count += 1) take('any');
    await pass(3_000);
    expect(at()).toEqual([0, 0, 0, 1_000, 2_000, 3_000]);
  });

  it('saves no more than a burst while nobody takes', async () => {
    const { take, pass, at } = setUp();
    await pass(60_000);
    for (let count = 0; count < 4; count += 1) take('any');
    await pass(2_000);
    expect(at()).toEqual([60_000, 60_000, 60_000, 61_000]);
  });

  it('serves those who may wait after all others, and each in turn', async () => {
    const { take, taken, pass } = setUp({ burst: 1 });
    take('first');
    take('later', { later: true });
    take('later still', { later: true });
    take('soon');
    await pass(4_000);
    expect(taken.map(({ name }) => name)).toEqual(['first', 'soon', 'later', 'later still']);
  });

  it('keeps some for those who may not wait, and loses no time when one of them comes', async () => {
    const { take, taken, pass } = setUp({ burst: 3, kept: 2 });
    take('soon');
    take('later', { later: true });
    await pass(500);
    for (let count = 0; count < 3; count += 1) take('soon too');
    await pass(6_000);
    expect(taken.map(({ name, at }) => `${name} ${at}`)).toEqual([
      'soon 0',
      'soon too 500',
      'soon too 500',
      'soon too 1000',
      'later 4000',
    ]);
  });

  it('has room when nobody takes or waits to take, and for one after the other', async () => {
    const { allowance, take, taken, pass } = setUp({ burst: 2 });
    const room = (name: string) => void allowance.room().then(() => taken.push({ name, at: 0 }));
    for (let count = 0; count < 4; count += 1) take(`take ${count}`);
    room('room');
    take('rereads', { later: true });
    await pass(2_500);
    expect(allowance.isFree()).toBe(false);
    expect(taken.map(({ name }) => name)).toEqual(['take 0', 'take 1', 'take 2', 'take 3']);
    await pass(500);
    // It takes nothing of the allowance itself.
    expect(taken.slice(4).map(({ name }) => name)).toEqual(['room', 'rereads']);
    await pass(1_000);
    expect(allowance.isFree()).toBe(true);
  });

  it('lets nobody go while it is paused, and no burst after it', async () => {
    const { allowance, take, pass, at } = setUp();
    allowance.pause(5_000);
    for (let count = 0; count < 3; count += 1) take('any');
    await pass(7_000);
    expect(at()).toEqual([5_000, 5_000, 5_000]);
  });

  it('forgets who gives up, whose turn then is another’s', async () => {
    const { take, taken, pass } = setUp({ burst: 1 });
    const giving = new AbortController();
    take('first');
    take('gives up', { signal: giving.signal });
    take('last');
    giving.abort();
    await pass(1_000);
    expect(taken.map(({ name }) => name)).toEqual(['first', 'gives up', 'last']);
  });
});
