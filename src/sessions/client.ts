import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk';
import { type PlainInit, plainFetch, plainStream } from '../plain-fetch.ts';

export interface ClientSettings {
  apiKey: string;
  /** Without one: the real API, whatever the environment says. */
  baseURL?: string | undefined;
  fetch?: ClientOptions['fetch'];
}

/** Time to response headers; a stream's body may last for hours. */
const HEADERS_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The SDK reads `ANTHROPIC_*` by itself for whatever is not passed, so everything is passed. It retries nothing: the
 * API has no idempotency, a long `retry-after` would park a call silently, and each caller here knows what a second
 * try may do. Its log is off because it prints unparsable frames whole, and those hold message text.
 */
export function createClient({ apiKey, baseURL, fetch }: ClientSettings): Anthropic {
  return new Anthropic({
    apiKey,
    authToken: null,
    webhookKey: null,
    baseURL: baseURL ?? 'https://api.anthropic.com',
    maxRetries: 0,
    timeout: HEADERS_TIMEOUT_MS,
    logLevel: 'off',
    fetch: fetch ?? lightFetch,
  });
}

/** The SDK makes use of nothing else of a `Response`, and asks by address. */
const lightFetch = ((url: string, init: PlainInit) =>
  (EVENT_STREAM.test(url) ? plainStream : plainFetch)(url, init)) as (
  ...args: never[]
) => Promise<unknown> as typeof fetch;

const EVENT_STREAM = /\/events\/stream(\?|$)/;

/**
 * Ends a request whose answer does not come whole: the SDK's own timeout covers only the headers. In real time, not
 * the Clock's, because a socket cannot be told to hurry. Several requests may share the time: all of them, and whatever
 * reads their answers, are awaited in `request`.
 */
export async function inTime<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const timer = endAfter(REQUEST_TIMEOUT_MS, ending);
  try {
    return await request(ending.signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Aborts after so long, unless the timer is cleared before. An `AbortSignal.timeout` cannot be: Node would keep it, and
 * what of the SDK listens to it, until its time is over, long after the request.
 */
export function endAfter(ms: number, ending: AbortController): NodeJS.Timeout {
  const end = () => ending.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  return setTimeout(end, ms);
}
