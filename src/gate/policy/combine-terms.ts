import type { Audience } from '../../thread/question.ts';
import { intersection, union } from './audience.ts';
import type { AskTerms } from './policy.ts';

/**
 * What holds when several ask rules are about one call: all of them. Whoever decides must be asked by each, as many
 * must approve as the one that wants most says, and so on; the order of the rules plays no part.
 */
export function combineTerms(terms: readonly [AskTerms, ...AskTerms[]], requesters: readonly string[]): AskTerms {
  const [first, ...others] = terms;
  if (others.length === 0) return first;
  const quorum = Math.max(...terms.map((one) => one.quorum));
  const expireAfterMs = Math.min(...terms.map((one) => one.expireAfterMs));
  return {
    audience: intersection(
      terms.map(({ audience }) => audience),
      requesters,
    ),
    quorum,
    expireAfterMs,
    onExpiry: terms.some(({ onExpiry }) => onExpiry === 'stop') ? 'stop' : 'deny',
    remindAfterMs: times(terms.flatMap(({ remindAfterMs }) => remindAfterMs)).filter((at) => at < expireAfterMs),
    escalate: combineLadders(terms, requesters).filter(({ afterMs }) => afterMs < expireAfterMs),
    // An approval for the thread is one person's; with a quorum there is no such thing.
    offersThread: quorum === 1 && terms.every(({ offersThread }) => offersThread),
    mustOpenInFull: terms.some(({ mustOpenInFull }) => mustOpenInFull),
  };
}

/** A step of one ladder opens the question only to those whom the other rules ask by then, too. */
function combineLadders(terms: readonly AskTerms[], requesters: readonly string[]): AskTerms['escalate'] {
  const steps: AskTerms['escalate'] = [];
  let before = intersection(
    terms.map(({ audience }) => audience),
    requesters,
  );
  for (const afterMs of times(terms.flatMap(({ escalate }) => escalate.map((step) => step.afterMs)))) {
    const now = intersection(
      terms.map((one) => audienceAt(one, afterMs)),
      requesters,
    );
    const added = difference(now, before);
    if (added) steps.push({ afterMs, audience: added });
    before = now;
  }
  return steps;
}

function audienceAt({ audience, escalate }: AskTerms, ms: number): Audience {
  return union([audience, ...escalate.filter(({ afterMs }) => afterMs <= ms).map((step) => step.audience)]);
}

/** Those who are new; null when nobody is. */
function difference(now: Audience, before: Audience): Audience | null {
  const added: Audience = {
    users: now.users.filter((user) => !before.users.includes(user)),
    groups: now.groups.filter((group) => !before.groups.includes(group)),
    members: now.members && !before.members,
    requesters: now.requesters && !before.requesters,
    notRequesters: now.notRequesters,
  };
  const isNew = added.users.length > 0 || added.groups.length > 0 || added.members || added.requesters;
  return isNew ? added : null;
}

function times(all: number[]): number[] {
  return [...new Set(all)].sort((a, b) => a - b);
}
