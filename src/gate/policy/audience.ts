import type { Audience } from '../../thread/question.ts';
import type { GateSection } from './schema.ts';

export type Groups = NonNullable<GateSection['groups']>;

/** People and user groups behind the names of a list; a group nobody has defined stands for nobody. */
export function idsOf(names: readonly string[], groups: Groups): string[] {
  const ids = names.flatMap((name) => (isId(name) ? [name] : Object.hasOwn(groups, name) ? (groups[name] ?? []) : []));
  return [...new Set(ids)];
}

export function isId(name: string): boolean {
  return /^[A-Z]/.test(name);
}

export function isUserGroup(id: string): boolean {
  return id.startsWith('S');
}

/** Who is meant by a list of approvers. */
export function audienceOf(
  names: readonly string[],
  { groups, requesterMayApprove }: { groups: Groups; requesterMayApprove: boolean },
): Audience {
  const ids = idsOf(names, groups);
  return {
    users: ids.filter((id) => !isUserGroup(id)),
    groups: ids.filter(isUserGroup),
    members: names.includes('members'),
    requesters: names.includes('requester'),
    notRequesters: !requesterMayApprove,
  };
}

/** All of them together. */
export function union(audiences: readonly Audience[]): Audience {
  return {
    users: unique(audiences.flatMap(({ users }) => users)),
    groups: unique(audiences.flatMap(({ groups }) => groups)),
    members: audiences.some(({ members }) => members),
    requesters: audiences.some(({ requesters }) => requesters),
    notRequesters: audiences.some(({ notRequesters }) => notRequesters),
  };
}

/**
 * Those who are in each of them. `members` stands for everybody who could ever decide. Who is in a user group is not
 * known here: somebody named by id and a group have nobody in common.
 */
export function intersection(audiences: readonly Audience[], requesters: readonly string[]): Audience {
  const named = unique([...audiences.flatMap(({ users }) => users), ...requesters]);
  const inAll = (has: (audience: Audience) => boolean) => audiences.every((one) => one.members || has(one));
  const members = audiences.every((one) => one.members);
  const allRequesters = inAll((one) => one.requesters);
  return {
    users: named.filter(
      (user) =>
        !(members || (allRequesters && requesters.includes(user))) &&
        inAll((one) => one.users.includes(user) || (one.requesters && requesters.includes(user))),
    ),
    groups: unique(audiences.flatMap(({ groups }) => groups)).filter(
      (group) => !members && inAll((one) => one.groups.includes(group)),
    ),
    members,
    requesters: allRequesters && !members,
    notRequesters: audiences.some(({ notRequesters }) => notRequesters),
  };
}

/** How many people may decide at most; how many are in a channel or a user group is not known here. */
export function sizeOf(audience: Audience, requesters: readonly string[]): number {
  if (audience.members || audience.groups.length > 0) return Number.POSITIVE_INFINITY;
  const people = new Set([...audience.users, ...(audience.requesters ? requesters : [])]);
  if (audience.notRequesters) for (const requester of requesters) people.delete(requester);
  return people.size;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
