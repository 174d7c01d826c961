import { ELSEWHERE } from './bearer-watch.ts';
import type { Message, StoredFile } from './model.ts';
import type { Workspace } from './workspace.ts';

/** How the workspace's things look on the wire, in responses and in events. */
export interface Wire {
  message(message: Message, options?: { metadata?: boolean }): Record<string, unknown>;
  /** All there is to say of a file: the answer of `files.info`. */
  file(file: StoredFile): Record<string, unknown>;
  botProfile(): Record<string, unknown>;
}

export function createWire(workspace: Workspace, options: { baseUrl: () => string }): Wire {
  const { identity } = workspace;
  const botProfile = () => ({
    id: identity.botId,
    app_id: identity.appId,
    user_id: identity.botUserId,
    name: identity.botName,
    icons: {},
    deleted: false,
    updated: 0,
    team_id: identity.team.id,
  });
  const file = (stored: StoredFile) => fileOnWire(stored, { workspace, baseUrl: options.baseUrl() });
  const shared = (stored: StoredFile) => (stored.mode === 'stub' ? stubOnWire(stored) : file(stored));

  return {
    botProfile,
    file,
    message(message, { metadata = false } = {}) {
      const {
        channel: _channel,
        stream,
        reactions,
        files,
        forwards,
        metadata: own,
        values: _values,
        ...rest
      } = message;
      const forwarded = forwards ? [forwardOnWire(forwards, { workspace, shared })] : [];
      const root = message.thread_ts ? workspace.find(message.channel, message.thread_ts) : undefined;
      return {
        type: 'message',
        ...rest,
        ...(message.bot_id ? { bot_profile: botProfile() } : {}),
        ...(root && root !== message ? { parent_user_id: root.user } : {}),
        ...(files && files.length > 0 ? { files: files.map(shared), upload: !message.bot_id } : {}),
        ...(forwarded.length > 0 ? { attachments: [...forwarded, ...(message.attachments ?? [])] } : {}),
        ...(reactions.length > 0
          ? { reactions: reactions.map(({ name, users }) => ({ name, users, count: users.length })) }
          : {}),
        ...(stream ? { streaming_state: streamingState(stream.state) } : {}),
        ...(metadata && own ? { metadata: own } : {}),
        ...replySummary(workspace, message),
      };
    },
  };
}

function forwardOnWire(
  { channel, ts, user, text, files = [] }: Message,
  { workspace, shared }: { workspace: Workspace; shared: (file: StoredFile) => Record<string, unknown> },
): Record<string, unknown> {
  const author = workspace.users.get(user);
  return {
    is_msg_unfurl: true,
    is_share: true,
    channel_id: channel,
    ts,
    author_id: user,
    author_name: author?.realName ?? author?.name ?? '',
    text,
    fallback: `[${ts}] ${text}`,
    ...(files.length > 0 ? { files: files.map(shared) } : {}),
  };
}

function streamingState(state: NonNullable<Message['stream']>['state']): string {
  if (state === 'streaming') return 'in_progress';
  return state === 'expired' ? 'errored' : 'completed';
}

/** What a root says about its replies. */
function replySummary(workspace: Workspace, message: Message): Record<string, unknown> {
  if (message.thread_ts && message.thread_ts !== message.ts) return {};
  const replies = workspace.thread(message.channel, message.ts).filter((reply) => reply.ts !== message.ts);
  const latest = replies.at(-1);
  if (!latest) return {};
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users: [...new Set(replies.map((reply) => reply.user))],
    reply_users_count: new Set(replies.map((reply) => reply.user)).size,
    latest_reply: latest.ts,
  };
}

function fileOnWire(
  file: StoredFile,
  { workspace, baseUrl }: { workspace: Workspace; baseUrl: string },
): Record<string, unknown> {
  if (file.mode === 'tombstone' || file.mode === 'hidden_by_limit') return { id: file.id, mode: file.mode };
  const extension = file.name.includes('.') ? (file.name.split('.').at(-1) ?? '').toLowerCase() : '';
  const url = `${baseUrl}/files-pri/${file.team}-${file.id}`;
  const name = encodeURIComponent(file.name);
  const isExternal = file.mode === 'external';
  return {
    id: file.id,
    created: Math.floor(file.createdMs / 1000),
    timestamp: Math.floor(file.createdMs / 1000),
    name: file.name,
    title: file.title,
    ...(file.alt ? { alt_txt: file.alt } : {}),
    mimetype: file.mimetype,
    filetype: extension || 'binary',
    pretty_type: extension.toUpperCase() || 'Binary',
    user: file.user,
    user_team: file.team,
    editable: file.mode === 'snippet',
    size: file.content.size,
    mode: file.mode === 'stub' ? 'hosted' : file.mode,
    is_external: isExternal,
    external_type: isExternal ? 'gdrive' : '',
    is_public: true,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    ...(isExternal
      ? { url_private: `${baseUrl}${ELSEWHERE}${name}` }
      : { url_private: `${url}/${name}`, url_private_download: `${url}/download/${name}` }),
    permalink: `${baseUrl}/files/${file.user}/${file.id}/${name}`,
    has_rich_preview: false,
    file_access: 'visible',
    shares: groupShares(file, workspace),
  };
}

/** All that an event tells of a file of another workspace: `files.info` has the rest. */
function stubOnWire({ id, team }: StoredFile): Record<string, unknown> {
  return {
    id,
    created: 0,
    timestamp: 0,
    mode: 'file_access',
    file_access: 'check_file_info',
    user: '',
    user_team: team,
  };
}

function groupShares(file: StoredFile, workspace: Workspace): Record<string, Record<string, unknown[]>> {
  const shares: Record<string, Record<string, unknown[]>> = {};
  for (const { channel, ...share } of file.shares) {
    const kind = workspace.channels.get(channel)?.kind === 'channel' ? 'public' : 'private';
    const places = shares[kind] ?? {};
    shares[kind] = { ...places, [channel]: [...(places[channel] ?? []), share] };
  }
  return shares;
}
