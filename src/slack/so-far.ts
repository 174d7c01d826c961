import { type ConversationsRepliesResponse, WebAPIPlatformError, type WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { parseThreadId, type SlackTs, type ThreadId } from '../thread/ids.ts';
import { patiently } from './patiently.ts';
import { isLiveKey } from './reply/sheets.ts';
import { REPLY_METADATA } from './reply/thread-writes.ts';

export type Said = NonNullable<ConversationsRepliesResponse['messages']>[number];

export interface Window {
  /** Oldest first. */
  messages: (Said & { ts: string })[];
  /** How many of the thread are older, or were beyond reach. */
  leftOut: number;
}

const PAGES = 5;
const PAGE_SIZE = 200;
const KEPT = 50;

/** What a bot that is not invited, or lacks the scope to read, is told. */
const OUT_OF_REACH = new Set([
  'access_denied',
  'channel_not_found',
  'method_not_supported_for_channel_type',
  'missing_scope',
  'no_permission',
  'not_in_channel',
  'thread_not_found',
]);

const SPOKEN_SUBTYPES = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message', 'bot_message']);

export interface WindowOptions {
  thread: ThreadId;
  /** Up to here, without it; to the end when left out. */
  before?: SlackTs;
  /** How many messages at most; 50 when left out. */
  keep?: number;
  clock: Clock;
}

/**
 * The newest messages said in a thread before `before`, by `conversations.replies`; null when there are none or Slack
 * does not let us read them. Its pages run from the oldest reply on, so all are walked, up to 1,000 messages; of
 * a longer thread the replies after those stay unread and are counted as left out.
 */
export async function readSoFar(
  reader: WebClient,
  { thread, before, keep = KEPT, clock }: WindowOptions,
): Promise<Window | null> {
  const { channel, root } = parseThreadId(thread);
  if (before !== undefined && root >= before) return null;
  const found = new Map<string, Said & { ts: string }>();
  let more = false;
  let cursor = '';
  try {
    for (let page = 0; page < PAGES && (page === 0 || more); page++) {
      const page = { channel, ts: root, limit: PAGE_SIZE, include_all_metadata: true };
      const asked = before === undefined ? page : { ...page, latest: before };
      const from = cursor ? { ...asked, cursor } : asked;
      const answer = await patiently(clock, () => reader.conversations.replies(from));
      // The root comes first on every page.
      for (const message of answer.messages ?? []) if (isSaidBefore(message, before)) found.set(message.ts, message);
      cursor = answer.response_metadata?.next_cursor ?? '';
      more = answer.has_more === true && cursor !== '';
    }
  } catch (error) {
    if (error instanceof WebAPIPlatformError && OUT_OF_REACH.has(error.data.error)) return null;
    throw error;
  }
  if (found.size === 0) return null;
  const all = [...found.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  const unread = more ? Math.max((found.get(root)?.reply_count ?? 0) + 1 - all.length, 1) : 0;
  return { messages: all.slice(-keep), leftOut: Math.max(all.length - keep, 0) + unread };
}

function isSaidBefore(message: Said, before: SlackTs | undefined): message is Said & { ts: string } {
  // The response type leaves out `subtype` and `hidden`, which the wire has.
  const { subtype, hidden } = message as Said & { subtype?: string; hidden?: boolean };
  if (hidden || !SPOKEN_SUBTYPES.has(subtype) || isProgress(message)) return false;
  const isEmpty = !message.text && !message.files?.length && !message.attachments?.length;
  return message.ts !== undefined && (before === undefined || message.ts < before) && !isEmpty;
}

/** Of what we show of work nothing was said, unless there are words between the steps. */
function isProgress({ metadata, blocks = [] }: Said): boolean {
  const key = metadata?.event_type === REPLY_METADATA ? (metadata.event_payload as { key?: unknown })?.key : undefined;
  return typeof key === 'string' && isLiveKey(key) && blocks.every(({ type = '' }) => WORDLESS_BLOCKS.has(type));
}

const WORDLESS_BLOCKS = new Set(['plan', 'task_card', 'context', 'actions']);
