import { WebAPIHTTPError, WebAPIPlatformError } from '@slack/web-api';

/** Slack's own trouble: whether the call had its effect is as unknown as after a timeout. */
const SLACKS_TROUBLE = new Set([
  'fatal_error',
  'internal_error',
  'messaging_processing_failed',
  'request_timeout',
  'service_unavailable',
]);

/** The error's name when Slack definitely said no; null when the outcome of the call is unknown. */
export function refusalOf(error: unknown): string | null {
  if (error instanceof WebAPIHTTPError) return error.statusCode < 500 ? `http_${error.statusCode}` : null;
  if (!(error instanceof WebAPIPlatformError)) return null;
  const name = error.data.error;
  // A proxy's HTML page with status 200 comes as an "error" too.
  return /^[a-z][a-z0-9_]{2,80}$/.test(name) && !SLACKS_TROUBLE.has(name) ? name : null;
}
