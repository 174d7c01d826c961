import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
} from '@slack/web-api';
import { type Clock, sleep } from '../clock.ts';
import type { Workspace } from '../thread/gate-ports.ts';
import { isSlackTs } from '../thread/ids.ts';
import type { Identity } from './from-slack.ts';
import type { Pacer } from './pacer/pacer.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';
import { disarm } from './reply/disarm.ts';
import { fallback, MAX_MARKDOWN, markdownBlock } from './reply/message.ts';
import { refusalOf } from './reply/refusal.ts';
import { readSoFar } from './so-far.ts';
import { createSpokenLines, newestWithin } from './spoken-lines.ts';

export interface WorkspaceOptions {
  /** For writes: rejects on 429, and retries nothing. */
  client: WebClient;
  reader: WebClient;
  pacer: Pacer;
  people: People;
  places: Places;
  identity(): Identity;
  clock: Clock;
}

/** Characters of a thread that is read; what is older is left out. */
const READ_CHARACTERS = 60_000;
const EVENT_TYPE = 'drawbridge_tool';
/** Slack lets a post wait; whoever asked for it does not wait for ever, and must not be surprised by it later. */
const POST_WITHIN_MS = 30_000;
/** A post that was cut off may take effect a moment later. */
const LOOK_AFTER_MS = 1_000;
const LOOKED_AT = 200;
/** How far our clock and Slack's may differ. */
const CLOCKS_APART_S = 300;

/** What a tool may do in Slack, as the bot. Errors say to the agent what to do. */
export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { client, reader, pacer, identity, clock } = options;
  const spoken = createSpokenLines(options);

  /** Where the message with this key stands, or null. */
  const findPost = async ({ channel, threadTs, key, since }: Sought): Promise<string | null> => {
    const page = { channel, limit: LOOKED_AT, include_all_metadata: true, oldest: since };
    const { messages = [], has_more } = threadTs
      ? await reader.conversations.replies({ ...page, ts: threadTs })
      : await reader.conversations.history(page);
    const found = messages.find(({ user, metadata }) => {
      return (
        user === identity().botUserId && metadata?.event_type === EVENT_TYPE && keyOf(metadata.event_payload) === key
      );
    });
    if (!found && has_more) throw new Error('too much was written since to say');
    return found?.ts ?? null;
  };

  /** After an answer that never came: whether the message stands all the same. */
  const settle = async (sought: Sought, cause: unknown): Promise<string> => {
    await sleep(clock, LOOK_AFTER_MS);
    let standing: string | null;
    try {
      standing = await findPost(sought);
    } catch {
      const message = 'Slack did not answer, so the message may or may not be there. Look before you post it again.';
      throw new Error(message, { cause });
    }
    if (standing !== null) return standing;
    throw new Error('Slack did not answer, and the message is not there. You may post it again.', { cause });
  };

  return {
    async readThread(thread, { limit }) {
      const window = await readSoFar(reader, { thread, keep: limit, clock }).catch((error: unknown) => {
        throw new Error('Slack cannot be read now. Try again in a minute.', { cause: error });
      });
      if (!window) throw new Error('Nothing of this thread can be read: the bot may not be in its channel any more.');
      const lines = await Promise.all(
        window.messages.map(async (message) => ({ ...(await spoken.line(message)), ts: message.ts })),
      );
      const written = lines.filter(({ text }) => text !== '');
      return newestWithin(written, READ_CHARACTERS).lines;
    },

    async postMessage({ channel, text, threadTs, key }) {
      const markdown = disarm(text);
      if (markdown.trim() === '') throw new Error('The message is empty.');
      if (markdown.length > MAX_MARKDOWN) {
        throw new Error(`The message has more than ${MAX_MARKDOWN} characters. Post it in parts.`);
      }
      const since = String(Math.floor(clock.now() / 1_000) - CLOCKS_APART_S);
      const send = async () => {
        const posted = await client.chat.postMessage({
          channel,
          ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
          text: fallback(text),
          blocks: [markdownBlock(markdown)],
          unfurl_links: false,
          unfurl_media: false,
          metadata: { event_type: EVENT_TYPE, event_payload: { key } },
        });
        return posted.ts;
      };
      try {
        const ts = await writeSoon(send, { pacer, clock, channel, threadTs });
        if (isSlackTs(ts)) return { ts };
        throw new Error('Slack took the message without saying where it is.');
      } catch (error) {
        if (!isSlacks(error)) throw error;
        const refusal = refusalOf(error);
        if (refusal !== null) throw new Error(refusalWords(refusal), { cause: error });
        return { ts: await settle({ channel, threadTs, key, since }, error) };
      }
    },
  };
}

interface Sought {
  channel: string;
  threadTs: string | undefined;
  key: string;
  /** Seconds since the epoch. */
  since: string;
}

interface SoonOptions {
  pacer: Pacer;
  clock: Clock;
  channel: string;
  threadTs: string | undefined;
}

/** Sends when the pacer lets it, or never: what has not gone out in time is given up, and a post under way is waited for. */
function writeSoon<T>(send: () => Promise<T>, { pacer, clock, channel, threadTs }: SoonOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSending = false;
    let isLate = false;
    const cancel = clock.after(POST_WITHIN_MS, () => {
      isLate = true;
      if (!isSending) reject(new Busy());
    });
    const sendMarked = async () => {
      isSending = true;
      try {
        return { sent: await send() };
      } catch (error) {
        throw isLate && error instanceof WebAPIRateLimitedError ? new Busy() : error;
      } finally {
        isSending = false;
      }
    };
    const write = {
      method: 'chat.postMessage',
      channel,
      thread: `${channel}/${threadTs ?? ''}`,
      class: () => (isLate ? null : 'first-sight'),
    } as const;
    pacer
      .write(write, sendMarked)
      .then((done) => (done ? resolve(done.sent) : reject(new Busy())), reject)
      .finally(cancel);
  });
}

class Busy extends Error {
  constructor() {
    super('Slack is busy, and the message was not posted. Try again in a minute.');
    this.name = 'Busy';
  }
}

function isSlacks(error: unknown): boolean {
  return [WebAPIPlatformError, WebAPIHTTPError, WebAPIRequestError].some((kind) => error instanceof kind);
}

function keyOf(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null && 'key' in payload ? payload.key : undefined;
}

const REFUSALS: Record<string, string> = {
  not_in_channel: 'The bot is not in that channel. Ask a person to invite it there, or write in this thread.',
  channel_not_found: 'There is no such channel, or the bot cannot see it. Ask a person to invite it there.',
  is_archived: 'That channel is archived: nobody can write in it. Choose another.',
  thread_not_found: 'That thread no longer exists. Post in the channel itself.',
  cannot_reply_to_message: 'That thread no longer exists. Post in the channel itself.',
  invalid_thread_ts: 'That is not a thread. Post in the channel itself.',
  restricted_action_thread_locked: 'That thread is locked: nobody can write in it any more.',
  restricted_action_thread_only_channel: 'In that channel one can only reply in threads.',
  msg_too_long: 'The message is too long for Slack. Post it in parts.',
  msg_blocks_too_long: 'The message is too long for Slack. Post it in parts.',
  message_limit_exceeded: 'The workspace takes no more messages for now. Do not try again; tell the person.',
  missing_scope: 'The bot lacks the right to post. An operator has to install the app again; tell the person.',
};

function refusalWords(refusal: string): string {
  const known = Object.hasOwn(REFUSALS, refusal) ? REFUSALS[refusal] : undefined;
  if (known !== undefined) return known;
  if (refusal.startsWith('restricted_action')) return 'The bot may not write there. Choose another channel.';
  return `Slack refused the message (${refusal}), so it was not posted.`;
}
