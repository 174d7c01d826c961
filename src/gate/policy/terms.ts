import { audienceOf, type Groups } from './audience.ts';
import { durationMs } from './duration.ts';
import type { AskTerms } from './policy.ts';
import type { TermsSection } from './schema.ts';

/** What is written, over what stands in `gate.defaults`, over what holds when nothing is written. */
export function fillTerms(own: TermsSection, defaults: TermsSection = {}) {
  return {
    approvers: own.approvers ?? defaults.approvers ?? ['members'],
    quorum: own.quorum ?? defaults.quorum ?? 1,
    requester_may_approve: own.requester_may_approve ?? defaults.requester_may_approve ?? true,
    expireAfter: own.expire?.after ?? defaults.expire?.after ?? '24h',
    onExpiry: own.expire?.then ?? defaults.expire?.then ?? 'deny',
    remind: own.remind ?? defaults.remind ?? [],
    escalate: own.escalate ?? defaults.escalate ?? [],
    for_thread: own.for_thread ?? defaults.for_thread ?? false,
    open_in_full: own.open_in_full ?? defaults.open_in_full ?? true,
  };
}

export function compileTerms(terms: ReturnType<typeof fillTerms>, groups: Groups): AskTerms {
  const people = { groups, requesterMayApprove: terms.requester_may_approve };
  const expireAfterMs = durationMs(terms.expireAfter);
  return {
    audience: audienceOf(terms.approvers, people),
    quorum: terms.quorum,
    expireAfterMs,
    onExpiry: terms.onExpiry,
    // Those of the defaults may lie behind a rule's own expiry: then they are not due any more.
    remindAfterMs: ascending(terms.remind.map(durationMs)).filter((afterMs) => afterMs < expireAfterMs),
    escalate: terms.escalate
      .map(({ after, to }) => ({ afterMs: durationMs(after), audience: audienceOf(to, people) }))
      .filter(({ afterMs }) => afterMs < expireAfterMs)
      .sort((a, b) => a.afterMs - b.afterMs),
    offersThread: terms.for_thread,
    mustOpenInFull: terms.open_in_full,
  };
}

function ascending(times: number[]): number[] {
  return [...new Set(times)].sort((a, b) => a - b);
}
