import type { PlaygroundGroup, PlaygroundState, PlaygroundUser } from './contract.ts';

/** Who and what an id means, for rendering; `me` is the person acted as. */
export interface Directory {
  me: string;
  bot: PlaygroundUser | undefined;
  people: PlaygroundUser[];
  userName(id: string): string;
  isBot(id: string): boolean;
  channelName(id: string): string;
  group(id: string): PlaygroundGroup | undefined;
  /** Where the user stands in the list: neighbours get different colours. */
  position(id: string): number;
}

type Named = Pick<PlaygroundState, 'users' | 'groups' | 'bot'> & { channels: { id: string; name: string }[] };

export function createDirectory(state: Named, me: string): Directory {
  const users = new Map(state.users.map((user) => [user.id, user]));
  const positions = state.users.map(({ id }) => id);
  const channels = new Map(state.channels.map((channel) => [channel.id, channel.name]));
  const groups = new Map(state.groups.map((group) => [group.id, group]));
  const botId = state.bot?.user_id ?? '';
  return {
    me,
    bot: users.get(botId) ?? state.users.find((user) => user.is_bot),
    people: state.users.filter((user) => !user.is_bot),
    userName: (id) => users.get(id)?.name ?? id,
    isBot: (id) => users.get(id)?.is_bot ?? false,
    channelName: (id) => channels.get(id) ?? id,
    group: (id) => groups.get(id),
    position: (id) => Math.max(0, positions.indexOf(id)),
  };
}
