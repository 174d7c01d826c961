import type { Args } from '../args.ts';
import type { Methods } from '../method.ts';
import type { Channel, ChannelKind, Message } from '../model.ts';
import { Refusal } from '../refusal.ts';
import { pageOf } from './paging.ts';
import type { Rooms } from './rooms.ts';

const USUAL_PAGE = 100;
/** As `types` names them. */
const TYPES: Record<ChannelKind, string> = {
  channel: 'public_channel',
  group: 'private_channel',
  im: 'im',
  mpim: 'mpim',
};

/** `conversations.*`: reading a channel, its threads and its members. */
export function conversationMethods({ workspace, lookup, wire, pageSize, readSize }: Rooms): Methods {
  const { botUserId, team } = workspace.identity;

  const readable = (args: Args) => {
    const channel = lookup.channel(args.text('channel'));
    if (!channel.members.includes(botUserId)) throw new Refusal('not_in_channel');
    return channel;
  };
  const show = (messages: Message[], args: Args) =>
    messages.map((message) => wire.message(message, { metadata: args.flag('include_all_metadata') }));

  return {
    'conversations.replies': {
      tier: 3,
      needs: ['channel', 'ts'],
      run({ args }) {
        const channel = readable(args);
        const asked = channel.messages.find((message) => message.ts === args.text('ts'));
        if (!asked) throw new Refusal('thread_not_found');
        const rootTs = asked.thread_ts ?? asked.ts;
        const [root, ...replies] = workspace.thread(channel.id, rootTs);
        const { items, next, metadata } = pageOf(inRange(replies, args), {
          args,
          usual: USUAL_PAGE,
          atMost: readSize(),
        });
        const messages = show([...(root ? [root] : []), ...items], args);
        return { messages, has_more: next !== '', ...metadata };
      },
    },
    'conversations.history': {
      tier: 3,
      needs: ['channel'],
      run({ args }) {
        const channel = readable(args);
        const tops = channel.messages.filter(
          (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === 'thread_broadcast',
        );
        const { items, next, metadata } = pageOf(inRange(tops, args).reverse(), {
          args,
          usual: USUAL_PAGE,
          atMost: readSize(),
        });
        return { messages: show(items, args), has_more: next !== '', pin_count: 0, ...metadata };
      },
    },
    'conversations.info': {
      tier: 3,
      needs: ['channel'],
      run: ({ args }) => ({ channel: describe(lookup.channel(args.text('channel')), botUserId, team.id) }),
    },
    'conversations.members': {
      tier: 4,
      needs: ['channel'],
      run({ args }) {
        const { members } = lookup.channel(args.text('channel'));
        const { items, metadata } = pageOf(members, { args, usual: USUAL_PAGE, atMost: pageSize() });
        return { members: items, ...metadata };
      },
    },
    'users.conversations': {
      tier: 3,
      run({ args }) {
        const member = args.maybe('user') ?? botUserId;
        const kinds = (args.maybe('types') ?? 'public_channel').split(',').map((type) => type.trim());
        const joined = [...workspace.channels.values()].filter(
          ({ kind, members, archived }) =>
            members.includes(member) && kinds.includes(TYPES[kind]) && !(archived && args.flag('exclude_archived')),
        );
        const { items, metadata } = pageOf(joined, { args, usual: USUAL_PAGE, atMost: pageSize() });
        return { channels: items.map((channel) => describe(channel, botUserId, team.id)), ...metadata };
      },
    },
    'conversations.open': {
      tier: 3,
      run({ args }) {
        const wanted = (args.maybe('users') ?? '').split(',').filter(Boolean);
        const channel = args.has('channel') ? lookup.channel(args.text('channel')) : undefined;
        if (!channel && wanted.length === 0) throw new Refusal('users_list_not_supplied');
        if (wanted.some((id) => !workspace.users.has(id))) throw new Refusal('user_not_found');
        const found = channel ?? directWith([...workspace.channels.values()], [...wanted, botUserId]);
        if (!found) throw new Refusal('cannot_dm_bot');
        return { no_op: true, already_open: true, channel: { id: found.id } };
      },
    },
  };
}

function directWith(channels: Channel[], members: string[]): Channel | undefined {
  return channels.find(
    (channel) =>
      (channel.kind === 'im' || channel.kind === 'mpim') &&
      channel.members.length === members.length &&
      members.every((member) => channel.members.includes(member)),
  );
}

function inRange(messages: Message[], args: Args): Message[] {
  const [oldest, latest] = [bound(args, 'oldest'), bound(args, 'latest')];
  const inclusive = args.flag('inclusive');
  return messages.filter(({ ts }) => {
    if (oldest !== undefined && (inclusive ? ts < oldest : ts <= oldest)) return false;
    return latest === undefined || (inclusive ? ts <= latest : ts < latest);
  });
}

/** Timestamps are compared as strings, which floating point would not survive. */
function bound(args: Args, name: 'oldest' | 'latest'): string | undefined {
  const value = args.maybe(name);
  if (!value || value === '0') return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Refusal(`invalid_ts_${name}`);
  const [seconds = '', micros = ''] = value.split('.');
  return `${seconds.padStart(10, '0')}.${micros.padEnd(6, '0')}`;
}

function describe(channel: Channel, botUserId: string, teamId: string): Record<string, unknown> {
  const direct = channel.members.find((member) => member !== botUserId);
  return {
    id: channel.id,
    ...(channel.kind === 'im' ? { user: direct } : { name: channel.name, name_normalized: channel.name }),
    // Private channels with an id of their own kind are of before 2021.
    is_channel: channel.kind === 'channel' || channel.kind === 'group',
    is_group: false,
    is_im: channel.kind === 'im',
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind !== 'channel',
    is_archived: channel.archived,
    is_general: channel.name === 'general',
    is_shared: channel.shared,
    is_ext_shared: channel.shared,
    is_org_shared: false,
    is_member: channel.members.includes(botUserId),
    context_team_id: teamId,
    created: 0,
    creator: '',
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    num_members: channel.members.length,
  };
}
