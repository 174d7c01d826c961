import type { SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';

/** The socket client inside Bolt's receiver; its package is Bolt's own affair. */
export type SocketClient = SocketModeReceiver['client'];

const frame = z.object({
  type: z.string(),
  reason: z.string().optional().catch(undefined),
  payload: z.unknown().optional(),
});

const eventPayload = z.object({ event: z.object({ type: z.string() }) });

const namedPayload = z.object({ type: z.string() });

export interface FrameListener {
  /** Slack says that it closes the connection, and why: `warning`, `refresh_requested`, `link_disabled`, … */
  onGoodbye(reason: string): void;
  /** The body of each delivery, before it is taken in. */
  onDelivery(payload: unknown): void;
}

/**
 * Stands in front of the client's own reader of frames and lets only those through that it can read. Socket Mode 3.1.0
 * takes the name of every Events API frame from `payload.event.type`, inside a listener whose rejection nobody catches:
 * one frame without it, such as Slack's notice that it drops events, would end the process. A goodbye does not get
 * through either: the client would close at once, with the next connection still to be made.
 */
export function guardFrames(client: SocketClient, { log, ...listener }: FrameListener & { log: Logger }): void {
  const readers = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', async (data: unknown, isBinary: boolean) => {
    const parsed = readFrame(data);
    if (!parsed) return log.warn({ reason: 'unreadable' }, 'Slack frame dropped');
    const { type, reason = 'unknown', payload } = parsed;
    if (type === 'disconnect') return listener.onGoodbye(reason);
    if (type === 'events_api' && !eventPayload.safeParse(payload).success) {
      const name = namedPayload.safeParse(payload).data?.type;
      return log.warn({ reason: name ?? 'no-event' }, 'Slack frame dropped');
    }
    if (type !== 'hello') listener.onDelivery(payload);
    try {
      await Promise.all(readers.map((reader) => reader(data, isBinary)));
    } catch (error) {
      // Unacknowledged, so Slack sends it again; the next frame must not suffer from this one.
      log.error({ err: error, frame: type }, 'Slack frame could not be processed');
    }
  });
}

function readFrame(data: unknown): z.infer<typeof frame> | null {
  if (typeof data !== 'string') return null;
  try {
    return frame.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null; // not JSON: the caller says so
  }
}
