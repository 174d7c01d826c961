import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import type { Store } from '../../src/store/open-store.ts';
import { sessionId, threadId } from '../../src/thread/ids.ts';
import type { MessageInput, StopInput } from '../../src/thread/input.ts';
import type { ThreadRecord } from '../../src/thread/ports.ts';

const DAY_MS = 24 * 3_600_000;

export const ts = (n: number) => `17000000${String(n).padStart(2, '0')}.000100` as MessageInput['ts'];
export const thread = (n: number) => threadId({ team: 'T1', channel: 'C1', root: ts(n) });

export function message(n: number, at: Partial<MessageInput> = {}): MessageInput {
  return {
    type: 'message',
    thread: thread(1),
    ts: ts(n),
    author: 'U1',
    authorTeam: 'T1',
    text: `message ${n}: "quotes" & <@U2> \u0000 😀`,
    files: [],
    addressed: true,
    ...at,
  };
}

const stop = (n: number): StopInput => ({ type: 'stop', thread: thread(1), ts: ts(n), by: 'U1', said: true });

export const parked: ThreadRecord = {
  session: sessionId('sesn_1'),
  since: '2026-01-01T00:00:00Z',
  cents: 12.5,
  turn: null,
  parked: null,
  caps: [],
  isHeldBack: false,
  notes: [],
  unposted: null,
  recipient: { user: 'U1', team: 'T1' },
  sessions: 1,
  outputs: null,
  sending: null,
  queued: [],
  late: null,
  toldAway: null,
};
export const working: ThreadRecord = { ...parked, turn: 'turn-1' };

/** What the hall asks of its three ports, whatever stores them. */
export function portsContract(name: string, open: (clock: Clock) => Store): void {
  describe(`${name} behind the hall's ports`, () => {
    let store: Store;
    let now: number;
    beforeEach(() => {
      now = 1_700_000_000_000;
      store = open({ now: () => now, after: () => () => {} });
    });
    afterEach(() => store.close());

    describe('the inbox', () => {
      test('lists what was added, oldest first, exactly as it was', async () => {
        const inputs = [
          message(3),
          message(1, {
            files: [
              {
                id: 'F1',
                url: 'https://files.slack.com/F1',
                mode: 'hosted',
                name: 'a.csv',
                mimetype: 'text/csv',
                size: 3,
              },
            ],
          }),
          stop(2),
        ];
        for (const input of inputs) expect(await store.inbox.add(input)).toBe(true);
        expect(await store.inbox.list(thread(1))).toEqual([inputs[1], inputs[2], inputs[0]]);
      });

      test('keeps one of an input that arrives twice', async () => {
        expect(await store.inbox.add(message(1))).toBe(true);
        expect(await store.inbox.add(message(1))).toBe(true);
        expect(await store.inbox.list(thread(1))).toHaveLength(1);
      });

      test('keeps a message and a stop of the same ts apart', async () => {
        await store.inbox.add(message(1));
        await store.inbox.add(stop(1));
        await store.inbox.settle(message(1));
        expect(await store.inbox.list(thread(1))).toEqual([stop(1)]);
      });

      test('refuses what was settled, for 30 days', async () => {
        await store.inbox.add(message(1));
        await store.inbox.settle(message(1));
        now += 29 * DAY_MS;
        expect(await store.inbox.add(message(1))).toBe(false);
        expect(await store.inbox.list(thread(1))).toEqual([]);
        now += 2 * DAY_MS;
        expect(await store.inbox.add(message(1))).toBe(true);
      });

      test('may settle an input that never was in it', async () => {
        await store.inbox.settle(message(1));
        expect(await store.inbox.add(message(1))).toBe(false);
      });

      test('keeps threads apart, also when one id is the beginning of another', async () => {
        const [short, long] = ['T1/C1/1', 'T1/C1/12'] as [MessageInput['thread'], MessageInput['thread']];
        await store.inbox.add(message(1, { thread: short }));
        await store.inbox.add(message(2, { thread: long }));
        expect((await store.inbox.list(short)).map((input) => input.ts)).toEqual([ts(1)]);
        expect((await store.inbox.list(long)).map((input) => input.ts)).toEqual([ts(2)]);
      });

      test('names each waiting thread once, and none that has nothing left', async () => {
        for (const n of [1, 2]) await store.inbox.add(message(n, { thread: thread(7) }));
        await store.inbox.add(message(1, { thread: thread(8) }));
        await store.inbox.add(message(1, { thread: thread(9) }));
        await store.inbox.settle(message(1, { thread: thread(9) }));
        expect(await collect(store.inbox.waiting())).toEqual([thread(7), thread(8)]);
      });

      test('tells between which inputs a thread was heard, settled or not, for 30 days', async () => {
        for (const n of [5, 3]) await store.inbox.add(message(n, { thread: thread(7) }));
        await store.inbox.settle(message(3, { thread: thread(7) }));
        await store.inbox.settle(message(9, { thread: thread(8) }));
        const seen = async () => (await collect(store.inbox.seen())).sort((a, b) => (a.thread < b.thread ? -1 : 1));
        expect(await seen()).toEqual([
          { thread: thread(7), first: ts(3), last: ts(5) },
          { thread: thread(8), first: ts(9), last: ts(9) },
        ]);
        now += 31 * DAY_MS;
        expect(await seen()).toEqual([{ thread: thread(7), first: ts(5), last: ts(5) }]);
      });

      test('a claim hides what a second delivery added in the same moment', async () => {
        await store.inbox.add(message(1));
        await Promise.all([store.inbox.settle(message(1)), store.inbox.add(message(1))]);
        expect(await store.inbox.list(thread(1))).toEqual([]);
        expect(await collect(store.inbox.waiting())).toEqual([]);
      });
    });

    describe('the threads', () => {
      test('load what was saved last, and nothing for a stranger', async () => {
        await store.threads.save(thread(1), working);
        await store.threads.save(thread(1), parked);
        expect(await store.threads.load(thread(1))).toEqual(parked);
        expect(await store.threads.load(thread(2))).toBeUndefined();
      });

      test('name those with a turn under way or owed, and only those', async () => {
        await store.threads.save(thread(1), working);
        await store.threads.save(thread(2), parked);
        await store.threads.save(thread(3), working);
        await store.threads.save(thread(3), { ...working, turn: 'turn-2' });
        await store.threads.save(thread(4), working);
        await store.threads.save(thread(4), parked);
        expect(await collect(store.threads.unfinished())).toEqual([thread(1), thread(3)]);
      });
    });

    test('a thread whose files people do not have yet is unfinished too', async () => {
      const owed = { ...parked, outputs: { session: sessionId('sesn_1'), expected: [{ name: 'a.csv', at: null }] } };
      await store.threads.save(thread(1), owed);
      expect(await collect(store.threads.unfinished())).toEqual([thread(1)]);
      await store.threads.save(thread(1), parked);
      expect(await collect(store.threads.unfinished())).toEqual([]);
    });

    test('a thread that waits for people is parked, and not unfinished, until it is saved as something else', async () => {
      const waiting = { ...working, parked: { heardAt: null } };
      await store.threads.save(thread(1), waiting);
      await store.threads.save(thread(2), working);
      expect(await collect(store.threads.parked())).toEqual([thread(1)]);
      expect(await collect(store.threads.unfinished())).toEqual([thread(2)]);
      await store.threads.save(thread(1), working);
      await store.threads.save(thread(2), waiting);
      expect(await collect(store.threads.parked())).toEqual([thread(2)]);
      expect(await collect(store.threads.unfinished())).toEqual([thread(1)]);
      await store.threads.save(thread(2), parked);
      expect(await collect(store.threads.parked())).toEqual([]);
    });

    describe('the schedule', () => {
      const times = (after = Number.NEGATIVE_INFINITY) => collect(store.schedule.after(after));

      test('gives the threads in order of time, each with the time that was set last', async () => {
        for (const [n, at] of [
          [1, 3000],
          [2, 900],
          [3, 1_800_000_000_000],
          [1, 20],
          [2, 1000],
          [2, 2000],
        ] as const) {
          await store.schedule.set(thread(n), at);
        }
        expect(await times()).toEqual([
          { thread: thread(1), at: 20 },
          { thread: thread(2), at: 2000 },
          { thread: thread(3), at: 1_800_000_000_000 },
        ]);
        expect(await times(20)).toHaveLength(2);
        await store.schedule.set(thread(1), 3000);
        expect((await times()).map(({ at }) => at)).toEqual([2000, 3000, 1_800_000_000_000]);
      });

      test('forgets what is taken away, and what was served unless it is later', async () => {
        for (const n of [1, 2, 3]) await store.schedule.set(thread(n), 1000 * n);
        await store.schedule.set(thread(1), null);
        await store.schedule.set(thread(4), null);
        await store.schedule.served(thread(2), 2000);
        await store.schedule.served(thread(3), 2999);
        await store.schedule.served(thread(4), 2999);
        expect(await times()).toEqual([{ thread: thread(3), at: 3000 }]);
      });

      test('keeps two threads of the same time apart', async () => {
        for (const n of [1, 2]) await store.schedule.set(thread(n), 1000);
        expect((await times()).map((each) => each.thread)).toEqual([thread(1), thread(2)]);
      });
    });

    describe('the ledger', () => {
      test('keeps rows by thread and turn', async () => {
        const rows = { posts: [{ ts: '1.2', part: 0 }], open: null, text: 'ünï "quoted"' };
        await store.ledger.save(thread(1), 'a', rows);
        await store.ledger.save(thread(1), 'b', []);
        const changing = { posts: { a: 1 } };
        const saving = store.ledger.save(thread(1), 'c', changing);
        changing.posts.a = 2;
        await saving;
        expect(await store.ledger.load(thread(1), 'c')).toEqual({ posts: { a: 1 } });
        expect(await store.ledger.load(thread(1), 'a')).toEqual(rows);
        expect(await store.ledger.load(thread(1), 'b')).toEqual([]);
        expect(await store.ledger.load(thread(2), 'a')).toBeUndefined();
      });

      test('forgets a turn 30 days after its last write', async () => {
        await store.ledger.save(thread(1), 'a', 'rows');
        now += 29 * DAY_MS;
        await store.ledger.save(thread(1), 'a', 'newer');
        now += 29 * DAY_MS;
        expect(await store.ledger.load(thread(1), 'a')).toBe('newer');
        now += 2 * DAY_MS;
        expect(await store.ledger.load(thread(1), 'a')).toBeUndefined();
      });
    });

    describe('a registry', () => {
      const plusOne = (before: unknown) => (typeof before === 'number' ? before : 0) + 1;

      test('gives what a change made of what was there, and keeps it', async () => {
        expect(await store.questions.change('a', (before) => ({ before: before ?? null, state: 'open' }))).toEqual({
          before: null,
          state: 'open',
        });
        expect(await store.questions.load('a')).toEqual({ before: null, state: 'open' });
        expect(await store.questions.load('b')).toBeUndefined();
        expect(await store.grants.load('a')).toBeUndefined();
      });

      test('leaves a record as it is when the change gives nothing', async () => {
        await store.questions.change('a', () => 'open');
        expect(await store.questions.change('a', () => undefined)).toBe('open');
        expect(await store.questions.load('a')).toBe('open');
      });

      test('makes many changes at the same moment one after the other', async () => {
        await Promise.all(Array.from({ length: 50 }, () => store.questions.change('a', plusOne)));
        expect(await store.questions.load('a')).toBe(50);
      });

      test('lets one of two decisions win, and tells the other', async () => {
        await store.questions.change('a', () => 'pending');
        const decide = (by: string) => store.questions.change('a', (before) => (before === 'pending' ? by : undefined));
        expect(await Promise.all([decide('ana'), decide('ben')])).toEqual(['ana', 'ana']);
      });

      test('goes on after a change that threw, which changed nothing', async () => {
        const failing = store.questions.change('a', () => {
          throw new Error('no');
        });
        const next = store.questions.change('a', plusOne);
        await expect(failing).rejects.toThrow('no');
        expect(await next).toBe(1);
      });

      test('never hands out what is stored to be changed behind its back', async () => {
        const value = { votes: ['ana'] };
        await store.questions.change('a', () => value);
        value.votes.push('ben');
        expect(await store.questions.load('a')).toEqual({ votes: ['ana'] });
      });

      test('forgets a question 90 days after its last change', async () => {
        await store.questions.change('a', () => 1);
        now += 89 * DAY_MS;
        expect(await store.questions.load('a')).toBe(1);
        now += 2 * DAY_MS;
        expect(await store.questions.load('a')).toBeUndefined();
      });
    });

    test('nothing is swallowed when the store is closed: every call rejects', async () => {
      store.close();
      const closed = { name: 'StoreError', code: 'closed' };
      await expect(store.inbox.add(message(1))).rejects.toMatchObject(closed);
      await expect(store.inbox.list(thread(1))).rejects.toMatchObject(closed);
      await expect(store.inbox.settle(message(1))).rejects.toMatchObject(closed);
      await expect(collect(store.inbox.waiting())).rejects.toMatchObject(closed);
      await expect(collect(store.inbox.seen())).rejects.toMatchObject(closed);
      await expect(store.threads.save(thread(1), working)).rejects.toMatchObject(closed);
      await expect(store.threads.load(thread(1))).rejects.toMatchObject(closed);
      await expect(collect(store.threads.unfinished())).rejects.toMatchObject(closed);
      await expect(store.ledger.save(thread(1), 'a', [])).rejects.toMatchObject(closed);
      await expect(store.ledger.load(thread(1), 'a')).rejects.toMatchObject(closed);
      await expect(store.questions.load('a')).rejects.toMatchObject(closed);
      await expect(store.questions.change('a', () => 1)).rejects.toMatchObject(closed);
    });
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
