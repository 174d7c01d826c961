import type {
  Change,
  PlaygroundChannel,
  PlaygroundEphemeral,
  PlaygroundGroup,
  PlaygroundMessage,
  PlaygroundSession,
  PlaygroundState,
  PlaygroundUser,
} from '../page/contract.ts';
import type { Channel, Ephemeral, Group, Message, Session, User } from './model.ts';
import type { SessionStore } from './session-store.ts';
import type { ViewStore } from './view-store.ts';
import type { Happening, Workspace } from './workspace.ts';

/** The workspace as the page sees it. */
export interface PageState {
  state(): PlaygroundState;
  changes(happening: Happening): Change[];
}

export interface PageStateParts {
  sessions: SessionStore;
  views: ViewStore;
  agent: PlaygroundState['agent'];
}

export function createPageState(workspace: Workspace, parts: PageStateParts): PageState {
  const { identity } = workspace;
  const showChannel = (channel: Channel): PlaygroundChannel => ({
    id: channel.id,
    name: channel.name,
    is_im: channel.kind === 'im',
    ...(channel.kind === 'mpim' ? { is_mpim: true } : {}),
    members: [...channel.members],
    messages: channel.messages.map(showMessage),
    ephemerals: channel.ephemerals.map(showEphemeral),
    sessions: parts.sessions.of(channel.id).map(showSession),
  });

  return {
    state: () => ({
      team: { id: identity.team.id, name: identity.team.name },
      bot: { user_id: identity.botUserId, name: identity.botName },
      agent: parts.agent,
      users: [...workspace.users.values()].map(showUser),
      groups: [...workspace.groups.values()].map(showGroup),
      // Nobody can write in an archived channel, so the page has no use for it.
      channels: [...workspace.channels.values()].filter((channel) => !channel.archived).map(showChannel),
      views: parts.views.list(),
    }),
    changes(happening) {
      switch (happening.type) {
        case 'posted':
        case 'changed':
        case 'reacted':
          return [{ type: 'message', channel: happening.message.channel, message: showMessage(happening.message) }];
        case 'deleted': {
          const { channel, ts } = happening.message;
          return happening.tombstone
            ? [{ type: 'message', channel, message: showMessage(happening.tombstone) }]
            : [{ type: 'deleted', channel, ts }];
        }
        case 'whispered':
          return [{ type: 'ephemeral', channel: happening.message.channel, message: showEphemeral(happening.message) }];
        case 'unwhispered':
          return [{ type: 'deleted', channel: happening.message.channel, ts: happening.message.ts }];
        case 'session':
        case 'stopped':
        case 'retitled':
          return [{ type: 'session', channel: happening.session.channel, session: showSession(happening.session) }];
        case 'joined':
        case 'left':
          return [{ type: 'channel', channel: showChannel(happening.channel) }];
        case 'person':
          return [{ type: 'user', user: showUser(happening.user) }];
        case 'group':
          return [{ type: 'group', group: showGroup(happening.group) }];
      }
    },
  };
}

function showUser({ id, name, isBot, guest, deleted }: User): PlaygroundUser {
  return { id, name, is_bot: isBot, ...(guest ? { is_guest: true } : {}), ...(deleted ? { deleted: true } : {}) };
}

function showGroup({ id, handle, users }: Group): PlaygroundGroup {
  return { id, handle, users: [...users] };
}

function showMessage(message: Message): PlaygroundMessage {
  const { ts, thread_ts, user, bot_id, text, blocks, files, reactions, edited, stream, subtype } = message;
  return {
    ts,
    ...(thread_ts ? { thread_ts } : {}),
    user,
    ...(bot_id ? { bot_id } : {}),
    text,
    ...(blocks ? { blocks } : {}),
    ...(files && files.length > 0
      ? {
          files: files.map(({ id, name, title, alt, mimetype, content }) => ({
            id,
            name,
            title,
            ...(alt ? { alt } : {}),
            mimetype,
            size: content.size,
            preview_url: `/playground/files/${id}/${encodeURIComponent(name)}`,
          })),
        }
      : {}),
    ...(reactions.length > 0 ? { reactions: reactions.map(({ name, users }) => ({ name, users: [...users] })) } : {}),
    ...(edited ? { edited } : {}),
    ...(subtype ? { subtype } : {}),
    ...(stream ? { stream: showStream(stream) } : {}),
  };
}

function showStream(stream: NonNullable<Message['stream']>): NonNullable<PlaygroundMessage['stream']> {
  const { state, parts, plan_title } = stream;
  return { state, parts: [...parts], ...(plan_title ? { plan_title } : {}) };
}

function showEphemeral(message: Ephemeral): PlaygroundEphemeral {
  return { ...showMessage(message), to: message.to };
}

function showSession(session: Session): PlaygroundSession {
  const { threadTs, status, title } = session;
  return { thread_ts: threadTs, status, ...(title ? { title } : {}) };
}
