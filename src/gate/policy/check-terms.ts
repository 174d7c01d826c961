import { type Groups, isId, union } from './audience.ts';
import { durationMs } from './duration.ts';
import type { Finding } from './finding.ts';
import type { AskTerms } from './policy.ts';
import type { TermsSection } from './schema.ts';
import { compileTerms, fillTerms } from './terms.ts';

/** What is wrong with how people are asked. Only what is written in `own` is blamed, never what it inherits. */
export function checkTerms(
  own: TermsSection,
  { path, defaults, groups }: { path: string[]; defaults: TermsSection | undefined; groups: Groups },
): Finding[] {
  const at = (keys: (string | number)[], message: string): Finding => ({
    path: [...path, ...keys.map(String)],
    key: false,
    message,
  });
  const filled = fillTerms(own, defaults);
  const findings: Finding[] = [
    ...checkNames(own.approvers, { path: [...path, 'approvers'], groups }),
    ...(own.escalate ?? []).flatMap(({ to }, index) =>
      checkNames(to, { path: [...path, 'escalate', String(index), 'to'], groups }),
    ),
    ...checkTimes(own.remind, { path: [...path, 'remind'], expireAfter: filled.expireAfter }),
  ];
  for (const [index, { after }] of (own.escalate ?? []).entries()) {
    if (durationMs(after) < durationMs(filled.expireAfter)) continue;
    findings.push(at(['escalate', index, 'after'], tooLate(filled.expireAfter)));
  }

  const writesQuorum = firstOf(own, ['for_thread', 'quorum']);
  if (writesQuorum && filled.for_thread && filled.quorum > 1) {
    const message = `makes no sense: one person cannot approve for the thread what takes ${filled.quorum}. Say for_thread: false, or quorum: 1`;
    findings.push(at([writesQuorum], message));
  }
  const writesPeople = firstOf(own, ['quorum', 'approvers', 'requester_may_approve', 'escalate']);
  // An unknown group has been found above, and stands for nobody here.
  if (writesPeople && findings.length === 0) {
    const most = mostApprovals(compileTerms(filled, groups));
    if (most < filled.quorum) findings.push(at([writesPeople], unreachable(most, filled)));
  }
  return findings;
}

/** Names of groups that nobody has defined. */
export function checkNames(
  names: string | readonly string[] | undefined,
  { path, groups, words = ['members', 'requester'] }: { path: string[]; groups: Groups; words?: string[] },
): Finding[] {
  const isKnown = (name: string) => isId(name) || words.includes(name) || Object.hasOwn(groups, name);
  // The name is not repeated: it may be anything that was pasted here.
  const there = Object.keys(groups).join(', ');
  const message = there ? `is no group: gate.groups has ${there}` : 'is no group: define it under gate.groups';
  if (typeof names === 'string') return isKnown(names) ? [] : [{ path, key: false, message }];
  return (names ?? []).flatMap((name, index) =>
    isKnown(name) ? [] : [{ path: [...path, String(index)], key: false, message }],
  );
}

/** Reminders that never come, or twice. */
export function checkTimes(
  remind: readonly string[] | undefined,
  { path, expireAfter }: { path: string[]; expireAfter: string },
): Finding[] {
  const all = (remind ?? []).map(durationMs);
  return all.flatMap((ms, index) => {
    const where = { path: [...path, String(index)], key: false };
    if (ms >= durationMs(expireAfter)) return [{ ...where, message: tooLate(expireAfter) }];
    return all.indexOf(ms) < index ? [{ ...where, message: 'is there twice: take one away' }] : [];
  });
}

/** How many can approve at most, as far as the file alone can tell. */
export function mostApprovals({ audience, escalate }: Pick<AskTerms, 'audience' | 'escalate'>): number {
  const all = union([audience, ...escalate.map((step) => step.audience)]);
  const isOpen = all.members || all.groups.length > 0 || (all.requesters && !all.notRequesters);
  return isOpen ? Number.POSITIVE_INFINITY : all.users.length;
}

function tooLate(expireAfter: string): string {
  return `never comes: the question expires after ${expireAfter}. Make it earlier, or the expiry later`;
}

function unreachable(most: number, { quorum, approvers }: ReturnType<typeof fillTerms>): string {
  if (most === 0 && approvers.includes('requester')) {
    return 'leaves nobody who may approve: requester is asked, but requester_may_approve is false. Name somebody else';
  }
  const people = most === 1 ? 'only 1 person is' : `only ${most} people are`;
  return `can never be reached: it takes ${quorum}, and ${people} asked. Name more approvers, or lower the quorum`;
}

function firstOf(own: TermsSection, keys: (keyof TermsSection)[]): string | undefined {
  return keys.find((key) => own[key] !== undefined);
}
