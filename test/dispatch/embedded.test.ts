import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { createEmbeddedDispatcher } from '../../src/dispatch/embedded.ts';
import { threadId } from '../../src/thread/ids.ts';
import { dispatcherContract, manualClock } from './contract.ts';

dispatcherContract('embedded', (clock, log) => createEmbeddedDispatcher({ clock, log }));

test('a timer that was replaced, has fired or was stopped leaves nothing on the clock', async () => {
  const { clock, advance, pending } = manualClock();
  const dispatcher = createEmbeddedDispatcher({ clock, log: pino({ level: 'silent' }) });
  const ids = Array.from({ length: 1000 }, (_, i) => threadId({ team: 'T', channel: `C${i}`, root: '1.1' as never }));
  dispatcher.start(async () => {});
  for (const id of ids) {
    dispatcher.wakeAt(id, clock.now() + 1000);
    dispatcher.wakeAt(id, clock.now() + 2000);
  }
  expect(pending()).toBe(1000);
  advance(2000);
  await vi.waitFor(() => expect(dispatcher.running()).toBe(0));
  expect(pending()).toBe(0);
  for (const id of ids) dispatcher.wakeAt(id, clock.now() + 1000);
  await dispatcher.stop();
  expect(pending()).toBe(0);
});
