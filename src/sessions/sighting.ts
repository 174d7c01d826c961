import { type SlackTs, sessionId, type ThreadId, threadId } from '../thread/ids.ts';
import type { Sighting } from '../thread/ports.ts';

/** What of a session, as the API sends it, tells whose it is and whether it has moved. */
interface Seen {
  id: string;
  metadata?: Record<string, string> | null;
  updated_at: string;
}

export function sightingOf({ id, metadata, updated_at: changedAt }: Seen): Sighting {
  return { session: sessionId(id), thread: threadOf(metadata ?? {}), changedAt };
}

/** Where a session says that it belongs. Anybody in the workspace may write that: the thread's record has the last word. */
function threadOf({
  slack_team: team,
  slack_channel: channel,
  slack_thread_ts: root,
}: Record<string, string>): ThreadId | null {
  return team && channel && root ? threadId({ team, channel, root: root as SlackTs }) : null;
}
