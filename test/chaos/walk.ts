import { CONVERSATIONS, type Conversation } from './conversations.ts';
import type { Place } from './person.ts';
import { PLACES, type Plan, walkedPlan } from './plan.ts';
import type { Outcome } from './run.ts';

/** A conversation in the place where it is held. */
export interface Scene {
  conversation: Conversation;
  place: Place;
}

const SCENES: readonly Scene[] = CONVERSATIONS.flatMap((conversation) =>
  PLACES.map((place) => ({ conversation, place })),
);

/** The scenes of `plain/dm`, `plain` or nothing: all of them. Throws for what is none. */
export function scenesNamed(name: string | undefined): Scene[] {
  if (name === undefined) return [...SCENES];
  const found = SCENES.filter(({ conversation, place }) =>
    [conversation.name, `${conversation.name}/${place}`].includes(name),
  );
  if (found.length > 0) return found;
  const known = CONVERSATIONS.map((conversation) => conversation.name).join(', ');
  throw new Error(`There is no conversation ${name}: there are ${known}, each also as …/${PLACES.join(' and …/')}.`);
}

/** Nothing dies: the run that names the points. */
export function recording({ conversation, place }: Scene): Plan {
  return walkedPlan(conversation, { place, death: null });
}

/** A death at each point that was passed: at its first, middle and last passage. */
export function walk(outcome: Outcome): Plan[] {
  return outcome.passed.flatMap(([point, count]) =>
    [...new Set(passagesOf(count))].map((passage) => deathAt(outcome, { point, passage })),
  );
}

/** The same over all scenes: in each one a death at each point, at its first passage here, at its last one there. */
export function quickWalk(outcomes: readonly Outcome[]): Plan[] {
  return outcomes.flatMap((outcome, scene) =>
    outcome.passed.map(([point, count]) => {
      const passage = passagesOf(count)[scene % 3] ?? 1;
      return deathAt(outcome, { point, passage });
    }),
  );
}

function passagesOf(count: number): number[] {
  return [1, Math.ceil(count / 2), count];
}

/** Only where nobody has heard what came of a request, at its middle passage: half of these in each of two scenes. */
export function shortWalk(outcomes: readonly Outcome[]): Plan[] {
  return outcomes.flatMap((outcome, scene) =>
    outcome.passed
      .filter(([point]) => point.endsWith(':sent'))
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .filter((_, index) => index % 2 === scene % 2)
      .map(([point, count]) => deathAt(outcome, { point, passage: Math.ceil(count / 2) })),
  );
}

function deathAt({ plan: { conversation, place } }: Outcome, death: { point: string; passage: number }): Plan {
  return walkedPlan(conversation, { place, death });
}
