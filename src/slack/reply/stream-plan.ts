import type { AnyChunk, KnownBlock } from '@slack/types';
import type { SlackTs } from '../../thread/ids.ts';
import type { StepPiece, TextPiece, View } from '../../thread/view.ts';
import { disarm, stableLength } from './disarm.ts';
import { steadyLength, tableHeadBefore } from './half-open.ts';
import { digestOf, taskOf } from './message.ts';
import { type RowData, reachOf } from './rows.ts';
import {
  footerBlocks,
  footerSheet,
  isNoticeKey,
  isWorking,
  ownSheets,
  type Sheet,
  textSheets,
  withFooter,
} from './sheets.ts';
import { parseMarkdown } from './split-markdown.ts';
import {
  type Draft,
  type OpenStream,
  pushMarkdown,
  pushTask,
  type ShownTask,
  type StreamContent,
  startDraft,
} from './stream-draft.ts';
import type { SessionStatus } from './thread-writes.ts';

/** The next thing to do so that streams and messages show a view. */
export type Move =
  /** Appends, or starts a stream when none is open. */
  | { do: 'write'; content: StreamContent }
  /** With what is still to be shown; what the stream leaves unfinished is made to look finished. */
  | { do: 'close'; status: SessionStatus; content: StreamContent; blocks: KnownBlock[] }
  | { do: 'post'; sheet: Sheet }
  /** A card, or another message that stands apart, says something else by now. */
  | { do: 'edit'; sheet: Sheet; ts: SlackTs }
  /** A notice that was true for a while is no longer. */
  | { do: 'remove'; key: string }
  /** What was streamed of this text is not how it begins: it gets messages of its own. */
  | { do: 'disown'; id: string }
  /** `behind`: what stands is not the newest yet. */
  | { do: 'rest'; again?: number; behind?: true };

export interface PlanInput {
  view: View;
  rows: RowData;
  open: OpenStream | null;
  now: number;
  /** When each message of its own was last written. */
  editedAt: ReadonlyMap<string, number>;
  pausing: boolean;
  /** Characters per stream; smaller when Slack has found one too long. */
  maxChars: number;
  /** Slack has refused a table as a block: they are text then. */
  tableless: boolean;
}

/** Slack ends a stream about 306 s after its start, busy or not; from `SOFT` on we look for a good place to leave. */
const ROLL_OVER_MS = 240_000;
const SOFT_ROLL_OVER_MS = 225_000;
/** The same for characters: this much of the room is filled before. */
const SOFT_SHARE = 0.8;
/** A text that grows without a pause takes no more than the appends that Slack gives the workspace in a minute. */
const TEXT_EVERY_MS = 600;
/** How soon people see that steps go on, when nothing new is said. */
const STEPS_EVERY_MS = 2_000;
const EDIT_EVERY_MS = 1_000;
const MAX_TASKS = 40;
const MIN_ROOM = 1_000;
/** Text without spaces is not held back longer than this. */
const LONGEST_WORD = 60;

export function nextMove(input: PlanInput): Move {
  const edits = staleSheets(input);
  const dueAt = ({ sheet }: (typeof edits)[number]) => (input.editedAt.get(sheet.key) ?? -Infinity) + EDIT_EVERY_MS;
  const due = edits.find((edit) => dueAt(edit) <= input.now);
  // A decided question must not look open behind a text that grows.
  if (due && !isExpiring(input)) return { do: 'edit', ...due };
  const move = nextWrite(input);
  if (move.do !== 'rest' || edits.length === 0) return move;
  return { do: 'rest', again: Math.min(move.again ?? Infinity, ...edits.map(dueAt)), behind: true };
}

function nextWrite(input: PlanInput): Move {
  const { view, rows, open, now, pausing } = input;
  const status: SessionStatus =
    view.phase === 'ended' || pausing ? 'active' : view.phase === 'waiting' ? 'suspended' : 'processing';
  const close = (content: StreamContent, blocks: KnownBlock[] = []): Move => ({
    do: 'close',
    status,
    content: leaving(content, input),
    blocks,
  });
  if (isExpiring(input)) return close(startDraft(open));

  const stale = staleNotice(input);
  if (stale !== undefined) return { do: 'remove', key: stale };

  const draft = startDraft(open);
  let urgent = false;
  let hasMore = false;
  for (const piece of view.pieces) {
    const sheet = sheetFor(piece, input);
    if (sheet) {
      if (open) return close(draft);
      return draft.chunks.length > 0 ? { do: 'write', content: draft } : { do: 'post', sheet };
    }
    if (isOwn(piece) || (piece.type === 'text' && rows.own.includes(piece.id))) continue;
    const added = piece.type === 'text' ? addText(draft, { piece, input }) : addStep(draft, { piece, input });
    if (added === 'disowned') return { do: 'disown', id: piece.id };
    if (added === 'later') hasMore = true;
    if (added === 'full') {
      if (draft.chunks.length === 0) return close(draft);
      return { do: 'write', content: carryOpenTasks(draft, input) };
    }
    // The first words of a stream are seen at once.
    if (added === 'added' && piece.type === 'text' && !open?.texts.size) urgent = true;
  }

  if (!open)
    return draft.chunks.length > 0 ? { do: 'write', content: carryOpenTasks(draft, input) } : footerOrRest(input);
  if (!isWorking(view.phase) || pausing) return close(draft, footerBlocks(view));
  if (draft.chunks.length === 0 && !hasMore) return { do: 'rest', again: open.startedAt + ROLL_OVER_MS };
  const due = open.writtenAt + (draft.texts.size > 0 || hasMore ? TEXT_EVERY_MS : STEPS_EVERY_MS);
  if (draft.chunks.length > 0 && (urgent || due <= now)) return { do: 'write', content: draft };
  return { do: 'rest', again: due };
}

/** Everything else stands. */
function footerOrRest({ view, rows }: PlanInput): Move {
  const sheet = rows.posts.footer?.ts ? null : footerSheet(view, { rows });
  return sheet ? { do: 'post', sheet } : { do: 'rest' };
}

function isExpiring({ view, open, now }: PlanInput): boolean {
  return open !== null && view.phase !== 'ended' && now >= open.startedAt + ROLL_OVER_MS;
}

/** Messages of their own that stand with other words than they should. */
function staleSheets({ view, rows }: PlanInput): { sheet: Sheet; ts: SlackTs }[] {
  const sheets = view.pieces.filter(isOwn).flatMap((piece) => ownSheets(piece, rows));
  return sheets.flatMap((sheet) => {
    const row = rows.posts[sheet.key];
    // It may have been posted as the last of the turn, with the footer below it.
    const digests = [sheet.digest, withFooter(sheet, view).digest];
    return row?.ts && !digests.includes(row.digest) ? [{ sheet, ts: row.ts }] : [];
  });
}

function staleNotice({ view, rows }: PlanInput): string | undefined {
  const told = new Set(view.pieces.filter(isOwn).flatMap((piece) => ownSheets(piece, rows).map(({ key }) => key)));
  return Object.keys(rows.posts).find((key) => isNoticeKey(key) && !told.has(key));
}

function isOwn(piece: View['pieces'][number]): piece is Parameters<typeof ownSheets>[0] {
  return piece.type === 'notice' || piece.type === 'question' || piece.type === 'batch';
}

/** The next message of its own that a piece still lacks: a notice's, a question's, or that of a disowned text. */
function sheetFor(piece: View['pieces'][number], { view, rows }: PlanInput): Sheet | null {
  const missing = (sheet: Sheet) => !rows.posts[sheet.key]?.ts;
  const footed = (sheet: Sheet, last: boolean) =>
    last && piece === view.pieces.at(-1) ? withFooter(sheet, view) : sheet;
  if (isOwn(piece)) {
    const sheets = ownSheets(piece, rows);
    const next = sheets.find(missing);
    return next ? footed(next, next === sheets.at(-1)) : null;
  }
  if (piece.type !== 'text' || piece.state === 'preview' || !rows.own.includes(piece.id)) return null;
  const sheets = textSheets(piece, { rows });
  const next = sheets.find(missing);
  return next ? footed(next, next === sheets.at(-1)) : null;
}

/** `later`: there is more to show once the time for the next append has come. */
type Added = 'nothing' | 'added' | 'later' | 'full' | 'disowned';

function addText(draft: Draft, { piece, input }: { piece: TextPiece; input: PlanInput }): Added {
  const { open, rows, now, maxChars, pausing, tableless } = input;
  const complete = piece.state !== 'preview';
  const text = disarm(complete ? piece.text : piece.text.slice(0, stableLength(piece.text)));
  const here = open?.texts.get(piece.id);
  const shown = here ? matching(text, here) : reachOf(rows, { id: piece.id, text });
  // A preview may be behind what we heard before a restart; only a whole text can prove us wrong.
  if (shown === null) return complete ? 'disowned' : 'nothing';
  let to = complete ? text.length : readable(text, { shown, pausing });
  if (to <= shown || text.slice(shown, to).trim() === '') return 'nothing';

  const room = maxChars - (open?.chars ?? 0) - draft.chars;
  const fitting = to - shown <= room ? to - shown : 0;
  const leaving = open !== null && isLeaving({ ...open, chars: open.chars + draft.chars + fitting }, input);
  // Finding a place to leave takes parsing the text: once per append is enough.
  if (leaving && !complete && !pausing && now < open.writtenAt + TEXT_EVERY_MS) return 'later';
  const markdown = leaving || to - shown > room || (shown > 0 && !here) ? parseMarkdown(text) : null;
  if (markdown && leaving) {
    if (here && markdown.nextBlock(shown - 1) === shown) return 'full';
    to = Math.min(to, markdown.nextBlock(shown) ?? to);
    // Of code, whole lines: the stream may have to be left at any of them.
    if ((!complete || to < text.length) && markdown.suspend(to) !== '') to = text.lastIndexOf('\n', to - 1) + 1;
    if (to <= shown) return 'nothing';
  }
  const opening = here ? tableHeadBefore(text, shown) : markdown && shown > 0 ? markdown.resume(shown) : '';
  let full = false;
  if (markdown && to - shown + opening.length > room) {
    const rest = restOfLine(text, shown);
    const isTight = room < Math.min(MIN_ROOM, maxChars / 2);
    if (isTight && (rest === 0 || rest > room)) return 'full';
    if (open && !isTight && markdown.wholeTable(shown, { over: room, max: maxChars })) return 'full';
    to = isTight ? shown + rest : Math.min(to, markdown.part(shown, room, { whole: maxChars }).to);
    full = true;
  }
  pushMarkdown(draft, { text, from: shown, to, opening, continues: here !== undefined, maxChars, tableless });
  draft.texts.set(piece.id, { to, digest: digestOf(text.slice(0, to)) });
  return full ? 'full' : 'added';
}

/** How many characters are left of a line that is shown in part; 0 at its beginning, or when it has no end yet. */
function restOfLine(text: string, shown: number): number {
  if (shown === 0 || text[shown - 1] === '\n') return 0;
  const end = text.indexOf('\n', shown);
  return end < 0 ? 0 : end + 1 - shown;
}

function isLeaving({ startedAt, chars }: OpenStream, { now, maxChars }: PlanInput): boolean {
  return now >= startedAt + SOFT_ROLL_OVER_MS || chars >= maxChars * SOFT_SHARE;
}

/**
 * How much of a growing text to show: whole words, because Slack may drop white space where chunks meet, and nothing
 * that may still turn into something else. At a pause only the latter: the rest comes with the next process.
 */
function readable(text: string, { shown, pausing }: { shown: number; pausing: boolean }): number {
  const heard = pausing ? text : text.slice(0, wholeWords(text, shown));
  const steady = steadyLength(heard, { from: shown });
  // White space that begins a chunk is what may be dropped.
  return steady + (heard.slice(steady).match(/^[ \t\n]*(?=\S)/)?.[0].length ?? 0);
}

function wholeWords(text: string, shown: number): number {
  const words = text.match(/^[\s\S]*\s(?=\S)/)?.[0].length ?? 0;
  if (words > shown) return words;
  return shown === 0 || text.length - shown > LONGEST_WORD ? text.length : shown;
}

function matching(text: string, { to, digest }: { to: number; digest: string }): number | null {
  return to <= text.length && digestOf(text.slice(0, to)) === digest ? to : null;
}

function addStep(draft: Draft, { piece, input }: { piece: StepPiece; input: PlanInput }): Added {
  const { view, open, rows } = input;
  // Its card says that it waits; here it could not be changed once it does not any more.
  if (piece.state === 'waiting') return 'nothing';
  // Answered, and it runs once the rest is answered too: a stream that only says so would be left at once.
  if (view.phase === 'waiting' && piece.state === 'running' && !open) return 'nothing';
  const task: ShownTask = { ...taskOf(piece), state: piece.state };
  const here = open?.tasks.get(piece.id);
  if (here ? here.title === task.title && here.status === task.status : rows.steps[piece.id] === piece.state) {
    return 'nothing';
  }
  if (!here && (open?.tasks.size ?? 0) + draft.tasks.size >= MAX_TASKS) return 'full';
  pushTask(draft, task);
  return 'added';
}

/** A new stream shows the steps that run on from the one before it. */
function carryOpenTasks(draft: Draft, { view, rows, open }: PlanInput): StreamContent {
  if (open) return draft;
  const carried: StreamContent = { ...startDraft(null), tasks: draft.tasks };
  for (const piece of view.pieces) {
    if (piece.type !== 'step' || piece.state !== 'running' || rows.steps[piece.id] !== 'running') continue;
    if (draft.tasks.size < MAX_TASKS) pushTask(carried, { ...taskOf(piece), state: piece.state });
  }
  return { ...draft, chunks: [...carried.chunks, ...draft.chunks] };
}

/** Nothing may look unfinished in a stream that is left: a code fence is closed, a running step points onward. */
function leaving(content: StreamContent, { view, open }: PlanInput): StreamContent {
  const texts = new Map([...(open?.texts ?? []), ...content.texts]);
  const tasks = new Map([...(open?.tasks ?? []), ...content.tasks]);
  const chunks: AnyChunk[] = [];
  for (const piece of view.pieces) {
    const here = piece.type === 'text' ? texts.get(piece.id) : undefined;
    if (piece.type !== 'text' || !here) continue;
    const text = disarm(piece.text);
    if (piece.state !== 'preview' && here.to >= text.length) continue;
    const closing = parseMarkdown(text.slice(0, here.to)).suspend(here.to);
    if (closing) chunks.push({ type: 'markdown_text', text: /^\s/.test(closing) ? `\u200b${closing}` : closing });
  }
  for (const { id, title, state } of tasks.values()) {
    if (state !== 'running') continue;
    chunks.push({ type: 'task_update', id, title: `${title.slice(0, 220)} · goes on below`, status: 'complete' });
  }
  return { ...content, chunks: [...content.chunks, ...chunks] };
}
