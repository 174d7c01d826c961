import { isValidSlackRequest } from '@slack/bolt';

/** How far Slack's clock and ours may be apart, and how long a request that somebody has copied can be used. */
const SKEW_S = 5 * 60;

/** Whether Slack has signed this body, and just now. Bolt looks for old requests only. */
export function isFromSlack(
  { headers, body }: { headers: Headers; body: string },
  { signingSecret, nowMs }: { signingSecret: string; nowMs: number },
): boolean {
  const signature = headers.get('x-slack-signature');
  const timestamp = headers.get('x-slack-request-timestamp');
  if (!signature || !timestamp || !/^\d+$/.test(timestamp)) return false;
  const seconds = Number(timestamp);
  if (seconds > nowMs / 1000 + SKEW_S) return false;
  const signed = { 'x-slack-signature': signature, 'x-slack-request-timestamp': seconds };
  return isValidSlackRequest({ signingSecret, body, headers: signed, nowMilliseconds: nowMs });
}
