import { sleep } from '../../clock.ts';
import { type PassOptions, type Renderer, type RendererDeps, removeQuietly } from './edit-renderer.ts';
import { impatient } from './impatient.ts';
import { insist } from './insist.ts';
import { refusalOf } from './refusal.ts';
import { removeStream, removeUnknownStreams } from './remove-streams.ts';
import { lastEdits, type RowData } from './rows.ts';
import { editPriority, isWorking, postPriority, type Sheet } from './sheets.ts';
import type { Slot, StreamBudget } from './stream-budget.ts';
import type { OpenStream, StreamContent } from './stream-draft.ts';
import { type Move, nextMove } from './stream-plan.ts';
import type { Recipient, SessionStatus, Streaming } from './thread-writes.ts';
import { editSheet, postFinal } from './write-sheet.ts';

export interface StreamDeps extends RendererDeps {
  recipient: Recipient;
  /** Streams are refused here, and will be. */
  remember: () => void;
  budget: StreamBudget;
  /** A stream's end sets the session's status by itself. */
  became: (status: SessionStatus) => void;
}

/** Slack does not stream to this conversation; whatever else it refuses may be the single call's fault. */
const NO_STREAMS_HERE = new Set([
  'channel_type_not_supported',
  'feature_disabled',
  'feature_not_enabled',
  'messages_tab_disabled',
  'missing_recipient_team_id',
  'missing_recipient_user_id',
  'not_allowed_token_type',
  'not_authorized',
  'team_not_found',
  'unknown_method',
  'user_not_found',
]);
const TOO_LONG = new Set(['msg_too_long', 'msg_blocks_too_long', 'invalid_chunks']);
/** What Slack may say when it takes no tables in a stream. */
const TABLES_REFUSED = new Set([
  'invalid_attachments',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_chunks',
  'msg_blocks_too_long',
]);
const MAX_CHARS = 10_000;
const MIN_CHARS = 1_000;
const NOTHING: StreamContent = {
  chunks: [],
  chars: 0,
  endsWith: 'text',
  tables: 0,
  texts: new Map(),
  tasks: new Map(),
};
const FIRST_RETRY_MS = 500;

/**
 * Shows a view as native streams, rolled over before they expire or grow too long; notices stand between them. One
 * call at a time, and the rows know of a stream before Slack does. What a closed stream shows is recorded; an open
 * one that fails us is deleted and shown anew, so that nothing stands twice.
 */
export function createStreamRenderer(deps: StreamDeps): Renderer {
  const { writes, rows, clock, log, signal, recipient, budget } = deps;
  const { data } = rows;
  let open: OpenStream | null = null;
  let slot: Slot | null = null;
  const editedAt = lastEdits(data, deps);
  let maxChars = MAX_CHARS;
  let tableless = false;

  const fallBack = async (reason: NonNullable<RowData['fellBack']>) => {
    data.fellBack = reason;
    await rows.save();
  };

  const start = async (writing: Streaming<StreamContent>) => {
    slot = budget.take();
    if (slot === null) return fallBack('short');
    const key = `stream:${Object.keys(data.streams).length}`;
    data.streams[key] = { ts: null, open: true, triedAt: clock.now() };
    await rows.save();
    const patient = impatient(clock, writing);
    const started = await writes.startStream(patient, recipient);
    slot.started();
    if (started === null) {
      leave();
      delete data.streams[key];
      if (patient.isOver()) data.fellBack = 'short';
      return rows.save();
    }
    const { ts, content } = started;
    data.streams[key] = { ts, open: true };
    await rows.save();
    const now = clock.now();
    const { chars, endsWith, tables, texts, tasks } = content;
    open = { key, ts, startedAt: now, writtenAt: now, chars, endsWith, tables, texts, tasks };
  };

  const append = async (stream: OpenStream, writing: Streaming<StreamContent>) => {
    const patient = impatient(clock, writing);
    const content = await writes.appendStream(stream.ts, patient);
    if (content === null) return patient.isOver() ? cutShort(stream) : undefined;
    shows(stream, content);
  };

  const shows = (stream: OpenStream, content: StreamContent) => {
    stream.chars += content.chars;
    stream.endsWith = content.endsWith;
    stream.tables += content.tables;
    for (const [id, text] of content.texts) stream.texts.set(id, text);
    for (const [id, task] of content.tasks) stream.tasks.set(id, task);
  };

  /** There are no appends to be had: the rest comes as messages. */
  const cutShort = async (stream: OpenStream) => {
    await stop(stream, { status: 'processing', blocks: [] });
    if (signal.aborted) return;
    deps.became('processing');
    await record(stream);
    await fallBack('short');
  };

  const leave = () => {
    slot?.left();
    slot = null;
    open = null;
  };

  /** What the stream shows now stands for good. */
  const record = async (stream: OpenStream) => {
    leave();
    data.streams[stream.key] = { ts: stream.ts, open: false };
    for (const [id, { to, digest }] of stream.texts) data.reach[id] = { chars: to, digest };
    for (const [id, { state }] of stream.tasks) data.steps[id] = state;
    await rows.save();
  };

  /** Takes the stream away; what it showed will be shown anew. */
  const abandon = async () => {
    const stream = open;
    leave();
    if (stream) await removeStream(deps, stream.ts);
    for (const [key, row] of Object.entries(data.streams)) if (row.open) data.streams[key] = { ...row, open: false };
    await rows.save();
  };

  const onRefusal = async (reason: string, content?: StreamContent) => {
    if (content && content.tables > 0 && TABLES_REFUSED.has(reason)) {
      log.warn({ reason }, 'table refused in a stream; tables are text there');
      tableless = true;
      // Nothing of a refused call stands; what is open stays so.
      return open ? undefined : abandon();
    }
    if (open && reason === 'stopped_by_user') {
      await record(open);
      return fallBack('stopped');
    }
    if (open && reason === 'message_not_in_streaming_state') return record(open);
    if (reason === 'message_not_found') return abandon();
    if (TOO_LONG.has(reason) && maxChars / 2 >= MIN_CHARS) {
      maxChars /= 2;
      return abandon();
    }
    if (NO_STREAMS_HERE.has(reason)) deps.remember();
    else log.warn({ reason }, 'stream refused; going on with messages');
    await abandon();
    return fallBack('refused');
  };

  const onUnknown = async () => {
    // Whether the call had its effect cannot be asked: a started stream is looked for, an appended one given up.
    if (!open) await removeUnknownStreams(deps);
    await abandon();
    await sleep(clock, FIRST_RETRY_MS, signal);
  };

  const guarded = async (call: () => Promise<void>, sent: () => StreamContent | undefined = () => undefined) => {
    try {
      await call();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === null) await onUnknown();
      else await onRefusal(reason, sent());
    }
  };

  const close = (stream: OpenStream, { status, content, blocks }: Extract<Move, { do: 'close' }>) => {
    const call = async () => {
      await stop(stream, { status, blocks, chunks: content.chunks });
      if (signal.aborted) return;
      deps.became(status);
      data.footed = blocks.length > 0;
      shows(stream, content);
      await record(stream);
    };
    return guarded(call, () => content);
  };

  /** Stopped already, when an earlier try had its effect, is as good. */
  const stop = async (stream: OpenStream, ending: Omit<Parameters<typeof writes.stopStream>[1], 'key'>) => {
    const { key, ts } = stream;
    let tries = 0;
    try {
      await insist(deps, () => {
        tries += 1;
        return writes.stopStream(ts, { ...ending, key });
      });
    } catch (error) {
      if (tries === 1 || refusalOf(error) !== 'message_not_in_streaming_state') throw error;
      // Slack may have ended it meanwhile, and then what was to go with its end is not there.
      if ((await insist(deps, () => writes.findPost(key))) === null) throw error;
    }
  };

  const disown = async (id: string) => {
    const stream = open;
    if (stream?.texts.has(id)) {
      const alone = stream.texts.size === 1 && stream.tasks.size === 0;
      // Nothing else stands in it: better gone than there beside the right text.
      if (alone) await abandon();
      else await close(stream, { do: 'close', status: 'processing', content: NOTHING, blocks: [] });
    }
    data.own.push(id);
    delete data.reach[id];
    await rows.save();
  };

  const remove = async (key: string) => {
    // A dead process may have posted it without learning where.
    const ts = data.posts[key]?.ts ?? (await insist(deps, () => writes.findPost(key)));
    try {
      if (ts) await insist(deps, () => removeQuietly(writes, ts));
    } catch (error) {
      log.warn({ key, reason: refusalOf(error) }, 'notice not deleted');
    }
    if (signal.aborted) return;
    delete data.posts[key];
    await rows.save();
  };

  const post = async (sheet: Sheet, { view, pausing }: PassOptions) => {
    await postFinal(deps, sheet, () => (pausing ? 'final' : postPriority(sheet, view().phase)));
    editedAt.set(sheet.key, clock.now());
  };

  const edit = async ({ sheet, ts }: Extract<Move, { do: 'edit' }>) => {
    try {
      await insist(deps, () =>
        editSheet(writes, { ts, render: () => sheet, urgency: () => editPriority(sheet, { isSaid: true }) }),
      );
    } catch (error) {
      const reason = refusalOf(error);
      // Somebody deleted the message: they did not want it.
      if (reason !== 'message_not_found') log.warn({ key: sheet.key, reason }, 'message not updated');
    }
    if (signal.aborted) return;
    editedAt.set(sheet.key, clock.now());
    // Also when it was refused, as it would be again.
    data.posts[sheet.key] = { ts, digest: sheet.digest, editedAt: clock.now() };
    await rows.save();
  };

  const plan = ({ view, pausing }: PassOptions) =>
    nextMove({ view: view(), rows: data, open, now: clock.now(), editedAt, pausing, maxChars, tableless });

  /** What is written is what is newest when it may be written. */
  const write = (options: PassOptions) => {
    const stream = open;
    let sent: StreamContent | undefined;
    const writing: Streaming<StreamContent> = {
      render() {
        const move = plan(options);
        if (move.do !== 'write') return null;
        if (stream) stream.writtenAt = clock.now();
        sent = move.content;
        return sent;
      },
      urgency() {
        if (signal.aborted) return null;
        if (options.pausing || !isWorking(options.view().phase)) return 'final';
        if (!stream) return 'first-sight';
        return options.view().pieces.at(-1)?.type === 'text' ? 'words' : 'progress';
      },
    };
    return guarded(
      () => (stream ? append(stream, writing) : start(writing)),
      () => sent,
    );
  };

  const make = async (move: Exclude<Move, { do: 'rest' }>, options: PassOptions) => {
    switch (move.do) {
      case 'write':
        return write(options);
      case 'close':
        return open ? close(open, move) : undefined;
      case 'post':
        return post(move.sheet, options);
      case 'edit':
        return edit(move);
      case 'remove':
        return remove(move.key);
      case 'disown':
        return disown(move.id);
    }
  };

  return {
    async pass(options) {
      while (!signal.aborted && data.fellBack === null) {
        const shown = options.view();
        const move = plan(options);
        if (move.do !== 'rest') {
          await make(move, options);
          continue;
        }
        const { again, behind = false } = move;
        // An open stream with nothing to say only waits to be rolled over.
        const done = shown === options.view() && !behind && !(again !== undefined && again - clock.now() < 1_000);
        return { done, ...(again === undefined ? {} : { againAt: again }) };
      }
      // Fallen back: the other renderer shows the rest, now.
      return { done: false, againAt: clock.now() };
    },
  };
}
