import type { WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { isSlackTs, parseThreadId, type ThreadId, threadId } from '../thread/ids.ts';
import type { SelfTestPlace } from '../thread/self-test.ts';
import { eventBody } from './delivery.ts';
import type { Identity } from './from-slack.ts';
import { patiently } from './patiently.ts';

export interface SelfTestPlaceOptions {
  /** For writes: rejects on 429, and retries nothing. */
  client: WebClient;
  reader: WebClient;
  identity(): Identity;
  /** Calls back with the body of every delivery. */
  listen(listener: (body: unknown) => void): () => void;
  clock: Clock;
}

const ROOT_TEXT = 'Self-test of Drawbridge: the agent is asked for one word, and answers here.';
/** A self-test is a handful of messages. */
const PAGE = 100;

export function createSelfTestPlace(options: SelfTestPlaceOptions): SelfTestPlace {
  const { client, reader, identity, listen, clock } = options;

  const messagesOf = async (thread: ThreadId) => {
    const { channel, root } = parseThreadId(thread);
    const asked = { channel, ts: root, limit: PAGE };
    const { messages = [] } = await patiently(clock, () => reader.conversations.replies(asked));
    return messages.filter(({ user }) => user === identity().botUserId);
  };

  return {
    author: () => ({ user: identity().botUserId, team: identity().teamId }),
    async open(channel) {
      const come = new Set<unknown>();
      listen((body) => {
        const delivery = eventBody.safeParse(body);
        if (delivery.success && delivery.data.event.channel === channel) come.add(delivery.data.event.ts);
      });
      const { ts } = await client.chat.postMessage({ channel, text: ROOT_TEXT });
      if (!isSlackTs(ts)) throw new Error('Slack took the message without saying where it is.');
      const thread = threadId({ team: identity().teamId, channel, root: ts });
      return { thread, ts, hasCome: () => come.has(ts) };
    },
    async read(thread) {
      const { root } = parseThreadId(thread);
      const messages = await messagesOf(thread);
      return messages.filter(({ ts }) => ts !== root).map(({ text = '' }) => text);
    },
    async clear(thread) {
      const { channel } = parseThreadId(thread);
      // The root last: it takes the thread with it.
      for (const { ts = '' } of (await messagesOf(thread)).reverse()) {
        await patiently(clock, () => client.chat.delete({ channel, ts }));
      }
    },
  };
}
