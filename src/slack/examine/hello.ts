import { WebSocket } from 'undici';
import { z } from 'zod';

/** What Slack says when a Socket Mode connection stands. */
export interface Hello {
  appId: string | null;
  /** How many connections of the app stand now, this one included; null: Slack did not say. */
  connections: number | null;
}

const HELLO_WITHIN_MS = 10_000;

const frame = z.object({
  type: z.string(),
  reason: z.string().optional().catch(undefined),
  num_connections: z.number().optional().catch(undefined),
  connection_info: z.object({ app_id: z.string() }).optional().catch(undefined),
});

/**
 * Opens the socket at `address`, and closes it at Slack's hello. What Slack sent over it meanwhile is not acknowledged:
 * it repeats events, and a click of those few milliseconds is lost. Rejects with Slack's reason to close it, or with
 * `unreachable`.
 */
export async function hello(address: string): Promise<Hello> {
  const socket = new WebSocket(address);
  try {
    return await new Promise<Hello>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(reason));
      setTimeout(() => fail('unreachable'), HELLO_WITHIN_MS).unref();
      socket.addEventListener('error', () => fail('unreachable'));
      socket.addEventListener('close', () => fail('unreachable'));
      socket.addEventListener('message', ({ data }) => {
        const { type, reason, num_connections: connections = null, connection_info: info } = read(data);
        if (type === 'hello') resolve({ appId: info?.app_id ?? null, connections });
        if (type === 'disconnect') fail(reason ?? 'unreachable');
      });
    });
  } finally {
    socket.close();
  }
}

function read(data: unknown): z.output<typeof frame> {
  try {
    return frame.parse(JSON.parse(String(data)));
  } catch {
    return { type: 'unreadable' };
  }
}
