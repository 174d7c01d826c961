import type { PlaygroundChannel, PlaygroundState } from './contract.ts';
import type { Route } from './route.ts';

export interface Place {
  person: string;
  channel: PlaygroundChannel | undefined;
  thread: string | undefined;
}

/** The place a route means; what it leaves open, or what is not there for this person, falls back to a channel. */
export function placeOf(state: PlaygroundState, route: Route): Place {
  const people = state.users.filter((user) => !user.is_bot);
  const person = people.find(({ id }) => id === route.person)?.id ?? people[0]?.id ?? '';
  const mine = state.channels.filter((channel) => channel.members.includes(person));
  const asked = mine.find(({ id }) => id === route.channel);
  const channel =
    asked ?? mine.find(({ name }) => name === 'general') ?? mine.find(({ name }) => name === 'ops') ?? mine[0];
  return { person, channel, thread: asked && route.thread };
}
