import type Anthropic from '@anthropic-ai/sdk';
import type { SessionPage } from '../thread/ports.ts';
import { inTime } from './client.ts';
import { explain } from './explain.ts';
import { sightingOf } from './sighting.ts';

/** As many as one request may bring. */
const PAGE = 100;

/**
 * One page of the workspace's sessions, newest first, archived ones included: that one was archived is news. Filtered by
 * no agent: a thread keeps its session when the settings name another agent.
 */
export async function list(page: string | null, { client }: { client: Anthropic }): Promise<SessionPage> {
  try {
    const { data, next_page: next } = await inTime((signal) =>
      client.beta.sessions.list({ include_archived: true, limit: PAGE, ...(page !== null && { page }) }, { signal }),
    );
    return { sessions: data.map(sightingOf), next };
  } catch (error) {
    throw explain(error, 'session');
  }
}
