import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { type Clock, sleep } from '../../clock.ts';
import type { TrafficLog } from '../traffic.ts';
import { readArgs } from './args.ts';
import { decodeCall } from './decode.ts';
import type { CallFault, SlackFaults } from './faults.ts';
import { newId } from './ids.ts';
import type { Methods } from './method.ts';
import { redact } from './redact.ts';
import { Refusal } from './refusal.ts';
import type { Scopes } from './scopes.ts';
import type { Tiers } from './tiers.ts';

/** One Web API call as it was received and answered. `at` is the clock's milliseconds. */
export interface ApiCall {
  method: string;
  args: Record<string, unknown>;
  at: number;
  token: 'bot' | 'app' | 'unknown' | 'none';
  response: Record<string, unknown>;
  httpStatus: number;
}

export interface WebApiOptions {
  clock: Clock;
  methods: Methods;
  tokens: { bot: string; app: string };
  faults: SlackFaults;
  tiers: Tiers;
  traffic: TrafficLog;
  scopes: Scopes;
  /** Hears of every call once it is answered. */
  onCall?: ((call: ApiCall) => void) | undefined;
}

type Env = { Bindings: HttpBindings };
type Body = Record<string, unknown>;

const KEPT = 10_000;

/** The routes of `/api/<method>`: decoding, tokens, tiers, faults, and a record of every call. */
export function createWebApi(options: WebApiOptions): { routes: Hono<Env>; calls: () => ApiCall[] } {
  const { clock, traffic } = options;
  const calls: ApiCall[] = [];
  const routes = new Hono<Env>();

  routes.all('/:method', async (c) => {
    const method = c.req.param('method');
    const { args, token } = await decodeCall(c.req.raw);
    const call: ApiCall = {
      method,
      args,
      at: clock.now(),
      token: tokenKind(token, options),
      response: {},
      httpStatus: 200,
    };
    calls.push(call);
    if (calls.length > KEPT) calls.shift();
    traffic.record({ at: call.at, server: 'slack', direction: 'in', name: method, body: redact(args) });

    const fault = options.faults.take(method);
    const response = await answer({ c, call, fault, options });
    call.httpStatus = response.status;
    options.onCall?.(call);
    traffic.record({
      at: clock.now(),
      server: 'slack',
      direction: 'out',
      name: method,
      status: call.httpStatus,
      body: redact(call.response),
    });
    return response;
  });
  return { routes, calls: () => [...calls] };
}

async function answer(job: {
  c: Context<Env>;
  call: ApiCall;
  fault: CallFault | undefined;
  options: WebApiOptions;
}): Promise<Response> {
  const { c, call, fault, options } = job;
  const early = fault && (await failBefore({ c, call, fault, clock: options.clock }));
  if (early) return early;
  const waitS = overBudget(call, options);
  if (waitS !== undefined) return tooMany({ c, call, retryAfterS: waitS });
  call.response = await run(call, options);
  const late = fault && (await failAfter({ c, fault, clock: options.clock }));
  return late ?? reply({ c, call, scopes: options.scopes });
}

/** For distributed apps: once a minute each. */
const LIMITED_READS = new Set(['conversations.history', 'conversations.replies']);

function overBudget(call: ApiCall, options: WebApiOptions): number | undefined {
  const spec = options.methods[call.method];
  if (!spec) return undefined;
  const isLimited = options.faults.distributed() && LIMITED_READS.has(call.method);
  if (!isLimited && !options.faults.tiersOn()) return undefined;
  const channel = typeof call.args.channel === 'string' ? call.args.channel : undefined;
  return options.tiers.exceeded({ method: call.method, tier: isLimited ? 1 : spec.tier, channel });
}

async function run(call: ApiCall, options: WebApiOptions): Promise<Body> {
  const warnings: string[] = [];
  try {
    const method = options.methods[call.method];
    if (!method) throw new Refusal('unknown_method', [], { req_method: call.method });
    const token = checkToken(call.token, method.token ?? 'bot');
    options.scopes.check({ method: call.method, token, args: call.args });
    const args = readArgs(call.args, method.needs ?? []);
    const body = await method.run({ args, warn: (warning) => warnings.push(warning) });
    return { ok: true, ...body, ...warningFields(warnings) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const details = error.details.length > 0 ? { response_metadata: { messages: error.details } } : {};
    return { ok: false, error: error.code, ...error.fields, ...details };
  }
}

function warningFields(warnings: string[]): Body {
  if (warnings.length === 0) return {};
  return { warning: warnings.join(','), response_metadata: { warnings } };
}

function tokenKind(token: string | undefined, { tokens }: WebApiOptions): ApiCall['token'] {
  if (token === undefined) return 'none';
  if (token === tokens.bot) return 'bot';
  return token === tokens.app ? 'app' : 'unknown';
}

function checkToken(kind: ApiCall['token'], wanted: 'app' | 'bot'): 'app' | 'bot' {
  if (kind === 'none') throw new Refusal('not_authed');
  if (kind === 'unknown') throw new Refusal('invalid_auth');
  if (kind !== wanted) throw new Refusal('not_allowed_token_type');
  return kind;
}

function reply({ c, call, scopes }: { c: Context<Env>; call: ApiCall; scopes: Scopes }): Response {
  const { token, method, response } = call;
  return c.json(response, 200, {
    'content-type': 'application/json; charset=utf-8',
    ...(token === 'bot' || token === 'app' ? { 'x-oauth-scopes': scopes.granted(token).join(',') } : {}),
    'x-accepted-oauth-scopes': scopes.accepted(method).join(','),
    'x-slack-req-id': newId(''),
  });
}

function tooMany({ c, call, retryAfterS }: { c: Context<Env>; call: ApiCall; retryAfterS: number }): Response {
  call.response = { ok: false, error: 'ratelimited' };
  return c.json(call.response, 429, { 'retry-after': String(retryAfterS) });
}

async function failBefore(job: {
  c: Context<Env>;
  call: ApiCall;
  fault: CallFault;
  clock: Clock;
}): Promise<Response | undefined> {
  const { c, call, fault, clock } = job;
  switch (fault.type) {
    case 'rate_limited':
      return tooMany({ c, call, retryAfterS: fault.retry_after_s });
    case 'error':
      call.response = { ok: false, error: fault.error };
      return c.json(call.response);
    case 'html':
      return c.html('<!DOCTYPE html><html><body>This page is not what you asked for.</body></html>');
    case 'redirect':
      return c.redirect(fault.to, 302);
    // Faults of downloads.
    case 'truncated':
    case 'wrong_length':
    case 'drip':
      return undefined;
    default:
      return fault.when === 'before' ? breakDown({ c, fault, clock }) : undefined;
  }
}

async function failAfter(job: { c: Context<Env>; fault: CallFault; clock: Clock }): Promise<Response | undefined> {
  const { c, fault, clock } = job;
  return 'when' in fault && fault.when === 'after' ? breakDown({ c, fault, clock }) : undefined;
}

/** Nothing is returned for a slow answer: it goes on after its wait. */
async function breakDown(job: {
  c: Context<Env>;
  fault: Extract<CallFault, { when: string }>;
  clock: Clock;
}): Promise<Response | undefined> {
  const { c, fault, clock } = job;
  if (fault.type === 'http_500') return c.text('internal error', 500);
  if (fault.type === 'slow') {
    await sleep(clock, fault.ms, c.req.raw.signal);
    return undefined;
  }
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}
