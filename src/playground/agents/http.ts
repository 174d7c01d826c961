import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { type Clock, sleep } from '../../clock.ts';
import type { TrafficLog } from '../traffic.ts';
import { ApiError, badRequest, errorBody } from './api-error.ts';
import type { FaultPoints } from './faults.ts';
import type { MakeId } from './ids.ts';
import { createLimits } from './limits.ts';
import { forTraffic } from './traffic-body.ts';

const BETA = 'managed-agents-2026-04-01';
/** Memory stores have one of their own, which goes together with no other. */
const MEMORY_BETA = 'agent-memory-2026-07-22';
const MAX_BODY = 32 * 1024 * 1024;

/** One request as a route sees it. */
export interface ApiRequest {
  param(name: string): string;
  query: URLSearchParams;
  /** True when the managed-agents beta header was sent. */
  beta: boolean;
  /** The JSON body; throws the 400 or 413 of a bad one. */
  body(): Promise<unknown>;
  requestId: string;
  /** For a body that is read in pieces. */
  incoming: IncomingMessage;
  outgoing: HttpBindings['outgoing'];
}

/** A route answers with a JSON body, or with a whole Response (bytes, a stream it writes itself). */
export interface Route {
  name: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  run(request: ApiRequest): unknown;
}

interface HttpWorld {
  clock: Clock;
  makeId: MakeId;
  apiKey: string;
  faults: FaultPoints;
  traffic: TrafficLog | undefined;
  /** Counts requests by route name. */
  count(name: string): void;
}

type Env = { Bindings: HttpBindings; Variables: { requestId: string } };

/** Everything between the socket and the routes: keys, the beta header, request ids, errors, failures, traffic. */
export function createHttpApp(routes: Route[], world: HttpWorld): Hono<Env> {
  const app = new Hono<Env>();
  const limits = createLimits(world.clock);
  const record = (direction: 'in' | 'out', name: string, more: { status?: number; body?: unknown } = {}) =>
    world.traffic?.record({ at: world.clock.now(), server: 'agents', direction, name, ...more });
  const name = (c: Context<Env>) => `${c.req.method} ${c.req.path}`;

  app.use(async (c, next) => {
    c.set('requestId', world.makeId('req'));
    authenticate(c.req.raw.headers, world.apiKey);
    await next();
  });
  for (const route of routes) {
    app.on(route.method, route.path, async (c) => {
      world.count(route.name);
      const request = readRequest(c);
      checkBeta(route, betasOf(c));
      record('in', name(c), await requestBody(c));
      const delay = world.faults.takeDelay(route.name);
      if (delay > 0) await sleep(world.clock, delay);
      if (world.faults.settings.limits) limits.spend(route);
      const failure = world.faults.takeFailure(route.name);
      if (failure) throw failure;
      const answer = await route.run(request);
      if (answer === RESPONSE_ALREADY_SENT) return RESPONSE_ALREADY_SENT;
      const lost = world.faults.takeLostAnswer(route.name);
      if (lost === 'reset') return resetConnection(request);
      if (lost === 'error') throw new ApiError(500, 'Internal server error');
      c.header('request-id', request.requestId);
      if (answer instanceof Response) return answer;
      record('out', name(c), { status: 200, body: forTraffic(answer) });
      return c.json(answer as object);
    });
  }
  app.notFound((c) => {
    throw new ApiError(404, `Not found: ${c.req.method} ${c.req.path}`);
  });
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    const refusal = error instanceof ApiError ? error : new ApiError(500, 'Internal server error');
    const body = errorBody(refusal, requestId);
    record('out', name(c), { status: refusal.status, body });
    const retryAfter = refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) };
    const headers = { 'content-type': 'application/json', 'request-id': requestId, ...retryAfter };
    return new Response(JSON.stringify(body), { status: refusal.status, headers });
  });
  return app;
}

/** Cuts the connection instead of answering. */
function resetConnection(request: ApiRequest): Response {
  request.outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}

function authenticate(headers: Headers, apiKey: string): void {
  // The SDK sends its key as a bearer token, the documentation's curl as x-api-key.
  const bearer = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  const key = headers.get('x-api-key') ?? bearer;
  if (key === undefined) throw new ApiError(401, 'x-api-key header is required');
  if (key !== apiKey) throw new ApiError(401, 'invalid x-api-key');
}

function readRequest(c: Context<Env>): ApiRequest {
  return {
    param: (key) => c.req.param(key) ?? '',
    query: new URL(c.req.url).searchParams,
    beta: betasOf(c).includes(BETA),
    async body() {
      const text = await c.req.text();
      if (Buffer.byteLength(text) > MAX_BODY) throw new ApiError(413, 'Request exceeds the maximum size of 32 MB');
      try {
        return JSON.parse(text === '' ? '{}' : text);
      } catch (cause) {
        throw Object.assign(badRequest('The request body is not valid JSON'), { cause });
      }
    },
    requestId: c.get('requestId'),
    incoming: c.env.incoming as IncomingMessage, // the server speaks HTTP/1.1 only
    outgoing: c.env.outgoing,
  };
}

function betasOf(c: Context<Env>): string[] {
  return (c.req.header('anthropic-beta') ?? '').split(',').map((beta) => beta.trim());
}

function checkBeta({ path }: Route, betas: string[]): void {
  const isMemory = path.startsWith('/v1/memory_stores');
  if (isMemory && betas.includes(MEMORY_BETA) && betas.includes(BETA)) {
    throw badRequest(`anthropic-beta: ${MEMORY_BETA} cannot be combined with ${BETA}`);
  }
  if (!path.startsWith('/v1/files') && !betas.includes(isMemory ? MEMORY_BETA : BETA)) {
    throw new ApiError(404, 'Not found');
  }
}

async function requestBody(c: Context<Env>): Promise<{ body?: unknown }> {
  if (!c.req.header('content-type')?.includes('application/json')) return {};
  const text = await c.req.text();
  try {
    return text === '' ? {} : { body: forTraffic(JSON.parse(text)) };
  } catch {
    return { body: forTraffic(text) }; // the route answers 400; the drawer shows what was sent
  }
}
