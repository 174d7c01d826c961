import { weigh } from './judge.ts';
import type { Call, Policy, Rule, Tool, Verdict } from './policy.ts';

/** It depends on the input: on whether these rules, by name, are about it. */
export interface Unknown {
  verdict: 'unknown';
  rules: readonly string[];
}

/** The verdict on a call whose input is not known, as in the audit log, or that it takes the input to tell. */
export function judgeBlind(policy: Policy, call: Omit<Call, 'tool'> & { tool: Tool }): Verdict | Unknown {
  const fitting = policy.rules.filter((rule) => rule.fits(call));
  const sure = fitting.filter(({ readsInput }) => !readsInput);
  const maybe = fitting.filter(({ readsInput }) => readsInput);
  const weighed = (of: Rule[]) => weigh(of, { policy, call });
  // Each further rule that denies or asks makes it stricter, each that allows laxer: what is the same at both ends is
  // so whatever the input.
  const laxest = weighed([...sure, ...maybe.filter(({ verdict }) => verdict === 'allow')]);
  const strictest = weighed([...sure, ...maybe.filter(({ verdict }) => verdict !== 'allow')]);
  // But for one case: a rule that asks brings its own people, who may settle what nobody else could.
  const isForbidden = sure.some(({ verdict }) => verdict === 'deny');
  const mayOpen = laxest.verdict === 'deny' && !isForbidden && maybe.some(({ verdict }) => verdict === 'ask');
  if (laxest.verdict === strictest.verdict && !mayOpen) return weighed(sure);
  return { verdict: 'unknown', rules: maybe.map(({ name }) => name).sort() };
}
