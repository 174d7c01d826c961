import type { PostStop } from '../page/contract.ts';
import type { People } from './people.ts';
import { PersonRefusal } from './refusal.ts';
import type { SessionStore } from './session-store.ts';
import type { Workspace } from './workspace.ts';

/**
 * The native stop button: ends the thread's streams and tells the app. The status stays `processing`, as on Slack;
 * clearing it is the app's part.
 */
export function stopByUser(
  workspace: Workspace,
  job: { sessions: SessionStore; present: People['present']; stop: PostStop },
): void {
  const { user, channel: channelId, thread_ts: threadTs } = job.stop;
  const channel = job.present({ user, channel: channelId });
  const session = job.sessions.get(channelId, threadTs);
  if (session?.status !== 'processing') {
    throw new PersonRefusal('nothing_to_stop', 'Nothing is being worked on in this thread.');
  }
  const open = channel.messages.filter((each) => each.thread_ts === threadTs && each.stream?.state === 'streaming');
  for (const message of open) {
    message.stream?.cancelExpiry();
    workspace.change(message, (changed) => {
      if (changed.stream) changed.stream = { ...changed.stream, state: 'stopped' };
    });
  }
  workspace.tell({ type: 'stopped', session, user, streams: open.map(({ ts }) => ts) });
}

/** Somebody gives the thread's session another title. */
export function renameByUser(job: {
  sessions: SessionStore;
  present: People['present'];
  rename: PostStop & { title: string };
}): void {
  const { user, channel, thread_ts: threadTs, title } = job.rename;
  job.present({ user, channel });
  const session = job.sessions.get(channel, threadTs);
  if (!session) throw new PersonRefusal('session_not_found', 'This thread has no session yet; write to the bot first.');
  job.sessions.rename(session, { title, byUser: user });
}
