import { sizeOf, union } from './audience.ts';
import { combineTerms } from './combine-terms.ts';
import type { AskTerms, Call, Policy, Rule, Verdict } from './policy.ts';

/**
 * What the policy says about a tool call. Pure. Deny beats ask, ask beats allow, and no rule means the base. Several
 * ask rules hold together; where nobody could ever approve, it is denied at once and the agent is told why.
 */
export function judge(policy: Policy, call: Call): Verdict {
  const rules = policy.rules.filter((rule) => rule.fits(call) && rule.fitsInput(call.tool.input));
  return weigh(rules, { policy, call });
}

/** The verdict of the rules that are about a call. */
export function weigh(
  rules: readonly Rule[],
  { policy, call }: { policy: Policy; call: Pick<Call, 'requesters' | 'base'> },
): Verdict {
  const sorted = rules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const [denies, asks, allows] = (['deny', 'ask', 'allow'] as const).map((verdict) =>
    sorted.filter((rule) => rule.verdict === verdict),
  ) as [Rule[], Rule[], Rule[]];
  const say = (verdict: Verdict['verdict'], of: Rule[], rest: Partial<Verdict> = {}): Verdict => {
    const names = of.map(({ name }) => name);
    return { verdict, rule: names.join(' + ') || null, rules: names, reason: null, terms: policy.defaults, ...rest };
  };

  if (denies.length > 0) return say('deny', denies, { reason: reasonsOf(denies) });
  if (asks.length === 0 && (allows.length > 0 || call.base === 'allow')) return say('allow', allows);

  const [first = policy.defaults, ...others] = asks.map(({ terms }) => terms);
  const terms = combineTerms([first, ...others], call.requesters);
  if (!canBeApproved(terms, call.requesters)) return say('deny', asks, { reason: nobodyMay(asks), terms });
  return say('ask', asks, { terms });
}

function reasonsOf(rules: readonly Rule[]): string | null {
  const reasons = new Set(rules.flatMap(({ reason }) => reason ?? []));
  return [...reasons].join('\n') || null;
}

function canBeApproved({ audience, escalate, quorum }: AskTerms, requesters: readonly string[]): boolean {
  return sizeOf(union([audience, ...escalate.map((step) => step.audience)]), requesters) >= quorum;
}

function nobodyMay(asks: readonly Rule[]): string {
  const names = asks.map(({ name }) => JSON.stringify(name)).join(' and ');
  if (asks.length > 1) {
    return `Nobody may approve this call: it falls under the rules ${names}, which ask different people. Make it as separate calls, one for each rule, or tell the person that the policy stands against it.`;
  }
  const whom = names ? `that the rule ${names} asks` : 'that the policy asks';
  return `Nobody may approve this call: of the people ${whom}, too few are left besides those who asked for it. Do not try again; tell the person that somebody else must ask for it.`;
}
