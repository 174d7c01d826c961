import {
  type ConversationsHistoryResponse,
  type ConversationsRepliesResponse,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from '@slack/web-api';
import { type Clock, sleep } from '../../clock.ts';
import type { Allowance } from '../../thread/allowance.ts';
import { isSlackTs, parseThreadId, type SlackTs, type ThreadId } from '../../thread/ids.ts';

export type Written = (
  | NonNullable<ConversationsRepliesResponse['messages']>[number]
  | NonNullable<ConversationsHistoryResponse['messages']>[number]
) & { ts: SlackTs };

/** `nothing`: Slack does not let us see it any more, or never did; why is an error name of Slack's. */
type Read = { messages: Written[]; isWhole: boolean } | { nothing: string };

export interface MissedReads {
  /** What was written in a thread after `oldest`, oldest first. `later`: after those that somebody waits for. */
  replies(thread: ThreadId, options: { oldest: SlackTs; later: boolean }): Promise<Read>;
  /** What was written in a channel itself after `oldest`, oldest first. */
  history(channel: string, oldest: string): Promise<Read>;
}

interface MissedReadsOptions {
  reader: WebClient;
  clock: Clock;
  signal: AbortSignal;
  /** Of `conversations.replies`, and of `conversations.history`: Slack counts each method for itself. */
  allowances: { replies: Allowance; history: Allowance };
}

const PAGE = 200;
/** Of one thread or channel; for an app that Slack gives 15 messages at once, that is 300. */
const PAGES = 20;
const TRIES = 5;
const FIRST_WAIT_MS = 1_000;

interface Lane {
  allowance: Allowance;
  later: boolean;
}

interface Page {
  messages?: { ts?: string }[];
  has_more?: boolean;
  response_metadata?: { next_cursor?: string };
}

/**
 * Reads what nobody took in, at the pace of the allowances. A 429 makes all of them wait, and what cannot be read at
 * all is no error: threads are deleted, and bots are taken out of channels. Rejects when Slack cannot be reached.
 */
export function createMissedReads({ reader, clock, signal, allowances }: MissedReadsOptions): MissedReads {
  const patiently = async ({ allowance, later }: Lane, ask: () => Promise<Page>): Promise<Page> => {
    for (let tries = 1; ; tries += 1) {
      await allowance.take({ signal, later });
      signal.throwIfAborted();
      try {
        return await ask();
      } catch (error) {
        if (tries === TRIES || !mayPass(error)) throw error;
        if (error instanceof WebAPIRateLimitedError) allowance.pause(error.retryAfter * 1_000);
        else await sleep(clock, FIRST_WAIT_MS * 2 ** (tries - 1), signal);
      }
    }
  };

  const all = async (
    lane: Lane,
    { oldest, ask }: { oldest: string; ask: (cursor: string) => Promise<Page> },
  ): Promise<Read> => {
    const found = new Map<SlackTs, Written>();
    let cursor = '';
    try {
      for (let page = 0; page < PAGES; page += 1) {
        const answer = await patiently(lane, () => ask(cursor));
        // The root comes first on every page, however old it is.
        for (const message of answer.messages ?? []) if (isAfter(message, oldest)) found.set(message.ts, message);
        cursor = answer.response_metadata?.next_cursor ?? '';
        if (answer.has_more !== true || cursor === '') return { messages: inOrder(found), isWhole: true };
      }
      return { messages: inOrder(found), isWhole: false };
    } catch (error) {
      if (!(error instanceof WebAPIPlatformError) || mayPass(error)) throw error;
      return { nothing: error.data.error };
    }
  };

  return {
    replies(thread, { oldest, later }) {
      const { channel, root } = parseThreadId(thread);
      const asked = { channel, ts: root, oldest, limit: PAGE };
      const ask = (cursor: string) => reader.conversations.replies({ ...asked, ...(cursor ? { cursor } : {}) });
      return all({ allowance: allowances.replies, later }, { oldest, ask });
    },
    history(channel, oldest) {
      const asked = { channel, oldest, limit: PAGE };
      const ask = (cursor: string) => reader.conversations.history({ ...asked, ...(cursor ? { cursor } : {}) });
      return all({ allowance: allowances.history, later: true }, { oldest, ask });
    },
  };
}

function isAfter(message: { ts?: string }, oldest: string): message is Written {
  return isSlackTs(message.ts) && message.ts > oldest;
}

function inOrder(found: Map<SlackTs, Written>): Written[] {
  return [...found.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

const PASSING = new Set(['ratelimited', 'internal_error', 'fatal_error', 'request_timeout', 'service_unavailable']);

function mayPass(error: unknown): boolean {
  if (error instanceof WebAPIPlatformError) return PASSING.has(error.data.error);
  return [WebAPIRateLimitedError, WebAPIHTTPError, WebAPIRequestError].some((kind) => error instanceof kind);
}
