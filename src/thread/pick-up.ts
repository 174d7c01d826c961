import { isSlackTs, parseThreadId, type SlackTs, type ThreadId } from './ids.ts';
import type { Dispatcher, Inbox, Threads } from './ports.ts';

/** Wakes every thread that a former process left running, or owing something: the one that waits longest first. */
export async function pickUp({
  inbox,
  threads,
  dispatcher,
}: {
  inbox: Inbox;
  threads: Threads;
  dispatcher: Pick<Dispatcher, 'wake'>;
}): Promise<number> {
  const left = new Set<ThreadId>();
  for await (const thread of threads.unfinished()) left.add(thread);
  for await (const thread of inbox.waiting()) left.add(thread);
  const aged = await Promise.all([...left].map(async (thread) => ({ thread, since: await waitsSince(thread) })));
  for (const { thread } of aged.sort((a, b) => (a.since < b.since ? -1 : 1))) dispatcher.wake(thread);
  return aged.length;

  async function waitsSince(thread: ThreadId): Promise<SlackTs> {
    const turn = (await threads.load(thread))?.turn;
    if (isSlackTs(turn)) return turn;
    const [oldest] = await inbox.list(thread);
    return oldest?.ts ?? parseThreadId(thread).root;
  }
}
