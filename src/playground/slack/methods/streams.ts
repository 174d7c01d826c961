import type { Args } from '../args.ts';
import { checkBlocks } from '../blocks.ts';
import { blocksOf, type Chunk, readChunks, textOf, type Written, writeChunks } from '../chunks.ts';
import type { Call, Methods } from '../method.ts';
import type { Channel, Message, Stream } from '../model.ts';
import { Refusal } from '../refusal.ts';
import type { SessionStore } from '../session-store.ts';
import type { Workspace } from '../workspace.ts';
import { MESSAGE_BLOCKS, readMetadata } from './content.ts';
import type { Rooms } from './rooms.ts';
import { readStatus } from './sessions.ts';

/** A stream closes this long after its start, whatever is done with it (measured by others; not documented). */
const LIFETIME_MS = 306_000;
const MAX_MARKDOWN = 12_000;

interface Payload {
  mode: Stream['mode'];
  chunks: Chunk[];
}

/** `chat.startStream`, `appendStream` and `stopStream`. */
export function streamMethods({ workspace, lookup, wire }: Rooms, { sessions }: { sessions: SessionStore }): Methods {
  const { identity } = workspace;

  const expire = (message: Message) => {
    if (message.stream?.state !== 'streaming') return;
    setState(message, 'expired');
    if (message.thread_ts)
      sessions.set({ channel: message.channel, threadTs: message.thread_ts }, { status: 'active' });
  };

  const setState = (message: Message, state: Stream['state']) =>
    workspace.change(message, (changed) => {
      if (changed.stream) changed.stream = { ...changed.stream, state };
    });

  /** Checks everything before it writes anything. */
  const write = (message: Message, { mode, chunks }: Payload) => {
    const stream = message.stream;
    if (!stream) throw new Refusal('message_not_in_streaming_state');
    if (mode && stream.mode && mode !== stream.mode) throw new Refusal('streaming_mode_mismatch');
    const written = writeChunks(stream, chunks);
    return (changed: Message) => {
      changed.stream = { ...stream, ...written, mode: stream.mode ?? mode };
      show(changed, written);
    };
  };

  const open = (args: Args) => {
    const channel = lookup.channel(args.text('channel'));
    const message = lookup.own(channel, args.text('ts'), 'message_not_owned_by_app');
    if (message.stream?.state === 'stopped') throw new Refusal('stopped_by_user');
    if (message.stream?.state !== 'streaming') throw new Refusal('message_not_in_streaming_state');
    return message;
  };

  const start = ({ args }: Call) => {
    const channel = lookup.writable(args.text('channel'));
    checkRecipient(workspace, { channel, args });
    const root = lookup.root(channel, args);
    if (!root) throw new Refusal('invalid_thread_ts');
    const { mode, chunks } = readPayload(args);
    const written = writeChunks({ parts: [] }, chunks);
    const recipientUser = args.maybe('recipient_user_id');
    const message = workspace.post({
      channel: channel.id,
      user: identity.botUserId,
      bot_id: identity.botId,
      app_id: identity.appId,
      thread_ts: root.ts,
      text: textOf(written.parts),
      blocks: blocksOf(written),
      stream: {
        ...written,
        mode,
        state: 'streaming',
        startedAtMs: workspace.clock.now(),
        cancelExpiry: () => cancel(),
        ...(recipientUser ? { recipientUser } : {}),
      },
    });
    const cancel = workspace.clock.after(LIFETIME_MS, () => expire(message));
    sessions.set({ channel: channel.id, threadTs: root.ts }, { status: 'processing', initiator: root.user });
    return { channel: channel.id, ts: message.ts };
  };

  const stop = ({ args }: Call) => {
    const message = open(args);
    const status = readStatus(args.maybe('session_status') ?? 'active');
    const apply = write(message, readPayload(args));
    const blocks = args.has('blocks') ? checkBlocks(args.value('blocks'), MESSAGE_BLOCKS) : [];
    const metadata = readMetadata(args.value('metadata'));
    message.stream?.cancelExpiry();
    workspace.change(message, (changed) => {
      apply(changed);
      if (metadata) changed.metadata = metadata;
      if (!changed.stream) return;
      const ending = blocks.length > 0 ? [{ type: 'blocks' as const, blocks }] : [];
      changed.stream = { ...changed.stream, state: 'completed', parts: [...changed.stream.parts, ...ending] };
      show(changed, changed.stream);
    });
    if (message.thread_ts) sessions.set({ channel: message.channel, threadTs: message.thread_ts }, { status });
    return { channel: message.channel, ts: message.ts, message: { ...wire.message(message), subtype: 'bot_message' } };
  };

  return {
    'chat.startStream': { tier: 2, needs: ['channel', 'thread_ts'], run: start },
    'chat.appendStream': {
      tier: 4,
      needs: ['channel', 'ts'],
      run({ args }) {
        const message = open(args);
        const payload = readPayload(args);
        if (payload.chunks.length === 0) throw new Refusal('no_text');
        workspace.change(message, write(message, payload));
        return { channel: message.channel, ts: message.ts };
      },
    },
    'chat.stopStream': { tier: 2, needs: ['channel', 'ts'], run: stop },
  };
}

/** Outside of DMs a stream is for somebody; a partner's id goes with the partner's team. */
function checkRecipient(workspace: Workspace, { channel, args }: { channel: Channel; args: Args }): void {
  const [team, user] = [args.maybe('recipient_team_id'), args.maybe('recipient_user_id')];
  if (channel.kind !== 'im' && !team) throw new Refusal('missing_recipient_team_id');
  if (channel.kind !== 'im' && !user) throw new Refusal('missing_recipient_user_id');
  const people = [...workspace.users.values()];
  if (team && !people.some(({ teamId }) => teamId === team)) throw new Refusal('team_not_found');
  const known = user ? workspace.users.get(user) : undefined;
  if (user && (!known || (team && known.teamId !== team))) throw new Refusal('user_not_found');
}

function show(message: Message, written: Written): void {
  message.text = textOf(written.parts);
  message.blocks = blocksOf(written);
}

/** The first payload locks the message's mode: text as an argument, or chunks. */
function readPayload(args: Args): Payload {
  const markdown = args.maybe('markdown_text');
  const value = args.value('chunks');
  const chunks = value === undefined || value === '' ? undefined : readChunks(value);
  if (markdown && chunks && chunks.length > 0) throw new Refusal('streaming_mode_mismatch');
  if (markdown && markdown.length > MAX_MARKDOWN) throw new Refusal('msg_too_long');
  if (markdown) return { mode: 'markdown', chunks: [{ type: 'markdown_text', text: markdown }] };
  return { mode: chunks && chunks.length > 0 ? 'chunks' : null, chunks: chunks ?? [] };
}
