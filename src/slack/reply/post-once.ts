import { WebAPIRateLimitedError } from '@slack/web-api';
import { type Clock, sleep } from '../../clock.ts';
import type { SlackTs } from '../../thread/ids.ts';
import type { MessageContent } from './message.ts';
import { refusalOf } from './refusal.ts';
import type { Rows } from './rows.ts';
import type { ThreadWrites, Urgency } from './thread-writes.ts';

export interface PostOnce {
  key: string;
  urgency: Urgency;
  /** Of what is to be posted as it is known now. */
  digest: string;
  /** What to post; asked when its turn has come. Null: nothing any more. */
  render: () => (MessageContent & { digest: string }) | null;
  /** Gives up waiting for Slack, leaving the row as it is: the next process looks. */
  signal: AbortSignal;
}

export interface PostOnceDeps {
  writes: ThreadWrites;
  rows: Rows;
  clock: Clock;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * Posts a message so that it stands once, whatever happens to the process or the answer: the ledger row is on disk
 * before the post, and an unknown outcome is settled by looking for the message's key in the thread. Rejects with
 * Slack's error when Slack definitely refuses; resolves with null when nothing was posted.
 */
export async function postOnce(
  { writes, rows, clock }: PostOnceDeps,
  { key, urgency, render, signal, ...known }: PostOnce,
): Promise<SlackTs | null> {
  const { posts } = rows.data;
  let uncertain = posts[key] !== undefined;
  let digest = posts[key]?.digest ?? known.digest;
  const row = { ts: null, digest };
  posts[key] = row;
  await rows.save();
  const renderNow = () => {
    const content = signal.aborted ? null : render();
    digest = content?.digest ?? digest;
    return content;
  };

  const tryOnce = async () => {
    const standing = uncertain ? await writes.findPost(key) : null;
    uncertain = true;
    return standing ?? (await writes.post(key, renderNow, () => (signal.aborted ? null : urgency())));
  };

  /** Unless another post of the same key has taken the row over. */
  const forget = () => {
    if (posts[key] === row) delete posts[key];
  };

  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
    try {
      const ts = await tryOnce();
      if (ts) posts[key] = { ts, digest };
      else if (!signal.aborted) forget();
      await rows.save();
      return ts;
    } catch (error) {
      if (refusalOf(error) !== null) {
        forget();
        await rows.save();
        throw error;
      }
      const limitMs = error instanceof WebAPIRateLimitedError ? error.retryAfter * 1_000 : 0;
      await sleep(clock, Math.max(waitMs, limitMs), signal);
      if (signal.aborted) return null;
    }
  }
}
