import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { createEmbeddedDispatcher } from '../../src/dispatch/embedded.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { threadId } from '../../src/thread/ids.ts';
import { eventually } from '../eventually.ts';
import { dispatcherContract, manualClock } from './contract.ts';

const silent = pino({ level: 'silent' });
const stores: Store[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

function memory(): Store {
  const store = openStore({ dataFolder: ':memory:', log: silent });
  stores.push(store);
  return store;
}

dispatcherContract('embedded', () => {
  const { schedule } = memory();
  return (clock, log) => createEmbeddedDispatcher({ schedule, clock, log });
});

test('one timer waits for all threads, and none when there is nothing to wait for', async () => {
  const { clock, advance, pending } = manualClock();
  const dispatcher = createEmbeddedDispatcher({ schedule: memory().schedule, clock, log: silent });
  const ids = Array.from({ length: 500 }, (_, i) => threadId({ team: 'T', channel: `C${i}`, root: '1.1' as never }));
  const ran = new Set<string>();
  dispatcher.start(async (thread) => void ran.add(thread));
  for (const [index, id] of ids.entries()) {
    await dispatcher.wakeAt(id, clock.now() + 1000);
    await dispatcher.wakeAt(id, clock.now() + 2000 + index);
  }
  expect(pending()).toBe(1);
  advance(2000);
  await eventually(() => {
    expect(ran.size).toBe(1);
    expect(pending()).toBe(1);
  });
  advance(500);
  await eventually(() => expect(ran.size).toBe(500));
  await eventually(() => expect(dispatcher.running()).toBe(0));
  expect(pending()).toBe(0);
  await dispatcher.wakeAt(ids[0] as never, clock.now() + 1000);
  await dispatcher.stop();
  expect(pending()).toBe(0);
});

test('times that cannot be read are read again a little later', async () => {
  const { clock, advance } = manualClock();
  const { schedule } = memory();
  let isBroken = true;
  const dispatcher = createEmbeddedDispatcher({
    schedule: {
      ...schedule,
      async *after(time) {
        if (isBroken) throw new Error('the disk is gone');
        yield* schedule.after(time);
      },
    },
    clock,
    log: silent,
  });
  const ran: string[] = [];
  const id = threadId({ team: 'T', channel: 'C', root: '1.1' as never });
  await schedule.set(id, clock.now());
  dispatcher.start(async (thread) => void ran.push(thread));
  await new Promise((resolve) => setTimeout(resolve, 20));
  isBroken = false;
  await eventually(() => {
    advance(10_000);
    expect(ran).toEqual([id]);
  });
  await dispatcher.stop();
});
