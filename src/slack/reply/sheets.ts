import type { KnownBlock } from '@slack/types';
import { assertNever } from '../../thread/assert-never.ts';
import { count } from '../../thread/count.ts';
import { mayWorkLater } from '../../thread/files/outgoing.ts';
import type {
  BatchPiece,
  Notice,
  NoticePiece,
  Phase,
  QuestionPiece,
  StepPiece,
  TextPiece,
  View,
} from '../../thread/view.ts';
import { batchContent } from '../cards/batch.ts';
import { cardContent, namesOthers } from '../cards/card.ts';
import { nudgeContent } from '../cards/nudge.ts';
import type { WriteClass } from '../pacer/queue.ts';
import { disarm, stableLength } from './disarm.ts';
import { openFence, steadyLength, tableHeadBefore } from './half-open.ts';
import { type Rendered, renderMarkdown } from './markdown-blocks.ts';
import {
  contextBlock,
  digestOf,
  fallback,
  lateBlock,
  MAX_MARKDOWN,
  type MessageContent,
  markdownBlock,
  planBlock,
  postFilesBlock,
  releaseBlock,
  sectionBlock,
  stopBlock,
  taskOf,
} from './message.ts';
import { roughWords } from './plain-words.ts';
import { type RowData, reachOf } from './rows.ts';
import { type MarkdownPart, splitMarkdown } from './split-markdown.ts';
import { footerWords, noticeWords } from './words.ts';

/** One message that should stand in the thread. */
export interface Sheet extends MessageContent {
  /** Made of event ids and part numbers: the same after a restart. */
  key: string;
  /** A `live` sheet changes while the agent works; the others are posted for good. A `question` waits for people. */
  kind: 'text' | 'notice' | 'question' | 'live';
  /** The last live sheet of a turn under way. */
  active: boolean;
  /** How long the sheet may wait, once it is wanted, for something better to post. */
  holdMs: number;
  digest: string;
  /** What is posted at first, when that must not mention everybody: an edit pings nobody, a post does. */
  first?: () => MessageContent;
  /** For a Slack that refuses the blocks: simpler ones, which can still be pressed or read. */
  plainer?: () => MessageContent;
}

/** The turn's end usually follows the last text by a few milliseconds: then the footer goes out in the same post. */
const AWAIT_END_MS = 250;
/** A sheet that only says "Working on it…" below a text would blink when the turn ends right after. */
const AWAIT_WORK_MS = 1_000;
const MAX_TASKS = 40;
const MAX_PREVIEW = 2_800;

export interface SheetOptions {
  rows: RowData;
  /** False shows only what is there to stay: no preview, no button. */
  live: boolean;
  split?: typeof splitMarkdown;
}

/** The messages that should stand for a view, in order. Steps and texts that stand in closed streams are left out. */
export function projectSheets(view: View, { rows, live, split = splitMarkdown }: SheetOptions): Sheet[] {
  const sheets: Sheet[] = [];
  const working = live && isWorking(view.phase);
  let after = 'start';
  let steps: StepPiece[] = [];
  let preview: TextPiece | undefined;

  const settleSteps = () => {
    sheets.push(...stepSheets(steps, { after }));
    steps = [];
  };
  for (const piece of view.pieces) {
    if (piece.type === 'step') {
      if (rows.steps[piece.id] !== piece.state) steps.push(piece);
    } else if (piece.type === 'text' && piece.state === 'preview' && view.phase !== 'ended') {
      preview = piece;
    } else {
      settleSteps();
      sheets.push(...(piece.type === 'text' ? textSheets(piece, { rows, split }) : ownSheets(piece, rows)));
      after = piece.id;
    }
  }
  const tail = preview ? previewTail(preview, rows) : '';
  if (working) sheets.push(...liveSheets(steps, { after, phase: view.phase, tail }));
  else settleSteps();
  const alone = footerSheet(view, { rows, split });
  return alone ? [...sheets, alone] : finish(sheets, { view, working });
}

export function isWorking(phase: Phase): boolean {
  return phase === 'starting' || phase === 'working' || phase === 'retrying';
}

/** The messages of a whole text, or of what does not yet stand of it. */
export function textSheets(piece: TextPiece, { rows, split = splitMarkdown }: Omit<SheetOptions, 'live'>): Sheet[] {
  const text = disarm(piece.text);
  const from = rows.own.includes(piece.id) ? 0 : (reachOf(rows, { id: piece.id, text }) ?? 0);
  // What a person cut off stays as they saw it.
  if (from > 0 && piece.state === 'cut' && rows.fellBack === 'stopped') return [];
  const parts = split(text, { max: MAX_MARKDOWN, from });
  return parts.map((part, index) => {
    const title = index > 0 ? `(${index + 1} of ${parts.length}) ` : '';
    const { tableless, ...content } = rendered(part, { title });
    const made = sheet(`${piece.id}:${from > 0 ? `${from}+` : ''}${index}`, 'text', content);
    return tableless ? { ...made, plainer: () => tableless } : made;
  });
}

/** What a part looks like, as long as it is known: parsing it again for each pass would take longer than all else. */
const known = new WeakMap<MarkdownPart, Rendered>();

function rendered(part: MarkdownPart, { title }: { title: string }): Rendered {
  const content = known.get(part) ?? renderMarkdown(part.text, { title });
  known.set(part, content);
  return content;
}

function noticeSheet({ id, notice }: NoticePiece): Sheet {
  const words = noticeWords(notice);
  const blocks = [isQuiet(notice) ? contextBlock(words) : sectionBlock(words), ...buttonsOf(notice)];
  return sheet(`notice:${id}`, 'notice', { text: words, blocks });
}

function buttonsOf(notice: Notice): KnownBlock[] {
  if (notice.code === 'late' && notice.choice === null) return [lateBlock()];
  if (notice.code === 'held' && notice.until !== 'budget') return [releaseBlock()];
  return notice.code === 'files-unposted' && notice.files.some(mayWorkLater) ? [postFilesBlock()] : [];
}

/** The messages of a piece that stands apart from texts and steps. */
export function ownSheets(piece: NoticePiece | QuestionPiece | BatchPiece, { posts }: Pick<RowData, 'posts'>): Sheet[] {
  switch (piece.type) {
    case 'notice':
      return [noticeSheet(piece)];
    case 'question':
      return [cardSheet(piece), ...nudgeSheets(piece, posts)];
    case 'batch':
      return [sheet(`notice:${piece.id}`, 'question', batchContent(piece))];
    default:
      return assertNever(piece);
  }
}

function cardSheet({ id, card }: QuestionPiece): Sheet {
  return {
    ...sheet(`question:${id}`, 'question', cardContent(card)),
    ...(namesOthers(card) ? { first: () => cardContent(card, { isFirst: true }) } : {}),
    plainer: () => cardContent(card, { isFirst: true, isPlain: true }),
  };
}

/** Those that stand stay; once the question is decided, nobody is called to it any more. */
function nudgeSheets({ id, card }: QuestionPiece, posts: RowData['posts']): Sheet[] {
  return card.nudges.flatMap((nudge) => {
    const key = `notice:nudge:${id}:${nudge.id}`;
    const isWanted = card.state === 'open' || posts[key] !== undefined;
    return isWanted ? [sheet(key, 'question', nudgeContent(card, nudge))] : [];
  });
}

/** Of a message that shows work under way, and later what was done. */
export function isLiveKey(key: string): boolean {
  return key.startsWith('live:');
}

export function isNoticeKey(key: string): boolean {
  return key.startsWith('notice:');
}

/** Of a message that is no part of what the agent says or does. */
export function isOwnKey(key: string): boolean {
  return isNoticeKey(key) || key.startsWith('question:');
}

/** How an edit of a message is placed among all that waits to be written. */
export function editPriority({ kind, active }: Sheet): WriteClass {
  if (kind === 'question') return 'question';
  return active ? 'progress' : 'ack';
}

/** The footer as blocks below the turn's last message. */
export function footerBlocks(view: View): KnownBlock[] {
  return view.footer ? [contextBlock(footerWords(view.footer))] : [];
}

/** The footer as a message of its own, when what it belongs below stands in a stream that was closed without it. */
export function footerSheet(view: View, { rows, split }: Omit<SheetOptions, 'live'>): Sheet | null {
  const last = view.pieces.at(-1);
  if (!view.footer || rows.footed || !last) return null;
  const isStreamed =
    last.type === 'step'
      ? rows.steps[last.id] === last.state
      : last.type === 'text' && textSheets(last, { rows, ...(split ? { split } : {}) }).length === 0;
  return isStreamed ? sheet('footer', 'notice', { text: footerWords(view.footer), blocks: footerBlocks(view) }) : null;
}

export function withFooter(last: Sheet, view: View): Sheet {
  const footer = footerBlocks(view);
  if (footer.length === 0) return last;
  const blocks = [...last.blocks, ...footer];
  const { plainer } = last;
  return {
    ...last,
    blocks,
    digest: digestOf([last.text, blocks]),
    ...(plainer ? { plainer: () => below(plainer(), footer) } : {}),
  };
}

function below({ text, blocks }: MessageContent, footer: KnownBlock[]): MessageContent {
  return { text, blocks: [...blocks, ...footer] };
}

function isQuiet({ code }: Notice): boolean {
  return (
    code === 'context-cut' ||
    code === 'new-session' ||
    code === 'files-unread' ||
    code === 'files' ||
    code === 'away' ||
    code === 'late-answer' ||
    code === 'stopped'
  );
}

function stepSheets(steps: StepPiece[], { after }: { after: string }): Sheet[] {
  return chunk(steps, MAX_TASKS).map((some, index) =>
    sheet(`live:${after}:${index}`, 'live', { text: fallback(stepsLine(some)), blocks: [stepsBlock(some)] }),
  );
}

function liveSheets(
  steps: StepPiece[],
  { after, phase, tail }: { after: string; phase: Phase; tail: string },
): Sheet[] {
  const groups = chunk(steps, MAX_TASKS);
  const last = groups.at(-1) ?? [];
  const quiet = phase === 'retrying' ? 'The agent had a hiccup and tries again…' : 'Working on it…';
  const blocks = [
    ...(last.length > 0 ? [stepsBlock(last)] : []),
    ...(tail ? [markdownBlock(tail)] : []),
    ...((last.length === 0 && !tail) || phase === 'retrying' ? [contextBlock(quiet)] : []),
    stopBlock(),
  ];
  const line = [roughWords(tail), last.length > 0 ? stepsLine(last) : ''].find((words) => words !== '') ?? quiet;
  const bare = last.length === 0 && !tail;
  return [
    ...stepSheets(groups.slice(0, -1).flat(), { after }),
    {
      ...sheet(`live:${after}:${Math.max(groups.length - 1, 0)}`, 'live', { text: fallback(line), blocks }),
      active: true,
      holdMs: bare && after !== 'start' ? AWAIT_WORK_MS : 0,
    },
  ];
}

function finish(sheets: Sheet[], { view, working }: { view: View; working: boolean }): Sheet[] {
  const last = sheets.at(-1);
  if (last) sheets[sheets.length - 1] = withFooter(last, view);
  const lastText = working ? sheets.at(-2) : undefined;
  const ending = view.pieces.at(-1);
  if (lastText?.kind === 'text' && ending?.type === 'text' && ending.state !== 'preview')
    lastText.holdMs = AWAIT_END_MS;
  return sheets;
}

function stepsBlock(steps: StepPiece[]): KnownBlock {
  return planBlock(stepsLine(steps).slice(0, 250), steps.map(taskOf));
}

function stepsLine(steps: StepPiece[]): string {
  const running = steps.findLast(({ state }) => state === 'running' || state === 'waiting');
  const done = steps.filter(({ state }) => state !== 'running' && state !== 'waiting').length;
  if (!running) return count(steps.length, 'step');
  return `${running.state === 'waiting' ? 'Waiting' : 'Working'} · ${done} of ${count(steps.length, 'step')} done`;
}

/** The readable end of a text that is being written, as far as it will not turn into something else. */
function previewTail({ id, text }: TextPiece, rows: RowData): string {
  const heard = disarm(text.slice(0, stableLength(text)));
  const reach = reachOf(rows, { id, text: heard }) ?? 0;
  const safe = heard.slice(reach, Math.max(reach, steadyLength(heard, { rows: true }))).trimEnd();
  const start = safe.length <= MAX_PREVIEW ? 0 : safe.indexOf('\n', safe.length - MAX_PREVIEW) + 1;
  const from = start > 0 || safe.length <= MAX_PREVIEW ? start : safe.length - MAX_PREVIEW;
  const tail = safe.slice(from).replace(/^[\udc00-\udfff]/, '');
  const before = from > 0 ? openFence(safe.slice(0, from)) : null;
  const opening = before ? `${before.line}\n` : tableHeadBefore(safe, from);
  const shown = `${from > 0 ? '…\n\n' : ''}${opening}${tail}`;
  const open = openFence(shown);
  return open ? `${shown}\n${open.marks}` : shown;
}

function sheet(key: string, kind: Sheet['kind'], { text, blocks }: MessageContent): Sheet {
  return { key, kind, active: false, holdMs: 0, text, blocks, digest: digestOf([text, blocks]) };
}

function chunk<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
