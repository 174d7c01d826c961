import { type FetchFunction, type Logger as SlackLogger, WebClient, type WebClientOptions } from '@slack/web-api';
import { type PlainInit, type PlainResponse, plainFetch } from '../plain-fetch.ts';

export interface WebApiOptions {
  /** `SLACK_API_URL`; Slack's own when absent. */
  apiUrl?: string | undefined;
  logger: SlackLogger;
}

const SILENCE_MS = 15_000;

/** The client's own timeout is a signal and a timer for each call, and both stay for as long as it would have taken. */
const patientFetch = (url: string | URL, init: PlainInit = {}) => plainFetch(url, { silenceMs: SILENCE_MS, ...init });

/**
 * Options for one WebClient, a new object each time: clients write into what they are given (`Authorization` into
 * `headers`, a retry policy of its own the socket's), so a shared object would carry one client's settings to another.
 *
 * A call refused for its rate rejects at once. By default the client would hold back its whole queue for the time Slack
 * names, and with it every other thread's calls.
 */
export function clientOptions({ apiUrl, logger }: WebApiOptions, retries: number): WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    logger,
    retryConfig: { retries },
    timeout: 0,
    rejectRateLimitedCalls: true,
    fetch: patientFetch,
  };
}

export interface WriterOptions extends WebApiOptions {
  /** A message is on its way; the returned function is called when it stands in Slack. */
  onPosting?(): () => void;
}

/** For what changes something in Slack. Never repeats a call by itself: after a lost answer that would post twice. */
export function createWriter(token: string, { onPosting, ...options }: WriterOptions): WebClient {
  const tellingFetch: FetchFunction = async (url, init) => {
    const stands = String(url).endsWith('/chat.postMessage') ? onPosting?.() : undefined;
    const response = await patientFetch(url, init);
    if (stands && (await isOk(response))) stands();
    return response;
  };
  return new WebClient(token, { ...clientOptions(options, 0), fetch: tellingFetch });
}

async function isOk(response: PlainResponse): Promise<boolean> {
  // Slack answers what it refuses with 200 too.
  const body = await response.json().catch(() => null);
  return typeof body === 'object' && body !== null && 'ok' in body && body.ok === true;
}

/** For look-ups, which may be repeated. A client of its own, so that its queue and retries hold up no write. */
export function createReader(token: string, options: WebApiOptions): WebClient {
  return new WebClient(token, clientOptions(options, 1));
}
