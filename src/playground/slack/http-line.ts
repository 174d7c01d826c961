import { createHmac } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { parseJson } from './decode.ts';
import type { Envelope, Line, Outcome } from './deliveries.ts';

/** Events and interactivity over signed HTTP, for apps that do not use Socket Mode. */
export interface HttpLine extends Line {
  /** Sends everything to this address from now on; undefined goes back to Socket Mode. */
  deliverTo(url: string | undefined): void;
  /** Whether the address answers the `url_verification` challenge. */
  verify(url: string): Promise<boolean>;
}

const TIMEOUT_MS = 3_000;

export function createHttpLine({ clock, signingSecret }: { clock: Clock; signingSecret: string }): HttpLine {
  let target: string | undefined;

  const post = (
    url: string,
    request: { body: string; type: string; headers?: Record<string, string>; signal: AbortSignal },
  ) =>
    fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: request.body,
      signal: request.signal,
      headers: { 'content-type': request.type, ...sign(request.body, { clock, signingSecret }), ...request.headers },
    });

  return {
    deliverTo(url) {
      target = url;
    },
    open: () => target !== undefined,
    ready: () => Promise.resolve(),
    async verify(url) {
      const body = JSON.stringify({
        type: 'url_verification',
        token: 'playground-verification',
        challenge: 'drawbridge',
      });
      const deadline = createDeadline(clock);
      try {
        const answer = await post(url, { body, type: 'application/json', signal: deadline.signal });
        return answer.ok && (await answer.text()).includes('drawbridge');
      } finally {
        deadline.cancel();
      }
    },
    async deliver(envelope) {
      if (!target) return { acked: false, reason: 'connection_failed' };
      const deadline = createDeadline(clock);
      try {
        const response = await post(target, {
          ...bodyOf(envelope),
          headers: retryHeaders(envelope),
          signal: deadline.signal,
        });
        return await readOutcome(response);
      } catch {
        // Every way a request can fail without an answer is one of two for Slack.
        return { acked: false, reason: deadline.signal.aborted ? 'http_timeout' : 'connection_failed' };
      } finally {
        deadline.cancel();
      }
    },
  };
}

function createDeadline(clock: Clock): { signal: AbortSignal; cancel: () => void } {
  const late = new AbortController();
  return { signal: late.signal, cancel: clock.after(TIMEOUT_MS, () => late.abort()) };
}

/** `v0=` and the HMAC of `v0:<timestamp>:<raw body>`. */
function sign(body: string, { clock, signingSecret }: { clock: Clock; signingSecret: string }): Record<string, string> {
  const timestamp = String(Math.floor(clock.now() / 1000));
  const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` };
}

function bodyOf({ type, payload }: Envelope): { body: string; type: string } {
  const json = JSON.stringify(payload);
  if (type === 'events_api') return { body: json, type: 'application/json' };
  return { body: new URLSearchParams({ payload: json }).toString(), type: 'application/x-www-form-urlencoded' };
}

function retryHeaders({ retry_attempt = 0, retry_reason = '' }: Envelope): Record<string, string> {
  if (retry_attempt === 0) return {};
  return { 'x-slack-retry-num': String(retry_attempt), 'x-slack-retry-reason': retry_reason };
}

async function readOutcome(response: Response): Promise<Outcome> {
  const text = await response.text();
  if (response.ok) return { acked: true, payload: parseJson(text) ?? {} };
  const reason = response.status >= 300 && response.status < 400 ? 'too_many_redirects' : 'http_error';
  return { acked: false, reason, final: response.headers.get('x-slack-no-retry') === '1' };
}
