import { z } from 'zod';
import type { HandlerTool } from '../../thread/gate-ports.ts';
import { parseThreadId } from '../../thread/ids.ts';
import { defineTool } from '../define-tool.ts';

const HERE = 'this thread';
const MAX_TEXT = 11_000;
/** Slack may make a post wait, and an unknown outcome is looked up before it is told. */
const TIMEOUT_MS = 120_000;

/** Writes as the bot, where the bot may write. */
export function slackPostMessage(): HandlerTool {
  return defineTool({
    name: 'slack_post_message',
    description:
      'Posts a message in Slack as the bot. Your answers appear in the thread you work in by themselves: use this for ' +
      'another channel. The bot must be in that channel. Nobody is notified by name: mentions are shown as plain text.',
    inputSchema: z.strictObject({
      channel: z
        .string()
        .trim()
        .refine((value) => value === HERE || channelIn(value) !== null, {
          error: `must be a channel id, such as C0123ABCD, or "${HERE}"`,
        })
        .meta({ description: `A channel id (C…), or "${HERE}".` }),
      text: z
        .string()
        .max(MAX_TEXT)
        .refine((value) => value.trim() !== '', { error: 'must not be empty' })
        .meta({ description: 'Markdown.' }),
    }),
    people: 'ask',
    timeoutMs: TIMEOUT_MS,
    isRepeatable: false,
    async run({ channel, text }, { thread, callId, workspace }) {
      const here = parseThreadId(thread);
      const place =
        channel === HERE ? { channel: here.channel, threadTs: here.root } : { channel: channelIn(channel) ?? '' };
      const { ts } = await workspace.postMessage({ ...place, text, key: callId });
      return `Posted in ${channel === HERE ? HERE : place.channel} (ts ${ts}).`;
    },
  });
}

/** The id of a channel, also as it stands in a link to it; null for anything else. */
function channelIn(value: string): string | null {
  return /^(?:<#)?([CDG][A-Z0-9]{2,})(?:\|[^<>]*)?>?$/.exec(value)?.[1] ?? null;
}
