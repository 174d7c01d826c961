import { newId } from './ids.ts';
import type { Channel, Message } from './model.ts';
import type { Wire } from './wire.ts';
import { type Happening, isOutsider, type Workspace } from './workspace.ts';

/** Turns what happened into Events API payloads, in the order they go out. */
export type EventsOf = (happening: Happening) => EventPayload[];

interface EventPayload extends Record<string, unknown> {
  event: Record<string, unknown>;
}

export function createEvents(workspace: Workspace, options: { wire: Wire; random: () => number }): EventsOf {
  const { wire, random } = options;
  const { identity } = workspace;

  const envelope = (event: Record<string, unknown>, channel?: Channel) => ({
    token: 'playground-verification',
    team_id: identity.team.id,
    // Captured `app_mention` envelopes lack the context ids.
    ...(event.type === 'app_mention' ? {} : { context_team_id: identity.team.id, context_enterprise_id: null }),
    api_app_id: identity.appId,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(workspace.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: identity.team.id,
        user_id: identity.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: channel?.shared ?? false,
    event_context: `4-${newId('')}`,
  });

  const posted = (message: Message, channel: Channel) => {
    const body = messageBody(workspace, message, wire);
    const plain = envelope({ ...body, channel: channel.id, channel_type: channelType(channel) }, channel);
    const mentions = message.text.includes(`<@${identity.botUserId}>`);
    if (!mentions || channel.kind === 'im' || message.user === identity.botUserId) return [plain];
    const twin = envelope({ ...body, type: 'app_mention', channel: channel.id }, channel);
    return random() < 0.5 ? [plain, twin] : [twin, plain];
  };

  /** An edit that adds a mention is told as one, with the ts of the message it is in. */
  const lateMention = ({ message, previous }: Extract<Happening, { type: 'changed' }>, channel: Channel) => {
    const mention = `<@${identity.botUserId}>`;
    const added = message.text.includes(mention) && !previous.text.includes(mention);
    if (!added || channel.kind === 'im' || message.user === identity.botUserId) return [];
    return [envelope({ ...messageBody(workspace, message, wire), type: 'app_mention', channel: channel.id }, channel)];
  };

  const hidden = (fields: Record<string, unknown>, channel: Channel) =>
    envelope(
      {
        type: 'message',
        hidden: true,
        channel: channel.id,
        channel_type: channelType(channel),
        ...fields,
      },
      channel,
    );

  return (happening) => {
    const channelId = channelOf(happening);
    const channel = channelId === undefined ? undefined : workspace.channels.get(channelId);
    if (!channel?.members.includes(identity.botUserId)) return [];
    switch (happening.type) {
      case 'posted':
        return posted(happening.message, channel);
      case 'changed':
      case 'deleted': {
        const ts = workspace.nextTs();
        const event = hidden({ ...changeBody(happening, wire), ts, event_ts: ts }, channel);
        return happening.type === 'changed' ? [event, ...lateMention(happening, channel)] : [event];
      }
      case 'reacted':
        return [envelope(reactionBody(happening, workspace.nextTs()), channel)];
      case 'stopped':
        return [envelope(stoppedBody(happening, workspace.nextTs()), channel)];
      case 'retitled':
        return [envelope(retitledBody(happening, workspace), channel)];
      case 'joined':
      case 'left':
        return [
          envelope({
            type: `member_${happening.type}_channel`,
            user: happening.user,
            channel: channel.id,
            channel_type: 'C',
            team: identity.team.id,
            event_ts: workspace.nextTs(),
          }),
        ];
      case 'whispered':
      case 'unwhispered':
      case 'session':
      case 'person':
      case 'group':
        return [];
    }
  };
}

/** What concerns no channel is told to no app. */
function channelOf(happening: Happening): string | undefined {
  if ('message' in happening) return happening.message.channel;
  if ('session' in happening) return happening.session.channel;
  return 'channel' in happening ? happening.channel.id : undefined;
}

function channelType(channel: Channel): string {
  return channel.kind;
}

function messageBody(workspace: Workspace, message: Message, wire: Wire): Record<string, unknown> {
  const outsider = isOutsider(workspace, message.user);
  const body = wire.message(message);
  const root = message.thread_ts ? workspace.find(message.channel, message.thread_ts) : undefined;
  return {
    ...body,
    event_ts: message.ts,
    ...(outsider ? { user_team: message.team, source_team: message.team } : {}),
    ...(outsider && message.files ? { files: message.files.map((file) => fileStub(file.id, file.team)) } : {}),
    ...(message.subtype === 'thread_broadcast' && root ? { root: wire.message(root) } : {}),
  };
}

/** What another company's upload looks like until `files.info` is asked. */
function fileStub(id: string, team: string): Record<string, unknown> {
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

function changeBody(
  happening: Extract<Happening, { type: 'changed' | 'deleted' }>,
  wire: Wire,
): Record<string, unknown> {
  if (happening.type === 'changed') {
    return {
      subtype: 'message_changed',
      message: wire.message(happening.message),
      previous_message: wire.message(happening.previous),
    };
  }
  if (happening.tombstone) {
    return {
      subtype: 'message_changed',
      message: { ...wire.message(happening.tombstone), hidden: true },
      previous_message: wire.message(happening.message),
    };
  }
  return {
    subtype: 'message_deleted',
    deleted_ts: happening.message.ts,
    previous_message: wire.message(happening.message),
  };
}

function reactionBody(happening: Extract<Happening, { type: 'reacted' }>, ts: string): Record<string, unknown> {
  const { message, user, name, added } = happening;
  return {
    type: added ? 'reaction_added' : 'reaction_removed',
    user,
    reaction: name,
    item: { type: 'message', channel: message.channel, ts: message.ts },
    item_user: message.user,
    event_ts: ts,
  };
}

/** The event itself names no team: an app takes that from the envelope. */
function stoppedBody(happening: Extract<Happening, { type: 'stopped' }>, ts: string): Record<string, unknown> {
  return {
    type: 'agent_session_stopped',
    channel: happening.session.channel,
    user: happening.user,
    thread_ts: happening.session.threadTs,
    streaming_message_ts: happening.streams,
    event_ts: ts,
  };
}

function retitledBody(
  happening: Extract<Happening, { type: 'retitled' }>,
  workspace: Workspace,
): Record<string, unknown> {
  const { session, user, previousTitle } = happening;
  return {
    type: 'agent_session_title_changed',
    channel: session.channel,
    user,
    team_id: workspace.identity.team.id,
    thread_ts: session.threadTs,
    title: session.title ?? '',
    ...(previousTitle === undefined ? {} : { previous_title: previousTitle }),
    event_ts: workspace.nextTs(),
  };
}
