import { checkMatch } from './check-match.ts';
import { checkPairs } from './check-pairs.ts';
import { checkNames, checkTerms, checkTimes } from './check-terms.ts';
import { centsOf } from './dollars.ts';
import type { Finding } from './finding.ts';
import { listOf } from './list-of.ts';
import type { GateSection, RuleSection, TermsSection } from './schema.ts';

const TERMS = [
  'approvers',
  'quorum',
  'requester_may_approve',
  'expire',
  'remind',
  'escalate',
  'for_thread',
  'open_in_full',
] as const satisfies (keyof TermsSection)[];

/**
 * What is wrong with a policy that has the right shape: each of it is an error at start. Without `customTools`, names
 * of custom tools are not looked at.
 */
export function checkPolicy(
  section: GateSection,
  { customTools }: { customTools?: readonly string[] | undefined } = {},
): Finding[] {
  const { groups = {}, defaults, rules = [], ask_user: askUser = {} } = section;
  return [
    ...checkTerms(defaults ?? {}, { path: ['defaults'], defaults: undefined, groups }),
    ...rules.flatMap((rule, index) => checkRule(rule, { path: ['rules', String(index)], section, customTools })),
    ...checkPairs(section),
    ...checkTimes(askUser.remind, { path: ['ask_user', 'remind'], expireAfter: askUser.expire ?? '24h' }),
    ...checkBudget(section),
  ];
}

interface RuleContext {
  path: string[];
  section: GateSection;
  customTools: readonly string[] | undefined;
}

function checkRule(rule: RuleSection, { path, section, customTools }: RuleContext): Finding[] {
  const { groups = {}, defaults } = section;
  const match = [...path, 'match'];
  return [
    ...checkMatch(rule.match, { path: match, customTools }),
    ...checkNames(rule.match.requester, { path: [...match, 'requester'], groups, words: [] }),
    ...checkKeys(rule, path),
    ...(rule.then === 'ask' ? checkTerms(rule, { path, defaults, groups }) : []),
  ];
}

/** Keys that do nothing where they stand. */
function checkKeys(rule: RuleSection, path: string[]): Finding[] {
  const idle: string[] = rule.then === 'ask' ? [] : TERMS.filter((key) => rule[key] !== undefined);
  const findings = idle.map((key) => ({
    path: [...path, key],
    key: true,
    message: `belongs to rules that ask, and this one says ${rule.then}: take it away`,
  }));
  for (const key of asksOnePerson(rule) ? TERMS.filter((term) => rule[term] !== undefined) : []) {
    const message =
      'does nothing here: ask_user asks the one person it names, and its times stand in gate.ask_user. Take it away, or add kind: mcp if the tool of a server is meant';
    findings.push({ path: [...path, key], key: true, message });
  }
  if (rule.reason === undefined || rule.then === 'deny') return findings;
  const message = `belongs to rules that deny, and this one says ${rule.then}: take it away`;
  return [...findings, { path: [...path, 'reason'], key: true, message }];
}

function asksOnePerson({ then, match: { tool, server, kind } }: RuleSection): boolean {
  if (then !== 'ask' || tool === undefined || server !== undefined) return false;
  const isCustom = kind === undefined || listOf(kind).every((one) => one === 'custom');
  return isCustom && listOf(tool).every((name) => name === 'ask_user');
}

function checkBudget({ budget, groups = {} }: GateSection): Finding[] {
  if (budget === undefined) return [];
  const { thread, person_per_day, channel_per_day, raise_by = [], raisers } = budget;
  const findings = checkNames(raisers, { path: ['budget', 'raisers'], groups });
  if (thread === undefined && person_per_day === undefined && channel_per_day === undefined) {
    const message = 'has no cap: give it thread, person_per_day or channel_per_day, or take it away';
    findings.push({ path: ['budget'], key: true, message });
  }
  const steps = raise_by.map(centsOf);
  for (const [index, cents] of steps.entries()) {
    if (steps.indexOf(cents) === index) continue;
    findings.push({
      path: ['budget', 'raise_by', String(index)],
      key: false,
      message: 'is there twice: take one away',
    });
  }
  return findings;
}
