import type { Args } from '../args.ts';
import type { Call, Methods } from '../method.ts';
import type { Channel, Message, SessionStatus } from '../model.ts';
import { Refusal } from '../refusal.ts';
import type { SessionStore } from '../session-store.ts';
import type { Rooms } from './rooms.ts';

const MAX_TITLE = 200;
/** A legacy status goes away by itself after this, and when the app posts in the thread. */
const LEGACY_STATUS_MS = 120_000;
const MAX_PROMPTS = 4;
const MAX_LOADING_MESSAGES = 10;

export function readStatus(value: string): SessionStatus {
  if (value === 'active' || value === 'processing' || value === 'suspended' || value === 'closed') return value;
  throw new Refusal('invalid_status');
}

/** `agents.sessions.*`, and the older `assistant.threads.*` that writes the same place. */
export function sessionMethods(
  rooms: Rooms,
  { sessions, hearsStops }: { sessions: SessionStore; hearsStops: () => boolean },
): Methods {
  const { workspace, lookup } = rooms;

  const place = (args: Args) => {
    const channel = lookup.channel(args.text('channel_id'));
    if (!channel.members.includes(workspace.identity.botUserId)) throw new Refusal('not_authorized');
    return channel;
  };
  const rootIn = (channel: Channel, args: Args): Message => {
    const root = lookup.root(channel, args);
    if (!root) throw new Refusal('thread_ts_required');
    return root;
  };

  const setStatus = ({ args, warn }: Call) => {
    const channel = place(args);
    const status = readStatus(args.text('status'));
    if (!hearsStops()) warn('missing_agent_session_stopped_event_subscription');
    const root = rootIn(channel, args);
    const title = args.maybe('title');
    if ((title ?? '').length > MAX_TITLE)
      throw new Refusal('invalid_arguments', [`[ERROR] title is longer than ${MAX_TITLE}`]);
    const initiator = args.maybe('initiator_user_id');
    if (initiator && !channel.members.includes(initiator)) throw new Refusal('user_not_found');
    const session = sessions.set(
      { channel: channel.id, threadTs: root.ts },
      { status, title, initiator: initiator ?? root.user },
    );
    return { status: session.status, agent_status: session.status, title: session.title ?? '' };
  };

  const rename = ({ args }: Call) => {
    const channel = place(args);
    if (channel.archived) throw new Refusal('is_archived');
    const session = sessions.get(channel.id, rootIn(channel, args).ts);
    if (!session) throw new Refusal('session_not_found');
    const title = args.text('title');
    if (title.trim() === '' || title.length > MAX_TITLE) throw new Refusal('invalid_name');
    sessions.rename(session, { title });
    return { title };
  };

  return {
    'agents.sessions.setStatus': { tier: 3, needs: ['channel_id', 'status'], run: setStatus },
    'agents.sessions.rename': { tier: 3, needs: ['channel_id', 'thread_ts', 'title'], run: rename },
    ...legacyMethods(rooms, sessions),
  };
}

function legacyMethods({ workspace, lookup }: Rooms, sessions: SessionStore): Methods {
  const shown = new Map<string, () => void>();
  const key = (channel: string, threadTs: string) => `${channel}:${threadTs}`;

  const clear = (channel: string, threadTs: string) => {
    shown.get(key(channel, threadTs))?.();
    if (!shown.delete(key(channel, threadTs))) return;
    if (sessions.get(channel, threadTs)?.status === 'processing')
      sessions.set({ channel, threadTs }, { status: 'active' });
  };
  workspace.listen((happening) => {
    if (happening.type !== 'posted' || !happening.message.bot_id) return;
    if (happening.message.thread_ts) clear(happening.message.channel, happening.message.thread_ts);
  });

  const thread = (args: Args) => {
    const channel = lookup.writable(args.text('channel_id'));
    const root = lookup.root(channel, args);
    if (!root) throw new Refusal('invalid_thread_ts');
    return { channel: channel.id, threadTs: root.ts, initiator: root.user };
  };

  const setStatus = ({ args }: Call) => {
    const { channel, threadTs, initiator } = thread(args);
    const status = args.maybe('status');
    if (status === undefined) throw new Refusal('invalid_arguments', ['[ERROR] missing required field: status']);
    const loading = args.value('loading_messages');
    if (Array.isArray(loading) && loading.length > MAX_LOADING_MESSAGES) {
      throw new Refusal('invalid_arguments', [`[ERROR] no more than ${MAX_LOADING_MESSAGES} loading_messages`]);
    }
    shown.get(key(channel, threadTs))?.();
    shown.delete(key(channel, threadTs));
    sessions.set({ channel, threadTs }, { status: status ? 'processing' : 'active', initiator });
    if (status)
      shown.set(
        key(channel, threadTs),
        workspace.clock.after(LEGACY_STATUS_MS, () => clear(channel, threadTs)),
      );
    return {};
  };

  return {
    'assistant.threads.setStatus': { tier: 'special', needs: ['channel_id', 'thread_ts'], run: setStatus },
    'assistant.threads.setTitle': {
      tier: 4,
      needs: ['channel_id', 'thread_ts', 'title'],
      run({ args }) {
        const { channel, threadTs, initiator } = thread(args);
        const session =
          sessions.get(channel, threadTs) ?? sessions.set({ channel, threadTs }, { status: 'active', initiator });
        sessions.rename(session, { title: args.text('title') });
        return {};
      },
    },
    'assistant.threads.setSuggestedPrompts': {
      tier: 4,
      needs: ['channel_id', 'prompts'],
      run({ args }) {
        lookup.writable(args.text('channel_id'));
        const prompts = args.value('prompts');
        if (!Array.isArray(prompts) || prompts.length > MAX_PROMPTS) {
          throw new Refusal('invalid_arguments', [`[ERROR] prompts must be a list of at most ${MAX_PROMPTS}`]);
        }
        return {};
      },
    },
  };
}
