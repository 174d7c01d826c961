import { expect, it } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { createAlarm } from '../../src/thread/alarm.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';

function start(clock: Clock = manualClock()) {
  let rung = 0;
  const alarm = createAlarm(clock, {
    onDue: () => {
      rung += 1;
    },
  });
  return { alarm, rung: () => rung, set: (ms: number) => alarm.set(clock.now() + ms) };
}

it('rings once, at the time that was set last, sooner or later than the one before', () => {
  const clock = manualClock();
  const { alarm, rung, set } = start(clock);
  set(100);
  clock.advance(60);
  set(100);
  clock.advance(60);
  expect(rung()).toBe(0);
  clock.advance(40);
  expect(rung()).toBe(1);
  set(100);
  set(10);
  clock.advance(10);
  expect(rung()).toBe(2);
  clock.advance(200);
  expect(rung()).toBe(2);
  set(10);
  alarm.set(Number.POSITIVE_INFINITY);
  clock.advance(50);
  expect(rung()).toBe(2);
});

it('takes no timer for being put off', () => {
  const clock = manualClock();
  let timers = 0;
  const counting: Clock = {
    now: clock.now,
    after(ms, run) {
      timers += 1;
      return clock.after(ms, run);
    },
  };
  const { set, rung } = start(counting);
  for (let n = 0; n < 100; n += 1) {
    set(1_000);
    clock.advance(1);
  }
  expect(timers).toBe(1);
  clock.advance(1_000);
  expect(rung()).toBe(1);
  expect(timers).toBeLessThan(4);
});

it('waits for longer than a timer can', () => {
  const clock = manualClock();
  const { set, rung } = start(clock);
  const days = 40;
  set(days * 24 * 3_600_000);
  for (let day = 1; day < days; day += 1) clock.advance(24 * 3_600_000);
  expect(rung()).toBe(0);
  clock.advance(24 * 3_600_000);
  expect(rung()).toBe(1);
});
