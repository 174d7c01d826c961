import { idsOf, isUserGroup } from './audience.ts';
import { listOf } from './list-of.ts';
import type { GateSection, TermsSection } from './schema.ts';

/** Every Slack user group (`S…`) that a policy names, and where below `gate`: they must exist when it starts. */
export function userGroups({ groups = {}, defaults, rules = [], budget }: GateSection): NamedGroup[] {
  return [
    ...Object.entries(groups).flatMap(([name, ids]) => within(ids, ['groups', name])),
    ...inTerms(defaults ?? {}, ['defaults']),
    ...rules.flatMap((rule, index) => [
      ...within(rule.match.requester, ['rules', String(index), 'match', 'requester']),
      ...inTerms(rule, ['rules', String(index)]),
    ]),
    ...within(budget?.raisers, ['budget', 'raisers']),
  ];
}

interface NamedGroup {
  id: string;
  path: string[];
}

function inTerms({ approvers, escalate = [] }: TermsSection, path: string[]): NamedGroup[] {
  return [
    ...within(approvers, [...path, 'approvers']),
    ...escalate.flatMap(({ to }, index) => within(to, [...path, 'escalate', String(index), 'to'])),
  ];
}

function within(names: string | string[] | undefined, path: string[]): NamedGroup[] {
  if (typeof names === 'string') return isUserGroup(names) ? [{ id: names, path }] : [];
  return (names ?? []).flatMap((id, index) => (isUserGroup(id) ? [{ id, path: [...path, String(index)] }] : []));
}

/** The user groups whose people must be known to judge a call: those named as requesters. */
export function requesterGroups({ rules = [], groups = {} }: GateSection): string[] {
  const ids = rules.flatMap(({ match }) =>
    match.requester === undefined ? [] : idsOf(listOf(match.requester), groups),
  );
  return [...new Set(ids.filter(isUserGroup))];
}
