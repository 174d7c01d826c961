import { type Check, fine, problem, warning } from './item.ts';

/** What bridge.yaml declares against what there is. */
export const declared: Check = ({ declared: changes }) => {
  if (changes === null || changes.length === 0) return [];
  const unmade = changes.filter(({ action }) => action === 'create');
  const open = changes.filter(({ action }) => ['update', 'adopt'].includes(action));
  const conflicts = changes.filter(({ action }) => action === 'conflict');
  if (unmade.length + open.length + conflicts.length === 0)
    return [fine('What bridge.yaml declares is what there is.')];
  return [
    ...unmade.map(({ kind, name }) =>
      warning('declared-unapplied', {
        says: `${kind}.${name} is declared in bridge.yaml, and not made yet.`,
        why: 'Until then no session gets it.',
        todo: 'Make it with `drawbridge apply`, or take it out of bridge.yaml.',
      }),
    ),
    ...open.map(({ kind, name }) =>
      warning('declared-unapplied', {
        says: `${kind}.${name} is not as bridge.yaml declares it.`,
        why: 'Sessions get what there is, not what is declared.',
        todo: 'See what would change with `drawbridge plan`, and make it so with `drawbridge apply`.',
      }),
    ),
    ...conflicts.map(({ kind, name }) =>
      warning('declared-conflict', {
        says: `${kind}.${name} was changed elsewhere since bridge.yaml was last applied.`,
        why: 'Sessions get what somebody made of it, and `drawbridge apply` leaves it alone.',
        todo: 'See with `drawbridge plan` what it is; take it into bridge.yaml, or set it back with `drawbridge apply --overwrite`.',
      }),
    ),
  ];
};

export const routes: Check = ({ routeProblem }) => {
  if (routeProblem === null) return [];
  return [
    problem('routes', {
      says: routeProblem,
      why: 'A route that cannot be told to match may give people an agent that is not theirs, so Drawbridge does not start.',
      todo: 'Change the route in bridge.yaml.',
    }),
  ];
};
