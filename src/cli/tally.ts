import type { Judged } from './judge-call.ts';

export type Verdicts = Record<Judged['verdict'], number>;

/** How often each verdict was given. */
export function tally(verdicts: Iterable<Judged['verdict']>): Verdicts {
  const counts: Verdicts = { allow: 0, ask: 0, deny: 0, unknown: 0 };
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
}
