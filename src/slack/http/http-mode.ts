import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { HttpTransport, SignedRequest, Taker } from '../transport.ts';
import { isFromSlack } from './signature.ts';

export interface HttpModeOptions {
  signingSecret: string;
  clock: Clock;
  log: Logger;
}

const challenge = z.object({ type: z.literal('url_verification'), challenge: z.string() });

const eventBody = z.object({ event: z.object({ type: z.string() }) });

const namedBody = z.object({ type: z.string() });

/** Deliveries come as requests that Slack has signed. Each is answered when it is taken in, and repeated if it is not. */
export function createHttpMode({ signingSecret, clock, log }: HttpModeOptions): HttpTransport {
  let taker: Taker | undefined;

  const take = async (request: SignedRequest): Promise<Response> => {
    if (isSslCheck(request)) return new Response();
    if (!isFromSlack(request, { signingSecret, nowMs: clock.now() })) {
      log.warn({ reason: 'signature' }, 'request refused: not signed by Slack, or too long ago');
      return new Response('not signed by Slack', { status: 401 });
    }
    const body = parse(request);
    if (body === undefined) return new Response('not readable', { status: 400 });
    const asked = challenge.safeParse(body);
    if (asked.success) return Response.json({ challenge: asked.data.challenge });
    if (isForm(request) || eventBody.safeParse(body).success) return deliver(body, request.headers);
    // Such as Slack's notice that it drops events: nothing to take in, and no use in sending it again.
    log.warn({ reason: namedBody.safeParse(body).data?.type ?? 'no-event' }, 'Slack delivery dropped');
    return new Response();
  };

  const deliver = (body: Record<string, unknown>, headers: Headers) =>
    new Promise<Response>((resolve) => {
      if (!taker) return resolve(new Response('not taking anything in', { status: 503 }));
      const attempt = headers.get('x-slack-retry-num');
      const retry = attempt === null ? {} : { retryNum: Number(attempt) };
      const ack = async (answer?: unknown) => resolve(acknowledgement(answer));
      taker.processEvent({ body, ack, ...retry }).then(
        // Nothing of ours, such as a shortcut that we never offered: without effect where it was acknowledged.
        () => resolve(new Response('nobody is there for this', { status: 404 })),
        (error: unknown) => {
          const type = namedBody.safeParse(body).data?.type;
          log.error({ err: error, type, ...retry }, 'delivery not acknowledged; Slack repeats it');
          resolve(new Response(null, { status: 500 }));
        },
      );
    });

  return {
    take,
    async open(to) {
      taker = to;
    },
    // What Slack sends does not depend on any connection of ours.
    posting: () => () => {},
    async close() {
      taker = undefined;
    },
  };
}

function acknowledgement(answer: unknown): Response {
  if (answer === undefined || answer === '') return new Response();
  return typeof answer === 'string' ? new Response(answer) : Response.json(answer);
}

function isForm({ headers }: SignedRequest): boolean {
  return headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
}

/** Slack looks from time to time whether the address can be reached, and does not sign that. */
function isSslCheck(request: SignedRequest): boolean {
  return isForm(request) && new URLSearchParams(request.body).get('ssl_check') === '1';
}

function parse(request: SignedRequest): Record<string, unknown> | undefined {
  const form = isForm(request) ? new URLSearchParams(request.body) : undefined;
  const payload = form ? form.get('payload') : request.body;
  // A slash command has no payload: its fields are the form's.
  if (form && payload === null) return Object.fromEntries(form);
  try {
    const body: unknown = JSON.parse(payload ?? '');
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}
