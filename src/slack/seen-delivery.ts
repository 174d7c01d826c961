import { z } from 'zod';
import type { Identity } from './from-slack.ts';

/** That something was delivered, and nothing of what it says. */
export interface SeenDelivery {
  /** Slack's name for it: the type of an event, and its subtype where it has one. */
  kind: string;
  channel: string;
  /** The message that it is about. */
  ts: string;
}

const text = z.string().optional().catch(undefined);
const event = z.object({
  type: z.literal('event_callback'),
  event: z.object({ type: z.string(), subtype: text, channel: z.string(), ts: z.string(), user: text, bot_id: text }),
});

/** Null for what is about no message, and for what the bot wrote itself. Pure. */
export function seenDelivery(body: unknown, { botUserId, botId }: Identity): SeenDelivery | null {
  const parsed = event.safeParse(body);
  if (!parsed.success) return null;
  const { type, subtype, channel, ts, user, bot_id } = parsed.data.event;
  if (user === botUserId || bot_id === botId) return null;
  return { kind: subtype === undefined ? type : `${type}.${subtype}`, channel, ts };
}
