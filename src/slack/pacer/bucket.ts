import type { Clock } from '../../clock.ts';
import type { Limit } from './tiers.ts';

/** The calls that Slack would still take, as far as we can know: never more than it would. */
export interface Bucket {
  /** Tokens that can be spent now; fewer than none while it is shut. */
  tokens(): number;
  /** When there will be so many, in ms since the epoch; not after now when there are. */
  hasAt(tokens: number): number;
  /** What it holds and gets by now, which is less than Slack says after a refusal. */
  limit(): Limit;
  /** Spends a token. The returned function is called once Slack has answered, or nobody knows what it did. */
  take(): (answer: 'taken' | 'unsent' | Refusal) => void;
  /** Until when Slack has refused everything; null when it has not. */
  refusedUntil(): number | null;
  /** As if it had never been used. */
  isAsNew(): boolean;
}

/** `retryInMs` null: Slack asks to slow down without saying for how long. */
export interface Refusal {
  retryInMs: number | null;
}

const FIRST_GUESS_MS = 1_000;
const LONGEST_GUESS_MS = 30_000;
/** What a refusal takes off the limit; it comes back at so much of the whole a minute. */
const LOWERED_TO = 0.9;
const LOWEST = 0.25;
const REGAINED_PER_MINUTE = 0.02;
/** How much later than its answer says Slack may have counted a call. */
const MARGIN_MS = 10;
const ROUNDING = 1e-6;

export interface BucketOptions {
  clock: Clock;
  /** What Slack is said to take. */
  seed: Limit;
  /** False: it takes everything until it refuses something for the first time. */
  isLimited: boolean;
}

/**
 * When Slack counts a call is somewhere between its sending and its answer. So a token is gone from its sending on, and
 * the bucket fills up as if it had been counted with the answer: whatever the way there takes, Slack has no fewer.
 */
export function createBucket({ clock, seed, isLimited }: BucketOptions): Bucket {
  let counts = isLimited;
  let tokens = seed.capacity;
  let at = clock.now();
  let flying = 0;
  let share = 1;
  let lowered = at;
  let refused = 0;
  let until: number | null = null;
  let guessMs = FIRST_GUESS_MS;

  const shareAt = (now: number) => Math.min(share + ((now - lowered) / 60_000) * REGAINED_PER_MINUTE, 1);
  const limit = () => {
    const current = shareAt(clock.now());
    return { capacity: Math.max(seed.capacity * current, 1), perSecond: seed.perSecond * current };
  };
  /** Below zero while it is to stay shut. */
  const level = (now = clock.now()) => {
    const { capacity, perSecond } = limit();
    return Math.min(capacity, tokens + ((now - at) * perSecond) / 1_000);
  };
  const isRefused = () => until !== null && clock.now() < until;

  const count = () => {
    const countedAt = Math.max(at, clock.now() + MARGIN_MS);
    tokens = level(countedAt) - 1;
    at = countedAt;
    guessMs = FIRST_GUESS_MS;
  };

  const refuse = ({ retryInMs }: Refusal) => {
    const now = clock.now();
    const waitMs = retryInMs ?? guessMs;
    if (retryInMs === null) guessMs = Math.min(guessMs * 2, LONGEST_GUESS_MS);
    // Of several that were under way together, only one says anything new.
    if (!isRefused()) {
      share = Math.max(shareAt(now) * LOWERED_TO, LOWEST);
      lowered = now;
    }
    counts = true;
    refused += 1;
    until = Math.max(until ?? 0, now + waitMs);
    // The one that was refused may go then.
    tokens = 1;
    at = until;
  };

  return {
    tokens: () => (counts ? level() - flying : Infinity),
    hasAt(wanted) {
      const now = clock.now();
      const missing = wanted + flying - level();
      return counts && missing > ROUNDING ? now + Math.ceil((missing * 1_000) / limit().perSecond) : now;
    },
    limit,
    take() {
      flying += 1;
      const before = refused;
      return (answer) => {
        flying -= 1;
        if (answer === 'unsent') return;
        if (answer !== 'taken') refuse(answer);
        // Else Slack counted it before it refused another, which says how many are left.
        else if (before === refused) count();
      };
    },
    refusedUntil: () => (isRefused() ? until : null),
    isAsNew: () => flying === 0 && share >= 1 && !isRefused() && (!counts || level() >= seed.capacity),
  };
}
