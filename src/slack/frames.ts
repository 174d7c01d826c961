import type { SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';

/** The socket client inside Bolt's receiver; its package is Bolt's own affair. */
export type SocketClient = SocketModeReceiver['client'];

const frame = z.object({ type: z.string(), reason: z.string().optional().catch(undefined) });

const eventFrame = z.object({ payload: z.object({ event: z.object({ type: z.string() }) }) });

const otherPayload = z.object({ envelope_id: z.unknown(), payload: z.object({ type: z.string() }).optional() });

export interface FrameListener {
  /** Slack says that it closes the connection, and why: `warning`, `refresh_requested`, `link_disabled`, … */
  onGoodbye(reason: string): void;
}

/**
 * Stands in front of the client's own reader of frames and lets only those through that it can read. Socket Mode 3.1.0
 * takes the name of every Events API frame from `payload.event.type`, inside a listener whose rejection nobody catches:
 * one frame without it, such as Slack's notice that it drops events, would end the process.
 */
export function guardFrames(client: SocketClient, { onGoodbye, log }: FrameListener & { log: Logger }): void {
  const readers = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', async (data: unknown, isBinary: boolean) => {
    const parsed = readFrame(data);
    if (!parsed) {
      log.warn({ reason: 'unreadable' }, 'Slack frame dropped');
      return;
    }
    if (parsed.type === 'disconnect') onGoodbye(parsed.reason ?? 'unknown');
    if (parsed.type === 'events_api' && !eventFrame.safeParse(parsed.json).success) {
      const payload = otherPayload.safeParse(parsed.json).data?.payload;
      log.warn({ reason: payload?.type ?? 'no-event' }, 'Slack frame dropped');
      return;
    }
    try {
      await Promise.all(readers.map((reader) => reader(data, isBinary)));
    } catch (error) {
      // Unacknowledged, so Slack sends it again; the next frame must not suffer from this one.
      log.error({ err: error, frame: parsed.type }, 'Slack frame could not be processed');
    }
  });
}

function readFrame(data: unknown): { type: string; reason?: string | undefined; json: unknown } | null {
  if (typeof data !== 'string') return null;
  try {
    const json: unknown = JSON.parse(data);
    const head = frame.safeParse(json);
    return head.success ? { ...head.data, json } : null;
  } catch {
    return null; // not JSON: the caller says so
  }
}
