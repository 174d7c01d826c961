import { type Clock, sleep } from '../clock.ts';
import { isSlackTs, parseThreadId, type SlackTs, type ThreadId } from './ids.ts';
import type { Dispatcher, Inbox, Threads } from './ports.ts';

interface PickUpPorts {
  inbox: Inbox;
  threads: Threads;
  dispatcher: Pick<Dispatcher, 'wake'>;
  /** Resolves when there is room for one more thread to be followed, or when the signal aborts. */
  room(signal: AbortSignal): Promise<void>;
  clock: Clock;
  signal: AbortSignal;
}

/** A thread that is woken makes its first request within this. */
const BEGINS_WITHIN_MS = 2;

/**
 * Wakes every thread that a former process left running, or owing something: the one that waits longest first, and no
 * more at once than can be followed. So whoever writes in between does not wait for all of them.
 */
export async function pickUp({ room, dispatcher, clock, signal, ...ports }: PickUpPorts): Promise<number> {
  const left = await whatIsLeft(ports);
  for (const thread of left) {
    await room(signal);
    if (signal.aborted) break;
    dispatcher.wake(thread);
    await sleep(clock, BEGINS_WITHIN_MS, signal);
  }
  return left.length;
}

async function whatIsLeft({ inbox, threads }: Pick<PickUpPorts, 'inbox' | 'threads'>): Promise<ThreadId[]> {
  const left = new Set<ThreadId>();
  for await (const thread of threads.unfinished()) left.add(thread);
  for await (const thread of inbox.waiting()) left.add(thread);
  const aged: { thread: ThreadId; since: SlackTs }[] = [];
  for (const thread of left) aged.push({ thread, since: await waitsSince(thread, { inbox, threads }) });
  return aged.sort((a, b) => (a.since < b.since ? -1 : 1)).map(({ thread }) => thread);
}

async function waitsSince(
  thread: ThreadId,
  { inbox, threads }: Pick<PickUpPorts, 'inbox' | 'threads'>,
): Promise<SlackTs> {
  const turn = (await threads.load(thread))?.turn;
  if (isSlackTs(turn)) return turn;
  const [oldest] = await inbox.list(thread);
  return oldest?.ts ?? parseThreadId(thread).root;
}
