import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { KeepError } from '../../src/thread/errors.ts';
import { type ThreadId, threadId } from '../../src/thread/ids.ts';
import type { Dispatcher, Run } from '../../src/thread/ports.ts';
import { eventually } from '../eventually.ts';

/** A driver under test: what the owner of the process does with it, beyond what the hall sees. */
interface Driver extends Dispatcher {
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

/** Makes a driver; all that it makes, one after the other, remember the same. */
export type MakeDriver = (clock: Clock, log: pino.Logger) => Driver;

/** What every dispatcher driver owes the hall. `remembering` begins a memory of its own. */
export function dispatcherContract(name: string, remembering: () => MakeDriver): void {
  describe(`the ${name} dispatcher`, () => {
    let make: () => Driver;
    let driver: Driver;
    let former: Driver[];
    let time: ReturnType<typeof manualClock>;
    let logged: Record<string, unknown>[];
    /** Of the process that is there now, and of all that were. */
    let runs: Held[];
    let all: Held[];

    const hold = (threadOfRun: ThreadId, run: Run) =>
      new Promise<void>((resolve, reject) => {
        const held = { thread: threadOfRun, run, end: resolve, fail: reject };
        runs.push(held);
        all.push(held);
      });
    /** The n-th run ever started, once it has started. */
    const started = (n: number) =>
      eventually(() => {
        const held = runs[n - 1];
        if (!held) throw new Error(`run ${n} has not started`);
        return held;
      });
    const quiet = () => eventually(() => expect(driver.running()).toBe(0));
    /** Long enough for a run that should not start to start. */
    const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

    beforeEach(() => {
      time = manualClock();
      logged = [];
      runs = [];
      all = [];
      former = [];
      const log = pino({}, { write: (line) => void logged.push(JSON.parse(line)) });
      const makeDriver = remembering();
      make = () => makeDriver(time.clock, log);
      driver = make();
    });
    afterEach(async () => {
      const stopped = Promise.all([driver, ...former].map((each) => each.stop()));
      for (const held of all) held.end();
      await stopped;
    });

    /** Another process takes over. Of the one before nothing is heard any more, whatever it was doing. */
    const takeOver = (conduct: (id: ThreadId, run: Run) => Promise<void> = hold) => {
      former.push(driver);
      runs = [];
      driver = make();
      driver.start(conduct);
    };

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
      await eventually(() => expect(told).toBe(3));
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
      await eventually(() => expect(heard).toHaveBeenCalled());
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
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
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
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
        await driver.wakeAt(thread(1), time.clock.now() + 5000);
        await driver.wakeAt(thread(2), time.clock.now() + 5000);
        await driver.wakeAt(thread(2), time.clock.now() + 1000);
        time.advance(1000);
        expect((await started(1)).thread).toBe(thread(2));
        await settle();
        expect(runs).toHaveLength(1);
        time.advance(4000);
        expect((await started(2)).thread).toBe(thread(1));
      });

      test('wakes at once for a time that has passed', async () => {
        driver.start(hold);
        await driver.wakeAt(thread(1), time.clock.now() - 1000);
        time.advance(0);
        await started(1);
      });

      test('holds for longer than a platform timer can', async () => {
        driver.start(hold);
        const days = 24 * 3_600_000;
        await driver.wakeAt(thread(1), time.clock.now() + 40 * days);
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
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
        time.advance(1000);
        await eventually(() => expect(told).toHaveBeenCalledOnce());
      });
    });

    describe('what outlives the process', () => {
      test('is the timers: those that came due meanwhile ring at once, the others at their time', async () => {
        driver.start(hold);
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
        await driver.wakeAt(thread(2), time.clock.now() + 5000);
        await driver.wakeAt(thread(3), time.clock.now() + 1000);
        await driver.wakeAt(thread(3), null);
        await driver.stop();
        time.advance(2000);
        takeOver();
        expect((await started(1)).thread).toBe(thread(1));
        await settle();
        expect(runs).toHaveLength(1);
        time.advance(3000);
        expect((await started(2)).thread).toBe(thread(2));
      });

      test('is a timer whose run had not ended', async () => {
        driver.start(hold);
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
        time.advance(1000);
        await started(1);
        takeOver();
        expect((await started(1)).thread).toBe(thread(1));
      });

      test('is a timer whose run had failed', async () => {
        driver.start(hold);
        await driver.wakeAt(thread(1), time.clock.now());
        (await started(1)).fail(new Error('broken'));
        await quiet();
        takeOver();
        expect((await started(1)).thread).toBe(thread(1));
      });

      test('is no timer that was served, replaced or taken away', async () => {
        driver.start(hold);
        for (const n of [1, 2, 3]) await driver.wakeAt(thread(n), time.clock.now() + 1000);
        await driver.wakeAt(thread(2), time.clock.now() + 9000);
        await driver.wakeAt(thread(3), null);
        time.advance(1000);
        (await started(1)).end();
        await quiet();
        takeOver();
        await settle();
        expect(runs).toEqual([]);
      });

      test('is the time that a run set for the next one', async () => {
        driver.start(async (id) => {
          await driver.wakeAt(id, time.clock.now() + 1000);
        });
        await driver.wakeAt(thread(1), time.clock.now());
        await settle();
        await quiet();
        takeOver();
        await settle();
        expect(runs).toEqual([]);
        time.advance(1000);
        await started(1);
      });
    });

    describe('a wake for what is about to be done', () => {
      const pause = () => {
        let end = () => {};
        const ended = new Promise<void>((resolve) => {
          end = resolve;
        });
        return { ended, end };
      };

      test('comes when it is done, with what came of it', async () => {
        driver.start(hold);
        const work = pause();
        const outcome = driver.wakeAfter(thread(1), () => work.ended.then(() => 'done'));
        await settle();
        expect(runs).toEqual([]);
        work.end();
        expect(await outcome).toBe('done');
        expect((await started(1)).thread).toBe(thread(1));
      });

      test('comes all the same when it could not be done', async () => {
        driver.start(hold);
        await expect(driver.wakeAfter(thread(1), () => Promise.reject(new Error('full')))).rejects.toThrow('full');
        await started(1);
      });

      test('comes in the next process when this one dies in the middle of it', async () => {
        driver.start(hold);
        const work = pause();
        let isBegun = false;
        void driver.wakeAfter(thread(1), () => {
          isBegun = true;
          return work.ended;
        });
        await eventually(() => expect(isBegun).toBe(true));
        takeOver();
        expect((await started(1)).thread).toBe(thread(1));
        work.end();
      });

      test('is not taken for served by a run that ends before it is done', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        const run = await started(1);
        const work = pause();
        const outcome = driver.wakeAfter(thread(1), () => work.ended);
        await settle();
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
        run.end();
        await quiet();
        takeOver();
        expect((await started(1)).thread).toBe(thread(1));
        work.end();
        await outcome;
      });

      test('is not taken for served by a run that no longer listened when it was done', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        const run = await started(1);
        run.run.onWake(() => {})();
        await driver.wakeAfter(thread(1), async () => {});
        await driver.wakeAt(thread(1), time.clock.now() + 1000);
        takeOver();
        expect((await started(1)).thread).toBe(thread(1));
        run.end();
      });

      test('is over with the run that it brought', async () => {
        driver.start(hold);
        await driver.wakeAfter(thread(1), async () => {});
        (await started(1)).end();
        await quiet();
        takeOver();
        await settle();
        expect(runs).toEqual([]);
      });
    });

    describe('a run that fails', () => {
      test('is logged once with its thread, and stops nobody else', async () => {
        driver.start(hold);
        driver.wake(thread(1));
        driver.wake(thread(2));
        await started(2);
        runs[0]?.fail(new Error('broken'));
        await eventually(() => expect(driver.running()).toBe(1));
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

      test('because nothing can be kept is tried again by itself, until it can', async () => {
        class Full extends KeepError {}
        let isFull = true;
        let tries = 0;
        driver.start(async () => {
          tries++;
          if (isFull) throw new Full('the disk is full');
        });
        for (const n of [1, 2]) driver.wake(thread(n));
        await eventually(() => expect(tries).toBe(2));
        await quiet();
        expect(logged).toMatchObject([
          { level: 40, threadId: thread(1), reason: 'the disk is full' },
          { level: 40, threadId: thread(2) },
        ]);
        for (const least of [3, 5]) {
          await eventually(() => {
            time.advance(10_000);
            expect(tries).toBeGreaterThanOrEqual(least);
          });
          await quiet();
        }
        isFull = false;
        const before = tries;
        await eventually(() => {
          time.advance(10_000);
          expect(tries).toBeGreaterThanOrEqual(before + 2);
        });
        await quiet();
        const after = tries;
        time.advance(60_000);
        await settle();
        expect(tries).toBe(after);
      });

      test('may also fail before its first await', async () => {
        driver.start(() => {
          throw new Error('broken');
        });
        driver.wake(thread(1));
        await eventually(() => expect(logged).toHaveLength(1));
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
        await driver.wakeAt(thread(2), time.clock.now() + 1000);
        driver.wake(thread(1));
        driver.wake(thread(3));
        const stopping = driver.stop();
        driver.wake(thread(4));
        await driver.wakeAt(thread(5), time.clock.now());
        await driver.wakeAfter(thread(6), async () => {});
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
