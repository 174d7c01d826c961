import type Anthropic from '@anthropic-ai/sdk';
import type { SessionId } from '../thread/ids.ts';
import { endAfter } from './client.ts';
import type { RawEvent } from './translate.ts';

export interface HistoryOptions {
  client: Anthropic;
  /** RFC 3339; null: from the beginning. */
  since: string | null;
  signal: AbortSignal;
  /** Resolves when one more request may be made; the first one is the caller's to wait for. */
  mayRead(): Promise<void>;
}

const PAGE = 1000;
/** For all pages together, in real time as every socket's. */
const TIMEOUT_MS = 120_000;

/** What is listed of a session after `since`, oldest first, and then whatever is still queued. */
export async function* readHistory(
  session: SessionId,
  { client, since, signal, mayRead }: HistoryOptions,
): AsyncGenerator<RawEvent> {
  const { events } = client.beta.sessions;
  const asked = { order: 'asc' as const, limit: PAGE, ...(since && { 'created_at[gt]': since }) };
  const ending = new AbortController();
  const request = { signal: ending.signal };
  const end = () => ending.abort(signal.reason);
  const timer = endAfter(TIMEOUT_MS, ending);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    let page = await events.list(session, asked, request);
    yield* page.data;
    while (page.hasNextPage()) {
      await mayRead();
      page = await page.getNextPage();
      yield* page.data;
    }
    if (!since) return;
    await mayRead();
    // The filter compares `processed_at`, which a queued message has not got yet: it may be missing above.
    const newest = await events.list(session, { order: 'desc', limit: 50, types: ['user.message'] }, request);
    for (const event of newest.data.reverse()) {
      if (event.type === 'user.message' && !event.processed_at) yield event;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
