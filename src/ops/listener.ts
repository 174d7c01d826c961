import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Logger } from 'pino';

/** A request as it came in: the body unparsed, since its signature is over that. */
interface Incoming {
  headers: Headers;
  body: string;
}

/** What is to be done with the POST requests of one path. */
export interface Route {
  path: string;
  take(request: Incoming): Promise<Response>;
}

export interface ListenerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Without any, nothing listens. */
  routes: Route[];
  log: Logger;
}

/** The one port on which others reach the bot. */
export interface Listener {
  /** Rejects with what `listen` failed of. */
  start(): Promise<void>;
  /** Takes no more requests; resolves when those under way are answered. */
  stop(): Promise<void>;
}

/** As much as Slack's own receiver takes. */
const LARGEST_BODY = 4 * 1024 * 1024;

export function createListener({ host, port, routes, log }: ListenerOptions): Listener {
  let server: Server | undefined;

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const route = routes.find(({ path }) => path === pathname);
    if (!route) return new Response('not found', { status: 404 });
    if (request.method !== 'POST') return new Response('POST only', { status: 405, headers: { allow: 'POST' } });
    const body = await readBody(request);
    if (body === null) return new Response('too large', { status: 413, headers: { connection: 'close' } });
    try {
      return await route.take({ headers: request.headers, body });
    } catch (error) {
      log.error({ err: error, path: pathname }, 'request failed');
      return new Response(null, { status: 500 });
    }
  };

  return {
    async start() {
      if (routes.length === 0) return;
      const listening = createAdaptorServer({ fetch: answer }) as Server;
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject);
        listening.listen(port, host, resolve);
      });
      server = listening;
      const { address, port: taken } = listening.address() as AddressInfo;
      log.info({ address, port: taken, paths: routes.map(({ path }) => path) }, 'listening');
    },
    async stop() {
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    },
  };
}

/** Null: more than we take, of which no more is read than that. */
async function readBody({ headers, body }: Request): Promise<string | null> {
  if (Number(headers.get('content-length') ?? 0) > LARGEST_BODY) return null;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > LARGEST_BODY) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
