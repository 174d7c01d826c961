import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { type ThreadId, threadId } from '../../src/thread/ids.ts';
import type { Dispatcher, Run } from '../../src/thread/ports.ts';

/** A driver under test: what the owner of the process does with it, beyond what the hall sees. */
export interface Driver extends Dispatcher {
  start(conduct: (thread: ThreadId, run: Run) => Promise<void>): void;
  stop(): Promise<void>;
  running(): number;
}

const thread = (n: number) => threadId({ team: 'T1', channel: 'C1', root: `170000000${n}.000100` as never });

/** A clock that moves only when told, knows how much it still has to do, and overflows as the platform's timers do. */
export function manualClock(start = 1_700_000_000_000) {
  let now = start;
  const due = new Set<{ at: number; run: () => void }>();
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + (ms > 2 ** 31 - 1 ? 1 : ms), run };
      due.add(timer);
      return () => void due.delete(timer);
    },
  };
  const advance = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const next = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      due.delete(next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = end;
  };
  return { clock, advance, pending: () => due.size };
}

/** One run as the test holds it: open until it is told to end. */
interface Held {
  thread: ThreadId;
  run: Run;
  end(): void;
  fail(error: Error): void;
}

/** What every dispatcher driver owes the hall. */
export function dispatcherContract(name: string, make: (clock: Clock, log: pino.Logger) => Driver): void {
  describe(`the ${name} dispatcher`, () => {
    let driver: Driver;
    let time: ReturnType<typeof manualClock>;
    let logged: Record<string, unknown>[];
    let runs: Held[];

    const hold = (threadOfRun: ThreadId, run: Run) =>
      new Promise<void>((resolve, reject) => {
        runs.push({ thread: threadOfRun, run, end: resolve, fail: reject });
      });
    /** The n-th run ever started, once it has started. */
    const started = (n: number) =>
      vi.waitFor(() => {
        const held = runs[n - 1];
        if (!held) throw new Error(`run ${n} has not started`);
        return held;
      });
    const quiet = () => vi.waitFor(() => expect(driver.running()).toBe(0));
    /** Long enough for a run that should not start to start. */
    const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

    beforeEach(() => {
      time = manualClock();
      logged = [];
      runs = [];
      driver = make(time.clock, pino({}, { write: (line) => void logged.push(JSON.parse(line)) }));
    });
    afterEach(async () => {
      const stopped = driver.stop();
      for (const held of runs) held.end();
      await stopped;
    });

    test('runs a thread that is woken, but not while the waker is still busy', async () => {
      driver.start(hold);
      driver.wake(thread(1));
      expect(runs).toHaveLength(0);
      expect((await started(1)).thread).toBe(thread(1));
      expect(driver.running()).toBe(1);
    });

    test('keeps the wakes that come before the start, once per thread', async () => {
      for (const n of [1, 1, 2]) driver.wake(thread(n));
      driver.start(hold);
      await started(2);
      await settle();
      expect(runs.map((held) => held.thread)).toEqual([thread(1), thread(2)]);
    });

    test('never runs a thread twice at a time, and tells the run that listens', async () => {
      driver.start(hold);
      driver.wake(thread(1));
      const first = await started(1);
      let told = 0;
      first.run.onWake(() => told++);
      for (let i = 0; i < 3; i++) driver.wake(thread(1));
      await vi.waitFor(() => expect(told).toBe(3));
      expect(driver.running()).toBe(1);
      expect(runs).toHaveLength(1);
    });

    test('runs different threads at the same time', async () => {
      driver.start(hold);
      for (const n of [1, 2, 3]) driver.wake(thread(n));
      await started(3);
      expect(driver.running()).toBe(3);
    });

    test('starts no second run for a wake that was heard by a run which then stopped listening', async () => {
      driver.start(hold);
      driver.wake(thread(1));
      const first = await started(1);
      const heard = vi.fn();
      const stopListening = first.run.onWake(heard);
      driver.wake(thread(1));
      await vi.waitFor(() => expect(heard).toHaveBeenCalled());
      stopListening();
      first.end();
      await quiet();
      await settle();
      expect(runs).toHaveLength(1);
    });

    test.each([
      ['before it listens', (_: Run, wake: () => void) => wake()],
      [
        'after it stopped listening',
        (run: Run, wake: () => void) => {
          run.onWake(() => {})();
          wake();
        },
      ],
      [
        'at its very end, while it still listens',
        (run: Run, wake: () => void) => {
          run.onWake(() => {});
          wake();
        },
      ],
    ])('follows up with one run when wakes come %s', async (_, missedWake) => {
      driver.start(hold);
      driver.wake(thread(1));
      const first = await started(1);
      missedWake(first.run, () => driver.wake(thread(1)));
      missedWake(first.run, () => driver.wake(thread(1)));
      first.end();
      const second = await started(2);
      expect(second.thread).toBe(thread(1));
      second.end();
      await quiet();
      await settle();
      expect(runs).toHaveLength(2);
    });

    test('loses no wake, whenever it comes', async () => {
      const inbox = new Map<ThreadId, number>();
      let atWork = 0;
      const drain = async (id: ThreadId, run: Run) => {
        atWork++;
        let wakeUp = () => {};
        const stopListening = run.onWake(() => wakeUp());
        for (let idle = false; !idle; ) {
          const woken = new Promise<void>((resolve) => {
            wakeUp = resolve;
          });
          const taken = inbox.get(id) ?? 0;
          inbox.set(id, 0);
          if (taken > 0) continue;
          idle = await Promise.race([
            woken.then(() => false),
            new Promise<boolean>((done) => setImmediate(done, true)),
          ]);
        }
        stopListening();
        atWork--;
      };
      driver.start(drain);
      for (let i = 0; i < 500; i++) {
        const id = thread(i % 3);
        inbox.set(id, (inbox.get(id) ?? 0) + 1);
        driver.wake(id);
        if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (i % 7 === 0) await Promise.resolve();
      }
      await quiet();
      expect([...inbox.values()]).toEqual([0, 0, 0]);
      expect(atWork).toBe(0);
    });

    describe('the timer', () => {
      test('wakes a thread at its time and not before, once', async () => {
        driver.start(hold);
        driver.wakeAt(thread(1), time.clock.now() + 1000);
        time.advance(999);
        await settle();
        expect(runs).toHaveLength(0);
        time.advance(1);
        (await started(1)).end();
        await quiet();
        time.advance(100_000);
        await settle();
        expect(runs).toHaveLength(1);
      });

      test('is replaced by a later call, to sooner or to later', async () => {
        driver.start(hold);
        driver.wakeAt(thread(1), time.clock.now() + 1000);
        driver.wakeAt(thread(1), time.clock.now() + 5000);
        driver.wakeAt(thread(2), time.clock.now() + 5000);
        driver.wakeAt(thread(2), time.clock.now() + 1000);
        time.advance(1000);
        expect((await started(1)).thread).toBe(thread(2));
        await settle();
        expect(runs).toHaveLength(1);
        time.advance(4000);
        expect((await started(2)).thread).toBe(thread(1));
      });

      test('wakes at once for a time that has passed', async () => {
        driver.start(hold);
        driver.wakeAt(thread(1), time.clock.now() - 1000);
        time.advance(0);
        await started(1);
      });

      test('holds for longer than a platform timer can', async () => {
        driver.start(hold);
        const days = 24 * 3_600_000;
        driver.wakeAt(thread(1), time.clock.now() + 40 * days);
        time.advance(40 * days - 1);
        await settle();
        expect(runs).toHaveLength(0);
        time.advance(1);
        await started(1);
      });

      test('tells a run that is under way', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        const told = vi.fn();
        (await started(1)).run.onWake(told);
        driver.wakeAt(thread(1), time.clock.now() + 1000);
        time.advance(1000);
        await vi.waitFor(() => expect(told).toHaveBeenCalledOnce());
      });
    });

    describe('a run that fails', () => {
      test('is logged once with its thread, and stops nobody else', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        driver.wake(thread(2));
        await started(2);
        runs[0]?.fail(new Error('broken'));
        await vi.waitFor(() => expect(driver.running()).toBe(1));
        expect(logged).toHaveLength(1);
        expect(logged[0]).toMatchObject({ level: 50, threadId: thread(1), err: { message: 'broken' } });
        driver.wake(thread(1));
        expect((await started(3)).thread).toBe(thread(1));
      });

      test('is followed by the run it owes for a missed wake', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        const first = await started(1);
        driver.wake(thread(1));
        first.fail(new Error('broken'));
        await started(2);
      });

      test('may also fail before its first await', async () => {
        driver.start(() => {
          throw new Error('broken');
        });
        driver.wake(thread(1));
        await vi.waitFor(() => expect(logged).toHaveLength(1));
        await quiet();
      });
    });

    describe('stopping', () => {
      test('aborts every run and waits for all of them', async () => {
        driver.start(hold);
        for (const n of [1, 2]) driver.wake(thread(n));
        await started(2);
        let stopped = false;
        const stopping = driver.stop().then(() => {
          stopped = true;
        });
        expect(runs.map((held) => held.run.signal.aborted)).toEqual([true, true]);
        runs[0]?.end();
        await settle();
        expect(stopped).toBe(false);
        runs[1]?.end();
        await stopping;
        expect(driver.running()).toBe(0);
      });

      test('starts nothing new: no wake, no timer, no missed wake, nothing that was about to start', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        const first = await started(1);
        driver.wakeAt(thread(2), time.clock.now() + 1000);
        driver.wake(thread(1));
        driver.wake(thread(3));
        const stopping = driver.stop();
        driver.wake(thread(4));
        driver.wakeAt(thread(5), time.clock.now());
        first.end();
        await stopping;
        time.advance(10_000);
        await settle();
        expect(runs).toHaveLength(1);
        expect(driver.running()).toBe(0);
      });

      test('does not call it a failure when a run ends by the abort', async () => {
        driver.start(async (_, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          signal.throwIfAborted();
        });
        driver.wake(thread(1));
        await settle();
        await driver.stop();
        expect(logged).toEqual([]);
      });

      test('may be asked for twice, and without a start', async () => {
        driver.wake(thread(1));
        await Promise.all([driver.stop(), driver.stop()]);
        await driver.stop();
      });
    });

    test('is started once', () => {
      driver.start(hold);
      expect(() => driver.start(hold)).toThrow('started already');
    });
  });
}
