import type { Clock } from '../../clock.ts';
import { ApiError } from './api-error.ts';

/** What an organisation may ask in a minute, as token buckets that refill evenly. */
export interface Limits {
  /** Takes one; throws the 429 of a request that is too many. */
  spend(request: { method: string; path: string }): void;
}

/** The documented numbers. Nothing is said of bursts, so that only five seconds' worth may come at once. */
const PER_MINUTE = { read: 1_200, create: 300 };
const BURST_S = 5;

export function createLimits(clock: Clock): Limits {
  const buckets = new Map<keyof typeof PER_MINUTE, { tokens: number; atMs: number }>();

  return {
    spend({ method, path }) {
      // Files have a limit of their own.
      if (path.startsWith('/v1/files') || method === 'DELETE') return;
      const kind = method === 'GET' ? 'read' : 'create';
      const perSecond = PER_MINUTE[kind] / 60;
      const most = perSecond * BURST_S;
      const now = clock.now();
      const { tokens, atMs } = buckets.get(kind) ?? { tokens: most, atMs: now };
      const left = Math.min(most, tokens + ((now - atMs) / 1_000) * perSecond);
      buckets.set(kind, { tokens: left >= 1 ? left - 1 : left, atMs: now });
      if (left >= 1) return;
      const retryAfter = Math.max(1, Math.ceil((1 - left) / perSecond));
      throw new ApiError(429, 'This request would exceed the rate limit of your organization.', { retryAfter });
    },
  };
}
