import { expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { SlackTs, ThreadId } from '../../src/thread/ids.ts';
import type { Input } from '../../src/thread/input.ts';
import { pickUp } from '../../src/thread/pick-up.ts';
import type { Inbox, ThreadRecord, Threads } from '../../src/thread/ports.ts';

const ts = (n: number) => `17000000${String(n).padStart(2, '0')}.000000` as SlackTs;
const thread = (n: number) => `T1/C1/${ts(n)}` as ThreadId;

test('what was left is picked up once each, what waits longest first', async () => {
  const turns = new Map([
    [thread(1), ts(40)],
    [thread(2), ts(20)],
    [thread(3), 'sevt_1'],
  ]);
  const inputs = new Map([
    [thread(2), [ts(50)]],
    [thread(4), [ts(30), ts(60)]],
  ]);
  const woken: ThreadId[] = [];
  const count = await pickUp({
    threads: {
      load: async (id) => ({ turn: turns.get(id) ?? null }) as ThreadRecord,
      async *unfinished() {
        yield* turns.keys();
      },
    } as Partial<Threads> as Threads,
    inbox: {
      list: async (id) => (inputs.get(id) ?? []).map((at) => ({ ts: at })) as Input[],
      async *waiting() {
        yield* inputs.keys();
      },
    } as Partial<Inbox> as Inbox,
    room: async () => {},
    clock: realClock,
    signal: new AbortController().signal,
    dispatcher: { wake: (id) => void woken.push(id) },
  });
  expect(count).toBe(4);
  expect(woken).toEqual([thread(3), thread(2), thread(4), thread(1)]);
});
