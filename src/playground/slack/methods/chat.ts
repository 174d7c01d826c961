import type { Call, Methods } from '../method.ts';
import type { Message } from '../model.ts';
import { Refusal } from '../refusal.ts';
import { readContent, readMetadata } from './content.ts';
import type { Rooms } from './rooms.ts';

const MAX_UPDATE_TEXT = 4_000;

/** `chat.*` without the streams. */
export function chatMethods({ workspace, lookup, wire, baseUrl }: Rooms): Methods {
  const { identity } = workspace;
  const author = { user: identity.botUserId, bot_id: identity.botId, app_id: identity.appId };

  const postMessage = (call: Call) => {
    const channel = lookup.writable(call.args.text('channel'));
    const root = lookup.root(channel, call.args);
    const content = readContent(call);
    const broadcast = root !== undefined && call.args.flag('reply_broadcast');
    const message = workspace.post({
      channel: channel.id,
      ...author,
      ...content,
      ...(root ? { thread_ts: root.ts } : {}),
      ...(broadcast ? { subtype: 'thread_broadcast' } : {}),
    });
    return { channel: channel.id, ts: message.ts, message: wire.message(message, { metadata: true }) };
  };

  const update = (call: Call) => {
    const channel = lookup.channel(call.args.text('channel'));
    const message = lookup.own(channel, call.args.text('ts'), 'cant_update_message');
    if (message.stream?.state === 'streaming') throw new Refusal('streaming_state_conflict');
    if ((call.args.maybe('text') ?? '').length > MAX_UPDATE_TEXT) throw new Refusal('msg_too_long');
    if (call.args.flag('reply_broadcast') && !message.thread_ts) throw new Refusal('cant_broadcast_message');
    const apply = readChange(call, message);
    workspace.change(message, (changed) => {
      apply(changed);
      changed.edited = { user: identity.botUserId, ts: workspace.nextTs() };
    });
    return {
      channel: channel.id,
      ts: message.ts,
      text: message.text,
      message: wire.message(message, { metadata: true }),
    };
  };

  const postEphemeral = (call: Call) => {
    const channel = lookup.writable(call.args.text('channel'));
    const to = call.args.text('user');
    if (!channel.members.includes(to)) throw new Refusal('user_not_in_channel');
    const root = lookup.root(channel, call.args);
    const message = workspace.whisper({
      channel: channel.id,
      ...author,
      ...readContent(call),
      to,
      ...(root ? { thread_ts: root.ts } : {}),
    });
    return { message_ts: message.ts };
  };

  return {
    'chat.postMessage': { tier: 'special', needs: ['channel'], run: postMessage },
    'chat.update': { tier: 3, needs: ['channel', 'ts'], run: update },
    'chat.delete': {
      tier: 3,
      needs: ['channel', 'ts'],
      run({ args }) {
        const channel = lookup.channel(args.text('channel'));
        const message = lookup.own(channel, args.text('ts'), 'cant_delete_message');
        message.stream?.cancelExpiry();
        workspace.remove(message);
        return { channel: channel.id, ts: message.ts };
      },
    },
    'chat.postEphemeral': { tier: 4, needs: ['channel', 'user'], run: postEphemeral },
    'chat.getPermalink': {
      tier: 'special',
      needs: ['channel', 'message_ts'],
      run({ args }) {
        const channel = lookup.channel(args.text('channel'));
        const message = lookup.message(channel, args.text('message_ts'));
        return { channel: channel.id, permalink: permalink(baseUrl(), message) };
      },
    },
  };
}

/** What an update replaces: text alone drops the blocks, `blocks: []` clears them, metadata stays unless given. */
function readChange(call: Call, message: Message): (changed: Message) => void {
  const cleared = Array.isArray(call.args.value('blocks')) && (call.args.value('blocks') as unknown[]).length === 0;
  const content = cleared && !call.args.has('text') ? { text: message.text } : readContent(call);
  const metadata = readMetadata(call.args.value('metadata'));
  const metadataGiven = call.args.value('metadata') !== undefined;
  return (changed) => {
    changed.text = content.text;
    delete changed.blocks;
    delete changed.attachments;
    // An update replaces the whole of a finished stream, task cards included.
    delete changed.stream;
    Object.assign(changed, content);
    if (!metadataGiven) return;
    if (metadata) changed.metadata = metadata;
    else delete changed.metadata;
  };
}

function permalink(baseUrl: string, message: Message): string {
  const reply = message.thread_ts ? `?thread_ts=${message.thread_ts}&cid=${message.channel}` : '';
  return `${baseUrl}/archives/${message.channel}/p${message.ts.replace('.', '')}${reply}`;
}
