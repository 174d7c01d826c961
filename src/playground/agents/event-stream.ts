import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Clock } from '../../clock.ts';
import type { TrafficLog } from '../traffic.ts';
import { badRequest } from './api-error.ts';
import type { EventLog, LogListener, Preview, PreviewType, SessionEvent } from './event-log.ts';
import type { ApiRequest } from './http.ts';
import { readList } from './query.ts';
import { forTraffic } from './traffic-body.ts';

const HEARTBEAT_MS = 15_000;

/** The open server-sent event streams of the whole server. */
export interface EventStreams {
  /** Follows a session from now on: nothing is replayed. Ends when the session is deleted or the client leaves. */
  open(log: EventLog, request: ApiRequest): Response;
  /** Breaks every open stream: socket reset, clean end of file, or silence without even heartbeats. */
  breakAll(how: 'reset' | 'eof' | 'stall'): void;
  count(): number;
}

interface Connection {
  break(how: 'reset' | 'eof' | 'stall'): void;
}

export function createEventStreams({
  clock,
  traffic,
}: {
  clock: Clock;
  traffic: TrafficLog | undefined;
}): EventStreams {
  const connections = new Set<Connection>();
  return {
    open(log, { query, outgoing, requestId }) {
      const previews = readPreviews(query);
      // Whoever left while the request waited is not told of again.
      if (outgoing.destroyed) return RESPONSE_ALREADY_SENT;
      let silent = false;
      let stopHeartbeat = () => {};
      const write = (text: string) => {
        if (!silent) outgoing.write(text);
      };
      const send = (frame: SessionEvent | Preview) => {
        // The SDK drops frames without an event line.
        write(`event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`);
        // Deltas would push everything else out of the drawer.
        if (frame.type === 'event_delta' || silent) return;
        const body = forTraffic(frame);
        traffic?.record({ at: clock.now(), server: 'agents', direction: 'out', name: `sse ${frame.type}`, body });
      };
      const listener: LogListener = {
        event: send,
        preview: (preview, of) => previews.has(of) && send(preview),
        end: () => outgoing.end(),
      };
      const connection: Connection = {
        break(how) {
          // Nothing can be written any more, and its closing is told only later.
          silent = true;
          if (how === 'reset') outgoing.destroy();
          if (how === 'eof') outgoing.end();
        },
      };
      const beat = () => {
        write(': heartbeat\n\n');
        stopHeartbeat = clock.after(HEARTBEAT_MS, beat);
      };
      outgoing.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'request-id': requestId,
      });
      outgoing.flushHeaders();
      stopHeartbeat = clock.after(HEARTBEAT_MS, beat);
      const stopListening = log.listen(listener);
      connections.add(connection);
      outgoing.on('close', () => {
        stopHeartbeat();
        stopListening();
        connections.delete(connection);
      });
      return RESPONSE_ALREADY_SENT;
    },
    breakAll(how) {
      for (const connection of [...connections]) connection.break(how);
    },
    count: () => connections.size,
  };
}

const PREVIEWS = new Set<string>(['agent.message', 'agent.thinking'] satisfies PreviewType[]);

function readPreviews(query: URLSearchParams): Set<string> {
  const asked = readList(query, 'event_deltas');
  if (asked.length > 100) throw badRequest('event_deltas: at most 100 values are allowed');
  const wrong = asked.find((type) => !PREVIEWS.has(type));
  if (wrong !== undefined) throw badRequest(`event_deltas: '${wrong}' is not supported`);
  return new Set(asked);
}
