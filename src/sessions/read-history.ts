import type Anthropic from '@anthropic-ai/sdk';
import type { SessionId } from '../thread/ids.ts';
import type { RawEvent } from './translate.ts';

export interface HistoryOptions {
  client: Anthropic;
  /** RFC 3339; null: from the beginning. */
  since: string | null;
  signal: AbortSignal;
}

const PAGE = 1000;
/** For all pages together, in real time as every socket's. */
const TIMEOUT_MS = 120_000;

/** What is listed of a session after `since`, oldest first, and then whatever is still queued. */
export async function* readHistory(
  session: SessionId,
  { client, since, signal }: HistoryOptions,
): AsyncGenerator<RawEvent> {
  const request = { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) };
  const { events } = client.beta.sessions;
  yield* events.list(session, { order: 'asc', limit: PAGE, ...(since && { 'created_at[gt]': since }) }, request);
  if (!since) return;
  // The filter compares `processed_at`, which a queued message has not got yet: it may be missing above.
  const newest = await events.list(session, { order: 'desc', limit: 50, types: ['user.message'] }, request);
  for (const event of newest.data.reverse()) {
    if (event.type === 'user.message' && !event.processed_at) yield event;
  }
}
