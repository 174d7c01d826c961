import type { Entry } from '../../ops/recording/bundle.ts';
import type { PlaygroundState } from '../../playground/page/contract.ts';

/** Who and what of the local workspace plays whom and what of a recording. */
export interface Cast {
  /** A person of the recording, in a conversation that the local one is in. */
  person(standIn: string, channel: string): string;
  channel(standIn: string, by: string): string;
  /** What local ones are called in the recording; the local id where it has none. */
  names: { channel(id: string): string; person(id: string): string };
  /** A text with its stand-ins of people as mentions that Slack knows. */
  text(text: string): string;
}

type Place = Extract<Entry, { channel: string }>;

/** Full members of the workspace play in the order of their first act; where there are more, one plays several. */
export function createCast(entries: readonly Entry[], state: PlaygroundState): Cast {
  const isBot = (id: string) =>
    state.bot?.user_id === id || state.users.find((user) => user.id === id)?.is_bot === true;
  const channels = state.channels.filter(({ members }) => members.some(isBot));
  const [open = [], direct = [], group = []] = [
    channels.filter(({ is_im, is_mpim }) => !is_im && !is_mpim),
    channels.filter(({ is_im }) => is_im),
    channels.filter(({ is_mpim }) => is_mpim),
  ];
  const members = state.users.filter(({ id, is_guest }) => !isBot(id) && !is_guest);
  const people = members
    .filter(({ id }) => open.filter((one) => one.members.includes(id)).length >= 3)
    .map(({ id }) => id);
  const acts = entries.flatMap((entry) => ('by' in entry ? [entry.by] : []));
  const roles = new Map([...new Set(acts)].map((by, index) => [by, people[index % people.length] ?? '']));
  const places = entries.filter((entry): entry is Place => 'channel' in entry).map(({ channel }) => channel);
  const stages = new Map<string, string>();
  for (const letter of ['C', 'G']) {
    const local = letter === 'C' ? open : group;
    const named = [...new Set(places)].filter((channel) => channel.startsWith(letter));
    for (const [index, channel] of named.entries()) stages.set(channel, local[index % local.length]?.id ?? '');
  }
  const nobody = people[0] ?? '';
  const role = (standIn: string) => roles.get(standIn) ?? nobody;
  return {
    person(standIn, channel) {
      const found = state.channels.find(({ id }) => id === channel)?.members ?? [];
      return found.includes(role(standIn)) ? role(standIn) : (people.find((id) => found.includes(id)) ?? nobody);
    },
    channel(standIn, by) {
      if (!standIn.startsWith('D')) return stages.get(standIn) ?? '';
      const own = direct.find(({ members: both }) => both.includes(role(by)))?.id ?? '';
      stages.set(standIn, own);
      return own;
    },
    names: {
      channel: (id) => [...stages].find(([, local]) => local === id)?.[0] ?? id,
      person: (id) => [...roles].find(([, local]) => local === id)?.[0] ?? id,
    },
    text: (text) => text.replaceAll(/<@(U\d+)>/g, (_, standIn: string) => `<@${role(standIn)}>`),
  };
}
