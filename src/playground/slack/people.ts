import type { PostFile, PostGroup, PostJoin, PostLeave, PostMessage, PostPerson } from '../page/contract.ts';
import type { SlackFaults } from './faults.ts';
import { type FileBytes, givenBytes, repeatedBytes } from './file-bytes.ts';
import type { FileStore } from './file-store.ts';
import { newUuid } from './ids.ts';
import type { Channel, Message, StoredFile } from './model.ts';
import { PersonRefusal } from './refusal.ts';
import { readTyped } from './typed-text.ts';
import { isOutsider, type Workspace } from './workspace.ts';

/** What people do in the workspace, outside of buttons and modals. */
export interface People {
  /** `reply_broadcast` shows a reply in the channel too. */
  say(post: PostMessage & { reply_broadcast?: boolean }): { ts: string };
  edit(change: { user: string; channel: string; ts: string; text: string }): void;
  remove(what: { user: string; channel: string; ts: string }): void;
  react(reaction: { user: string; channel: string; ts: string; name: string; remove?: boolean }): void;
  /** Anyone can be added to a channel, the bot too. */
  joinChannel(join: PostJoin): void;
  leaveChannel(leave: PostLeave): void;
  /** Deactivates or renames somebody, or changes whether they are a guest. Lists keep them: only their own entry says so. */
  setPerson(person: PostPerson): void;
  setGroup(group: PostGroup): void;
  /**
   * The channel, or a refusal when the person cannot do anything there.
   * `late`: what they did before they left or were deactivated still counts.
   */
  present(who: { user: string; channel: string; late?: boolean }): Channel;
  /** Refuses for somebody who is deactivated. */
  active(who: { user: string; late?: boolean }): void;
}

export function createPeople(
  workspace: Workspace,
  { files, faults }: { files: FileStore; faults: Pick<SlackFaults, 'stubs'> },
): People {
  const find = (channelId: string) => {
    const channel = workspace.channels.get(channelId);
    if (!channel)
      throw new PersonRefusal('channel_not_found', `There is no channel ${channelId}; see /playground/state.`);
    return channel;
  };
  const known = (userId: string) => {
    const user = workspace.users.get(userId);
    if (!user) throw new PersonRefusal('user_not_found', `There is no user ${userId}; see /playground/state.`);
    return user;
  };
  const active: People['active'] = ({ user, late = false }) => {
    const { name, deleted } = known(user);
    if (deleted && !late) {
      throw new PersonRefusal(
        'user_is_deactivated',
        `${name} is deactivated; act as somebody else, or take them back.`,
      );
    }
  };
  const present: People['present'] = ({ user, channel: channelId, late = false }) => {
    const channel = find(channelId);
    const { name, isBot } = known(user);
    if (isBot) throw new PersonRefusal('not_a_person', `${name} is a bot; act as one of the people.`);
    if (channel.archived)
      throw new PersonRefusal('is_archived', `#${channel.name} is archived; nobody can write there.`);
    active({ user, late });
    if (!channel.members.includes(user) && !late) {
      throw new PersonRefusal('not_in_channel', `${name} is not in ${channel.name}; act as one of its members.`);
    }
    return channel;
  };
  const ownMessage = (what: { user: string; channel: string; ts: string }) => {
    const message = findMessage(present(what), what.ts);
    if (message.user !== what.user) {
      throw new PersonRefusal('not_yours', 'Only the author can change this message; act as its author.');
    }
    return message;
  };
  const typed = (text: string) =>
    readTyped(text, {
      users: workspace.users.values(),
      channels: workspace.channels.values(),
      groups: workspace.groups.values(),
    });

  return {
    present,
    active,
    say(post) {
      const channel = present(post);
      if (post.text.trim() === '' && !post.files?.length && !post.forwards && !post.table) {
        throw new PersonRefusal('no_text', 'Write a text or add a file; the message is empty.');
      }
      const rootTs = rootOf(channel, post.thread_ts);
      const forwards = post.forwards && findMessage(present({ ...post.forwards, user: post.user }), post.forwards.ts);
      const team = workspace.users.get(post.user)?.teamId ?? '';
      const shared = (post.files ?? []).map((file) => ({ ...file, content: bytesOf(file) }));
      const stored = shared.map(({ name, content, mimetype, mode = faults.stubs() ? 'stub' : 'hosted' }) =>
        files.add({ name, content, mode, user: post.user, team, ...(mimetype ? { mimetype } : {}) }),
      );
      const message = workspace.post({
        channel: channel.id,
        user: post.user,
        client_msg_id: newUuid(),
        ...typed(post.text),
        ...(rootTs ? { thread_ts: rootTs } : {}),
        ...subtypeOf({ files: stored.length, broadcast: rootTs !== undefined && post.reply_broadcast === true }),
        ...(stored.length > 0 ? { files: stored } : {}),
        ...(forwards ? { forwards } : {}),
        ...(post.table ? { attachments: [tableAttachment(post.table)] } : {}),
      });
      for (const file of stored) file.shares.push(shareOf(message));
      return { ts: message.ts };
    },
    edit(change) {
      const message = ownMessage(change);
      const next = typed(change.text);
      workspace.change(message, (changed) => {
        changed.text = next.text;
        changed.blocks = next.blocks;
        changed.edited = { user: change.user, ts: workspace.nextTs() };
      });
    },
    remove: (what) => workspace.remove(ownMessage(what)),
    react({ user, channel, ts, name, remove = false }) {
      setReaction(workspace, { message: findMessage(present({ user, channel }), ts), user, name, added: !remove });
    },
    joinChannel({ user, channel: channelId }) {
      const channel = find(channelId);
      const { name } = known(user);
      if (!isRoom(channel) || (isOutsider(workspace, user) && !channel.shared)) {
        throw new PersonRefusal('cannot_join', `${name} cannot be added to ${channel.name}.`);
      }
      if (channel.members.includes(user)) return;
      workspace.join(channel, user);
      workspace.post({ channel: channelId, user, text: `<@${user}> has joined the channel`, subtype: 'channel_join' });
    },
    leaveChannel({ user, channel: channelId }) {
      const channel = find(channelId);
      const { name } = known(user);
      if (!isRoom(channel) || !channel.members.includes(user)) {
        throw new PersonRefusal('cannot_leave', `${name} cannot be taken out of ${channel.name}.`);
      }
      workspace.leave(channel, user);
      workspace.post({ channel: channelId, user, text: `<@${user}> has left the channel`, subtype: 'channel_leave' });
    },
    setPerson({ user: userId, deleted, guest, name }) {
      const user = known(userId);
      if (user.isBot) throw new PersonRefusal('not_a_person', `${user.name} is a bot; choose one of the people.`);
      if (deleted !== undefined) user.deleted = deleted;
      if (name !== undefined) user.name = name;
      if (guest === false) delete user.guest;
      else if (guest !== undefined) user.guest = guest === true ? 'multi_channel' : guest;
      workspace.tell({ type: 'person', user });
    },
    setGroup({ group: groupId, users }) {
      const group = workspace.groups.get(groupId);
      if (!group) throw new PersonRefusal('no_such_group', `There is no group ${groupId}; see /playground/state.`);
      group.users = users.map((user) => known(user).id);
      workspace.tell({ type: 'group', group });
    },
  };
}

/** What people join and leave. */
function isRoom({ kind }: Channel): boolean {
  return kind === 'channel' || kind === 'group';
}

function findMessage(channel: Channel, ts: string): Message {
  const message = channel.messages.find((each) => each.ts === ts);
  if (!message) throw new PersonRefusal('message_not_found', `There is no message ${ts} in ${channel.name}.`);
  return message;
}

function rootOf(channel: Channel, threadTs: string | undefined): string | undefined {
  if (!threadTs) return undefined;
  const message = findMessage(channel, threadTs);
  return message.thread_ts ?? message.ts;
}

function subtypeOf({ files, broadcast }: { files: number; broadcast: boolean }): { subtype?: string } {
  if (broadcast) return { subtype: 'thread_broadcast' };
  return files > 0 ? { subtype: 'file_share' } : {};
}

/** As Slack's clients send what was copied from a spreadsheet. */
function tableAttachment(rows: string[][]): Record<string, unknown> {
  const cells = rows.map((row) => row.map((text) => ({ type: 'raw_text', text })));
  return { fallback: '[no preview available]', blocks: [{ type: 'table', rows: cells }] };
}

const BYTELESS: PostFile['mode'][] = ['external', 'canvas', 'list', 'email', 'tombstone', 'hidden_by_limit'];

/** Slack's own clients share no empty file; one that is made up may be empty, as an app may find it so. */
function bytesOf({ name, base64, repeat, size = 0, mode }: PostFile): FileBytes {
  if (repeat !== undefined) return repeatedBytes(repeat, size);
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (bytes.length === 0 && !BYTELESS.includes(mode)) {
    throw new PersonRefusal('empty_file', `${name} is empty or not base64; choose another file.`);
  }
  return givenBytes(bytes);
}

export function shareOf(message: Message): { channel: string; ts: string; thread_ts?: string } {
  const { channel, ts, thread_ts } = message;
  return { channel, ts, ...(thread_ts ? { thread_ts } : {}) };
}

/** Whether the bot may see a file: its own, and those in conversations that it is in. */
export function seesFile({ channels, identity }: Workspace, { user, shares }: StoredFile): boolean {
  const { botUserId } = identity;
  return user === botUserId || shares.some(({ channel }) => channels.get(channel)?.members.includes(botUserId));
}

/** Adds or takes away one person's reaction; false when there is nothing to change. */
export function setReaction(
  workspace: Workspace,
  reaction: { message: Message; user: string; name: string; added: boolean },
): boolean {
  const { message, user, name, added } = reaction;
  const users = message.reactions.find((each) => each.name === name)?.users ?? [];
  if (users.includes(user) === added) return false;
  const changed = added ? [...users, user] : users.filter((each) => each !== user);
  const entry = { name, users: changed };
  const others = message.reactions.some((each) => each.name === name)
    ? message.reactions.map((each) => (each.name === name ? entry : each))
    : [...message.reactions, entry];
  message.reactions = others.filter((each) => each.users.length > 0);
  workspace.tell({ type: 'reacted', message, user, name, added });
  return true;
}
