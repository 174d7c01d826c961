import type { Logger } from 'pino';
import type { ThreadId } from '../thread/ids.ts';
import { createTurns } from '../thread/in-turn.ts';
import { inputKey } from '../thread/input.ts';
import type { Dispatcher, Inbox, Threads } from '../thread/ports.ts';
import { fromSlack, type Identity, type Translated } from './from-slack.ts';

/** Where inputs go. */
export interface IntakePorts {
  inbox: Inbox;
  threads: Threads;
  dispatcher: Dispatcher;
}

/**
 * Takes in one delivery's body. What it means is on disk when it resolves; it rejects when that failed, and then the
 * delivery must not be acknowledged, so that Slack brings it again.
 */
export type Intake = (body: unknown) => Promise<void>;

export function createIntake(
  { inbox, threads, dispatcher }: IntakePorts,
  { identity, log }: { identity: Identity; log: Logger },
): Intake {
  // A reply right behind the mention that opens its thread must find the thread served, not still on its way to disk.
  const inTurn = createTurns<ThreadId>();

  const isServed = async (thread: ThreadId) =>
    (await threads.load(thread)) !== undefined || (await inbox.list(thread)).length > 0;

  const take = async ({ input, when }: Extract<Translated, { input: unknown }>) => {
    const { thread } = input;
    const fields = { threadId: thread, input: inputKey(input) };
    if (when === 'known-thread' && !(await isServed(thread))) {
      log.debug({ ...fields, reason: 'unknown-thread' }, 'delivery ignored');
      return;
    }
    if (!(await inbox.add(input))) {
      log.debug({ ...fields, reason: 'settled-before' }, 'delivery ignored');
      return;
    }
    log.debug(fields, 'input taken in');
    dispatcher.wake(thread);
  };

  return async (body) => {
    const translated = fromSlack(body, identity);
    if ('ignored' in translated) {
      log.debug({ reason: translated.ignored }, 'delivery ignored');
      return;
    }
    await inTurn(translated.input.thread, () => take(translated));
  };
}
