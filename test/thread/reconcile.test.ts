import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { type SlackTs, sessionId, type ThreadId, threadId } from '../../src/thread/ids.ts';
import type { SessionPage, ThreadRecord } from '../../src/thread/ports.ts';
import { createReconciler, type Reconciler } from '../../src/thread/reconcile.ts';
import { FRESH_RECORD } from '../../src/thread/stage.ts';
import { manualClock } from '../dispatch/contract.ts';
import { eventually } from '../eventually.ts';

const log = pino({ level: 'silent' });
const LEFT = '2026-11-01T10:00:00.000Z';
const LATER = '2026-11-01T10:00:00.001Z';
const MINUTE = 60_000;

let store: Store;
let time: ReturnType<typeof manualClock>;
let reconciler: Reconciler;
/** What each request is answered with, the last one again and again. */
let pages: (SessionPage | Error)[];
let asked: (string | null)[];
let woken: ThreadId[];

beforeEach(() => {
  store = openStore({ dataFolder: ':memory:', log });
  time = manualClock();
  pages = [];
  asked = [];
  woken = [];
  reconciler = createReconciler({
    sessions: {
      async list(page) {
        asked.push(page);
        const answer = pages.length > 1 ? pages.shift() : pages[0];
        if (answer === undefined || answer instanceof Error) throw answer;
        return answer;
      },
    },
    threads: store.threads,
    sightings: store.sightings,
    dispatcher: {
      wake: (thread) => void woken.push(thread),
      wakeAt: async () => {},
      async wakeAfter(thread, work) {
        const done = await work();
        woken.push(thread);
        return done;
      },
    },
    clock: time.clock,
    log,
  });
});
afterEach(async () => {
  await reconciler.stop();
  store.close();
});

const thread = (n: number) => threadId({ team: 'T1', channel: 'C1', root: `170000000${n}.000100` as SlackTs });
const session = (n: number) => sessionId(`sesn_${n}`);

async function keep(n: number, record: Partial<ThreadRecord>): Promise<void> {
  await store.threads.save(thread(n), { ...FRESH_RECORD, session: session(n), sessions: 1, ...record });
}

/** Its turn waits for people. */
const waiting: Partial<ThreadRecord> = { turn: '1700000000.000100', parked: { heardAt: LEFT } };
/** Its last turn stands complete. */
const idle: Partial<ThreadRecord> = { since: LEFT };

const seen = (n: number, changedAt: string) => ({ session: session(n), thread: thread(n), changedAt });
const page = (sessions: SessionPage['sessions'], next: string | null = null): SessionPage => ({ sessions, next });

/** Resolves when so many requests have been made and nothing is under way. */
async function rounds(count: number): Promise<void> {
  await eventually(() => {
    expect(asked).toHaveLength(count);
    expect(time.pending()).toBe(1);
  });
}

it('wakes whatever has moved since it was put down, at the start, and nothing that stands where it was left', async () => {
  for (const n of [1, 2]) await keep(n, waiting);
  for (const n of [3, 4]) await keep(n, idle);
  pages = [page([seen(1, LATER), seen(2, LEFT), seen(3, LATER), seen(4, LEFT)])];
  reconciler.start();
  await rounds(1);
  expect(woken).toEqual([thread(1), thread(3)]);
});

it('wakes nothing twice for the same, and again for something new', async () => {
  await keep(1, waiting);
  pages = [page([seen(1, LATER)]), page([seen(1, LATER)]), page([seen(1, '2026-11-01T10:05:00Z')])];
  reconciler.start();
  for (const count of [1, 2, 3]) {
    await rounds(count);
    time.advance(2 * MINUTE);
  }
  expect(woken).toEqual([thread(1), thread(1)]);
});

it('wakes a thread whose session was seen to have moved between two rounds, once', async () => {
  await keep(1, waiting);
  await keep(2, waiting);
  await reconciler.saw(seen(1, LATER));
  await reconciler.saw(seen(1, LATER));
  await reconciler.saw(seen(2, LEFT));
  await reconciler.saw({ ...seen(9, LATER), thread: thread(2) });
  await reconciler.saw({ ...seen(1, LATER), thread: null });
  expect(woken).toEqual([thread(1)]);
});

it('leaves alone what runs, what is owed, what has another session, and what is not ours', async () => {
  await keep(1, { turn: '1700000000.000100' });
  await keep(2, { ...waiting, session: session(9) });
  const strangers = [{ ...seen(7, LATER), thread: null }, seen(8, LATER)];
  pages = [page([seen(1, LATER), seen(2, LATER), ...strangers, { ...seen(9, LEFT), thread: thread(2) }])];
  reconciler.start();
  await rounds(1);
  expect(woken).toEqual([]);
});

it('wakes a thread once that waits for people with a session that is not there any more', async () => {
  await keep(1, waiting);
  await keep(2, waiting);
  await keep(3, idle);
  await keep(4, { ...waiting, session: null });
  pages = [page([seen(2, LEFT)])];
  reconciler.start();
  await rounds(1);
  time.advance(2 * MINUTE);
  await rounds(2);
  expect(woken).toEqual([thread(1)]);
});

it('takes its time: a page every half second, a round every two minutes or a little less', async () => {
  await keep(1, waiting);
  pages = [page([], 'second'), page([], 'third'), page([seen(1, LATER)]), page([seen(1, LATER)])];
  reconciler.start();
  await rounds(1);
  time.advance(499);
  await rounds(1);
  time.advance(1);
  await rounds(2);
  expect(woken).toEqual([]);
  time.advance(500);
  await rounds(3);
  expect(asked).toEqual([null, 'second', 'third']);
  expect(woken).toEqual([thread(1)]);
  time.advance(95_000);
  await rounds(3);
  time.advance(25_000);
  await rounds(4);
  expect(asked.at(-1)).toBe(null);
});

it('looks again after a list that failed, and takes nothing for gone that it has not been told of', async () => {
  await keep(1, waiting);
  pages = [page([], 'second'), new Error('unreachable'), page([seen(1, LATER)])];
  reconciler.start();
  await rounds(1);
  time.advance(500);
  await rounds(2);
  expect(woken).toEqual([]);
  time.advance(2 * MINUTE);
  await rounds(3);
  expect(woken).toEqual([thread(1)]);
});

it('stops in the middle of a round', async () => {
  await keep(1, waiting);
  pages = [page([], 'second')];
  reconciler.start();
  await rounds(1);
  await reconciler.stop();
  time.advance(10 * MINUTE);
  expect(asked).toHaveLength(1);
  expect(woken).toEqual([]);
});
