import type { Groups } from './audience.ts';
import { mostApprovals } from './check-terms.ts';
import { combineTerms } from './combine-terms.ts';
import { covers, overlap } from './compare-matches.ts';
import type { Finding } from './finding.ts';
import type { GateSection, RuleSection } from './schema.ts';
import { compileTerms, fillTerms } from './terms.ts';

const STRENGTH = { allow: 0, ask: 1, deny: 2 };

/** What is wrong between rules: names that are not unique, rules that never take effect, questions nobody could settle. */
export function checkPairs({ rules = [], groups = {}, defaults }: GateSection): Finding[] {
  return rules.flatMap((rule, index) => {
    const at = (key: string, message: string): Finding => ({
      path: ['rules', String(index), key],
      key: false,
      message,
    });
    const findings: Finding[] = [];
    if (rules.findIndex(({ name }) => name === rule.name) < index) {
      findings.push(at('name', 'is there twice: give each rule a name of its own, for the audit log'));
    }
    const stronger = rules.find((other) => shadows(other, rule, { groups }));
    if (stronger) {
      const message = `never takes effect: ${quoted(stronger)} (${stronger.then}) is about all the same calls and is stronger. Narrow that one, or take this one away`;
      findings.push(at('match', message));
    }
    const rival = rules.slice(0, index).find((other) => disagree(other, rule, { groups, defaults }));
    if (rival) {
      const message = `can never be settled where ${quoted(rival)} asks too: no call under both could be approved. Name approvers that both have, enough for either quorum (a user group counts as different people), or narrow one of the two`;
      findings.push(at(rule.approvers ? 'approvers' : 'name', message));
    }
    return findings;
  });
}

function shadows(stronger: RuleSection, rule: RuleSection, { groups }: { groups: Groups }): boolean {
  return STRENGTH[stronger.then] > STRENGTH[rule.then] && covers(stronger.match, rule.match, { groups });
}

function disagree(
  a: RuleSection,
  b: RuleSection,
  { groups, defaults }: { groups: Groups; defaults: GateSection['defaults'] },
): boolean {
  if (a.then !== 'ask' || b.then !== 'ask' || !overlap(a.match, b.match, { groups })) return false;
  const [one, other] = [compileTerms(fillTerms(a, defaults), groups), compileTerms(fillTerms(b, defaults), groups)];
  // Whether the requester is among those whom the other asks, only a call can tell.
  const dependsOnCall = [one, other].some(({ audience, escalate }) =>
    [audience, ...escalate.map((step) => step.audience)].some(({ requesters, members }) => requesters && !members),
  );
  const both = combineTerms([one, other], []);
  return !dependsOnCall && mostApprovals(both) < both.quorum;
}

function quoted({ name }: RuleSection): string {
  return JSON.stringify(name);
}
