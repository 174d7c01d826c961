import type Anthropic from '@anthropic-ai/sdk';
import { type SlackTs, sessionId, type ThreadId, threadId } from '../thread/ids.ts';
import type { SessionPage } from '../thread/ports.ts';
import { requestDeadline } from './client.ts';
import { explain } from './explain.ts';

/** As many as one request may bring. */
const PAGE = 100;

/**
 * One page of the workspace's sessions, newest first, archived ones included: that one was archived is news. Filtered by
 * no agent: a thread keeps its session when the settings name another agent.
 */
export async function list(page: string | null, { client }: { client: Anthropic }): Promise<SessionPage> {
  try {
    const { data, next_page: next } = await client.beta.sessions.list(
      { include_archived: true, limit: PAGE, ...(page !== null && { page }) },
      { signal: requestDeadline() },
    );
    const sessions = data.map(({ id, metadata, updated_at: changedAt }) => ({
      session: sessionId(id),
      thread: threadOf(metadata ?? {}),
      changedAt,
    }));
    return { sessions, next };
  } catch (error) {
    throw explain(error, 'session');
  }
}

/** Where a session says that it belongs. Anybody in the workspace may write that: the thread's record has the last word. */
function threadOf({
  slack_team: team,
  slack_channel: channel,
  slack_thread_ts: root,
}: Record<string, string>): ThreadId | null {
  return team && channel && root ? threadId({ team, channel, root: root as SlackTs }) : null;
}
