import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { type Attendance, createAttendance } from '../../src/thread/attendance.ts';
import type { Registry } from '../../src/thread/gate-ports.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One store, and a process after the other that uses it. */
function setUp() {
  const clock = manualClock();
  let stored: unknown;
  let isFull = false;
  const registry: Registry = {
    load: async () => structuredClone(stored),
    async change(_, change) {
      if (isFull) throw new Error('disk full');
      stored = change(stored);
      return stored;
    },
  };
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  let process = { isDead: false };
  const start = async (): Promise<Attendance> => {
    // Only one at a time: the one before is gone, however it went.
    crash();
    const own = process;
    const after: Clock['after'] = (ms, run) => clock.after(ms, () => own.isDead || run());
    const attendance = createAttendance({ registry, clock: { ...clock, after }, log });
    await attendance.begin();
    return attendance;
  };
  const crash = () => {
    process.isDead = true;
    process = { isDead: false };
  };
  const fill = (full: boolean) => {
    isFull = full;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, start, crash, fill, logged, settled };
}

describe('attendance', () => {
  it('knows of no absence at the very first start', async () => {
    const { start, clock } = setUp();
    const first = await start();
    clock.advance(HOUR);
    expect(first.last()).toBeNull();
    expect(first.missedMs(clock.now() - HOUR)).toBe(0);
  });

  it('tells how long nobody was there after a clean stop', async () => {
    const { start, clock } = setUp();
    const first = await start();
    clock.advance(10 * MINUTE + 7);
    await first.end();
    const from = clock.now();
    clock.advance(2 * HOUR);
    const second = await start();
    expect(second.last()).toEqual({ from, to: clock.now() });
    clock.advance(HOUR);
    expect(second.missedMs(from)).toBe(2 * HOUR);
    expect(second.missedMs(from + 30 * MINUTE)).toBe(1.5 * HOUR);
    expect(second.missedMs(clock.now())).toBe(0);
  });

  it('tells it to the minute after a crash', async () => {
    const { start, crash, clock, settled } = setUp();
    await start();
    const begun = clock.now();
    clock.advance(10 * MINUTE + 30_000);
    await settled();
    crash();
    clock.advance(HOUR);
    expect((await start()).last()).toEqual({ from: begun + 10 * MINUTE, to: clock.now() });
  });

  it('forgets no absence over the next restart, and takes failed starts for a part of one', async () => {
    const { start, clock } = setUp();
    await (await start()).end();
    const from = clock.now();
    clock.advance(HOUR);
    await (await start()).end();
    clock.advance(20_000);
    const third = await start();
    expect(third.last()).toEqual({ from, to: clock.now() });
    clock.advance(HOUR);
    await third.end();
    clock.advance(5 * MINUTE);
    const fourth = await start();
    expect(fourth.missedMs(from)).toBe(HOUR + 20_000 + 5 * MINUTE);
  });

  it('counts what was missed by a process that ran', async () => {
    const { start, clock } = setUp();
    const first = await start();
    clock.advance(HOUR);
    await first.missed({ from: clock.now() - 20 * MINUTE, to: clock.now() });
    expect(first.missedMs(clock.now() - HOUR)).toBe(20 * MINUTE);
    await first.end();
    expect((await start()).missedMs(clock.now() - HOUR)).toBe(20 * MINUTE);
  });

  it('forgets it after 30 days', async () => {
    const { start, clock } = setUp();
    await (await start()).end();
    clock.advance(HOUR);
    const second = await start();
    clock.advance(31 * 24 * HOUR);
    await second.end();
    clock.advance(10 * MINUTE);
    expect((await start()).missedMs(0)).toBe(10 * MINUTE);
  });

  it('goes on when a note cannot be written, and notes the next one', async () => {
    const { start, crash, clock, fill, logged, settled } = setUp();
    await start();
    fill(true);
    clock.advance(MINUTE);
    await settled();
    expect(logged.join('')).toContain('attendance not noted');
    fill(false);
    clock.advance(MINUTE);
    await settled();
    const noted = clock.now();
    crash();
    clock.advance(HOUR);
    expect((await start()).last()).toEqual({ from: noted, to: clock.now() });
  });
});
