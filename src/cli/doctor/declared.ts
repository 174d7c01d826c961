import { type Check, fine, problem, warning } from './item.ts';

/** What bridge.yaml declares against what there is. */
export const declared: Check = ({ declared: changes }) => {
  if (changes === null || changes.length === 0) return [];
  const open = changes.filter(({ action }) => ['create', 'update', 'adopt'].includes(action));
  const conflicts = changes.filter(({ action }) => action === 'conflict');
  if (open.length + conflicts.length === 0) return [fine('What bridge.yaml declares is what there is.')];
  return [
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
