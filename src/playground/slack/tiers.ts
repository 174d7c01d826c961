import type { Clock } from '../../clock.ts';
import type { Tier } from './method.ts';

/** Rate tiers as token buckets: a minute's allowance may come at once, then it refills evenly. */
export interface Tiers {
  /** Seconds to wait when the call exceeds its budget, otherwise undefined and one token is taken. */
  exceeded(call: { method: string; tier: Tier; channel?: string | undefined }): number | undefined;
}

const PER_MINUTE: Record<Tier, number> = { 1: 1, 2: 20, 3: 50, 4: 100, special: 600 };

/** Posting: about one message a second in a channel, short bursts tolerated. */
export const POST = { capacity: 3, perSecond: 1 };

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createTiers(clock: Clock): Tiers {
  const buckets = new Map<string, Bucket>();

  const take = (key: string, size: { capacity: number; perSecond: number }) => {
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: size.capacity, atMs: now };
    const tokens = Math.min(size.capacity, bucket.tokens + ((now - bucket.atMs) / 1000) * size.perSecond);
    const enough = tokens >= 1;
    buckets.set(key, { tokens: enough ? tokens - 1 : tokens, atMs: now });
    return enough ? undefined : Math.max(1, Math.ceil((1 - tokens) / size.perSecond));
  };

  return {
    exceeded({ method, tier, channel }) {
      if (method === 'chat.postMessage') return take(`${method} ${channel ?? ''}`, POST);
      const perMinute = PER_MINUTE[tier];
      return take(method, { capacity: perMinute, perSecond: perMinute / 60 });
    },
  };
}
