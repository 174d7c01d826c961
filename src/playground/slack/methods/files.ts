import type { Args } from '../args.ts';
import { isRecord } from '../decode.ts';
import type { SlackFaults } from '../faults.ts';
import type { FileStore } from '../file-store.ts';
import type { Call, Methods } from '../method.ts';
import type { Channel, Message, StoredFile } from '../model.ts';
import { seesFile, shareOf } from '../people.ts';
import { Refusal } from '../refusal.ts';
import { readContent } from './content.ts';
import type { Rooms } from './rooms.ts';

const MAX_ALT_TEXT = 1_000;
const MAX_SNIPPET = 1_048_576;
const MAX_CHANNELS = 100;
/** Bytes of one file. */
const MAX_FILE = 1_073_741_824;

/** `files.*`; the bytes themselves go through the upload and download routes. */
export function fileMethods(
  rooms: Rooms,
  { files, faults }: { files: FileStore; faults: Pick<SlackFaults, 'shareAfterMs'> },
): Methods {
  const { workspace, lookup, wire, baseUrl } = rooms;
  const { identity } = workspace;

  const announce = ({ args }: Call) => {
    const length = args.number('length') ?? 0;
    if (length <= 0)
      throw new Refusal('invalid_arguments', ['[ERROR] length must be more than 0 [json-pointer:/length]']);
    if (length > MAX_FILE) throw new Refusal('file_upload_size_restricted');
    const alt = args.maybe('alt_txt') ?? '';
    if (alt.length > MAX_ALT_TEXT) throw new Refusal('alt_txt_too_large');
    if (args.has('snippet_type') && length > MAX_SNIPPET) throw new Refusal('snippet_too_large');
    const id = files.announce({
      name: args.text('filename'),
      user: identity.botUserId,
      team: identity.team.id,
      length,
      ...(alt ? { alt } : {}),
    });
    return { upload_url: `${baseUrl()}/upload/${id}`, file_id: id };
  };

  const share = (call: Call, shared: { channel: Channel; root: Message | undefined; stored: StoredFile[] }) => {
    const { channel, root, stored } = shared;
    const said = call.args.has('initial_comment') || call.args.has('blocks');
    const content = said ? readContent({ ...call, args: commentAsText(call.args) }) : { text: '' };
    const message = workspace.post({
      channel: channel.id,
      user: identity.botUserId,
      bot_id: identity.botId,
      app_id: identity.appId,
      subtype: 'file_share',
      ...content,
      files: stored,
      ...(root ? { thread_ts: root.ts } : {}),
    });
    for (const file of stored) file.shares.push(shareOf(message));
  };

  const complete = (call: Call) => {
    const { args } = call;
    const wanted = readFiles(args.value('files'));
    const ids = [args.maybe('channel_id') ?? '', ...(args.maybe('channels') ?? '').split(',')].filter(Boolean);
    if (ids.length > MAX_CHANNELS) throw new Refusal('channels_limit_exceeded');
    const places = ids.map((id) => lookup.writable(id));
    const first = places[0];
    const root = first && lookup.root(first, args);
    if (!wanted.every(({ id }) => files.isComplete(id))) throw new Refusal('file_not_found');
    const stored = wanted.map(({ id, title }) => {
      const file = files.finish(id, title);
      if (!file) throw new Refusal('file_not_found');
      return file;
    });
    workspace.clock.after(faults.shareAfterMs(), () => {
      for (const channel of places) share(call, { channel, root, stored });
    });
    return { files: stored.map(({ id, title }) => ({ id, title })) };
  };

  return {
    'files.info': {
      tier: 4,
      needs: ['file'],
      run({ args }) {
        const file = files.get(args.text('file'));
        if (!file) throw new Refusal('file_not_found');
        if (file.mode === 'tombstone') throw new Refusal('file_deleted');
        if (!seesFile(workspace, file)) throw new Refusal('not_visible');
        return { file: wire.file(file), comments: [], response_metadata: { next_cursor: '' } };
      },
    },
    'files.getUploadURLExternal': { tier: 4, needs: ['filename', 'length'], run: announce },
    'files.completeUploadExternal': { tier: 4, needs: ['files'], run: complete },
  };
}

function readFiles(value: unknown): { id: string; title: string | undefined }[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new Refusal('invalid_arguments', ['[ERROR] files must be a list']);
  return value.map((file) => {
    if (!isRecord(file) || typeof file.id !== 'string') throw new Refusal('file_not_found');
    return { id: file.id, title: typeof file.title === 'string' ? file.title : undefined };
  });
}

/** Blocks are ignored when there is a comment. */
function commentAsText(args: Args): Args {
  const comment = args.maybe('initial_comment');
  if (!comment) return args;
  return {
    ...args,
    has: (name) => name === 'text' || (name !== 'blocks' && args.has(name)),
    maybe: (name) => (name === 'text' ? comment : args.maybe(name)),
  };
}
