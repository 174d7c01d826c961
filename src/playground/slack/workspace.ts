import type { Clock } from '../../clock.ts';
import { createTsMaker } from './ids.ts';
import type { Channel, Ephemeral, Group, Message, Session, User } from './model.ts';
import { IDENTITY, seedChannels, seedGroups, seedUsers } from './seed.ts';

/** Something happened in the workspace; the page and the app's events are both told from these. */
export type Happening =
  | { type: 'posted'; message: Message }
  | { type: 'changed'; message: Message; previous: Message }
  | { type: 'deleted'; message: Message; tombstone?: Message }
  | { type: 'whispered'; message: Ephemeral }
  | { type: 'unwhispered'; message: Ephemeral }
  | { type: 'reacted'; message: Message; user: string; name: string; added: boolean }
  | { type: 'session'; session: Session }
  | { type: 'stopped'; session: Session; user: string; streams: string[] }
  | { type: 'retitled'; session: Session; user: string; previousTitle?: string }
  | { type: 'joined' | 'left'; channel: Channel; user: string }
  | { type: 'person'; user: User }
  | { type: 'group'; group: Group };

type Draft = Omit<Message, 'ts' | 'team' | 'reactions'>;

export interface Workspace {
  identity: typeof IDENTITY;
  clock: Clock;
  users: ReadonlyMap<string, User>;
  channels: ReadonlyMap<string, Channel>;
  groups: ReadonlyMap<string, Group>;
  /** A fresh timestamp, unique in the workspace and later than every one before. */
  nextTs(): string;
  find(channel: string, ts: string): Message | undefined;
  thread(channel: string, rootTs: string): Message[];
  post(draft: Draft): Message;
  /** Applies the change and tells everyone. `apply` replaces fields and never alters their values in place. */
  change(message: Message, apply: (message: Message) => void): void;
  remove(message: Message): void;
  whisper(draft: Draft & { to: string }): Ephemeral;
  join(channel: Channel, user: string): void;
  leave(channel: Channel, user: string): void;
  tell(happening: Happening): void;
  listen(listener: (happening: Happening) => void): () => void;
}

export function createWorkspace(clock: Clock): Workspace {
  const users = new Map(seedUsers().map((user) => [user.id, user]));
  const channels = new Map(seedChannels([...users.values()]).map((channel) => [channel.id, channel]));
  const groups = new Map(seedGroups().map((group) => [group.id, group]));
  const listeners = new Set<(happening: Happening) => void>();
  const nextTs = createTsMaker(clock.now);
  const teamOf = (user: string) => users.get(user)?.teamId ?? IDENTITY.team.id;
  const tell = (happening: Happening) => {
    for (const listener of listeners) listener(happening);
  };
  const thread = (channel: string, rootTs: string) =>
    (channels.get(channel)?.messages ?? []).filter((m) => m.ts === rootTs || m.thread_ts === rootTs);

  return {
    identity: IDENTITY,
    clock,
    users,
    channels,
    groups,
    nextTs,
    thread,
    tell,
    find: (channel, ts) => channels.get(channel)?.messages.find((message) => message.ts === ts),
    post(draft) {
      const message: Message = { ...draft, ts: nextTs(), team: teamOf(draft.user), reactions: [] };
      channels.get(draft.channel)?.messages.push(message);
      tell({ type: 'posted', message });
      return message;
    },
    change(message, apply) {
      const previous = { ...message };
      apply(message);
      tell({ type: 'changed', message, previous });
    },
    remove(message) {
      const messages = channels.get(message.channel)?.messages ?? [];
      const at = messages.indexOf(message);
      if (at === -1) return;
      const isRoot = thread(message.channel, message.ts).length > 1;
      if (!isRoot) {
        messages.splice(at, 1);
        return tell({ type: 'deleted', message });
      }
      // Slack keeps the place of a deleted root, so that its replies stay a thread.
      const tombstone = { ...tombstoneOf(message), thread_ts: message.ts };
      messages[at] = tombstone;
      tell({ type: 'deleted', message, tombstone });
    },
    whisper(draft) {
      const message: Ephemeral = { ...draft, ts: nextTs(), team: teamOf(draft.user), reactions: [] };
      channels.get(draft.channel)?.ephemerals.push(message);
      tell({ type: 'whispered', message });
      return message;
    },
    join(channel, user) {
      if (channel.members.includes(user)) return;
      channel.members.push(user);
      tell({ type: 'joined', channel, user });
    },
    leave(channel, user) {
      if (!channel.members.includes(user)) return;
      channel.members = channel.members.filter((member) => member !== user);
      tell({ type: 'left', channel, user });
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function tombstoneOf(message: Message): Message {
  const { channel, ts, team } = message;
  return {
    channel,
    ts,
    team,
    user: 'USLACKBOT',
    text: 'This message was deleted.',
    subtype: 'tombstone',
    reactions: [],
  };
}

/** Whether a message or the person in `channel` counts as one of the team's own. */
export function isOutsider(workspace: Workspace, user: string): boolean {
  return workspace.users.get(user)?.teamId !== workspace.identity.team.id;
}
