import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../clock.ts';
import { isRecord, parseJson } from './decode.ts';
import type { Envelope, Line, Outcome } from './deliveries.ts';
import { newId } from './ids.ts';

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

/**
 * How a socket can fail without a word. `half_open`: nothing is read or written any more, as when the network between
 * has gone. `deaf`: it answers pings, but nothing is delivered on it.
 */
export type SilentFailure = 'half_open' | 'deaf';

/** The Socket Mode side: single-use links, the open sockets, and the envelopes that wait for their acks. */
export interface SocketMode extends Line {
  /** A link for `apps.connections.open`; one connection may use it. */
  link(wsBaseUrl: string): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends a disconnect frame on every open socket; `abrupt` cuts the connections without a word. */
  disconnect(reason: DisconnectReason | 'abrupt'): void;
  /** What becomes of every open socket. Slack takes them for good ones, so what it delivers there is lost. */
  fail(how: SilentFailure): void;
  /** Writes a raw frame to one open socket. */
  forge(frame: string): void;
  count(): number;
  stop(): void;
}

export interface SocketModeOptions {
  clock: Clock;
  appId: string;
  random: () => number;
}

const ACK_TIMEOUT_MS = 3_000;
const LINK_TTL_MS = 30_000;
const MAX_SOCKETS = 10;
/** From the warning to the end that it announces. */
const CLOSED_AFTER_WARNING_MS = 10_000;
/** How long a peer that answers nothing is taken for an open one. */
const HALF_OPEN_MS = 30_000;

export function createSocketMode({ clock, appId, random }: SocketModeOptions): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Map<string, number>();
  const open = new Set<WebSocket>();
  const silent = new WeakSet<WebSocket>();
  const waiting: (() => void)[] = [];
  const pending = new Map<string, { socket: WebSocket; settle: (outcome: Outcome) => void }>();

  const welcome = (socket: WebSocket) => {
    if (open.size >= MAX_SOCKETS) {
      socket.send(disconnectFrame('too_many_websockets'));
      socket.close();
      return;
    }
    open.add(socket);
    socket.on('message', (data) => takeAck(String(data), pending));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      open.delete(socket);
      for (const wait of [...pending.values()]) {
        if (wait.socket === socket) wait.settle({ acked: false, reason: 'timeout' });
      }
    });
    socket.send(helloFrame(appId, open.size));
    for (const go of waiting.splice(0)) go();
  };

  return {
    link(wsBaseUrl) {
      const ticket = newId('');
      tickets.set(ticket, clock.now() + LINK_TTL_MS);
      return `${wsBaseUrl}/link/?ticket=${ticket}&app_id=${appId}`;
    },
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const ticket = url.searchParams.get('ticket') ?? '';
      const expiresAt = tickets.get(ticket);
      tickets.delete(ticket);
      if (!url.pathname.startsWith('/link') || expiresAt === undefined || clock.now() > expiresAt) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, welcome);
    },
    open: () => open.size > 0,
    ready: () =>
      new Promise((resolve) => {
        if (open.size > 0) resolve();
        else waiting.push(resolve);
      }),
    deliver(envelope) {
      const sockets = [...open];
      const socket = sockets[Math.floor(random() * sockets.length)];
      if (!socket) return Promise.resolve({ acked: false, reason: 'timeout' });
      return awaitAck({ socket, envelope, pending, clock, isLost: silent.has(socket) });
    },
    disconnect(reason) {
      for (const socket of [...open]) {
        if (reason === 'abrupt') socket.terminate();
        else socket.send(disconnectFrame(reason));
        // Slack sends nothing more to a socket it has told to go; a warning only announces that.
        if (reason !== 'warning') open.delete(socket);
        else clock.after(CLOSED_AFTER_WARNING_MS, () => socket.close());
      }
    },
    fail(how) {
      for (const socket of open) {
        silent.add(socket);
        if (how === 'deaf') continue;
        socket.pause();
        clock.after(HALF_OPEN_MS, () => socket.terminate());
      }
    },
    forge(frame) {
      for (const socket of [...open].slice(0, 1)) socket.send(frame);
    },
    count: () => open.size,
    stop() {
      for (const socket of server.clients) socket.terminate();
      for (const wait of [...pending.values()]) wait.settle({ acked: false, reason: 'timeout', final: true });
      for (const go of waiting.splice(0)) go();
      server.close();
    },
  };
}

type Pending = Map<string, { socket: WebSocket; settle: (outcome: Outcome) => void }>;

interface Wait {
  socket: WebSocket;
  envelope: Envelope;
  pending: Pending;
  clock: Clock;
  /** It never reaches the app. */
  isLost: boolean;
}

function awaitAck({ socket, envelope, pending, clock, isLost }: Wait): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      cancel();
      pending.delete(envelope.envelope_id);
      resolve(outcome);
    };
    const cancel = clock.after(ACK_TIMEOUT_MS, () => settle({ acked: false, reason: 'timeout' }));
    pending.set(envelope.envelope_id, { socket, settle });
    if (!isLost) socket.send(JSON.stringify(envelope));
  });
}

function takeAck(text: string, pending: Pending): void {
  const frame = parseJson(text);
  if (!isRecord(frame) || typeof frame.envelope_id !== 'string') return;
  pending.get(frame.envelope_id)?.settle({ acked: true, payload: frame.payload });
}

function helloFrame(appId: string, connections: number): string {
  return JSON.stringify({
    type: 'hello',
    num_connections: connections,
    debug_info: { host: 'applink-playground', build_number: 1, approximate_connection_time: 18_060 },
    connection_info: { app_id: appId },
  });
}

function disconnectFrame(reason: DisconnectReason): string {
  return JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-playground' } });
}
