import type { KnownBlock } from '@slack/types';
import { assertNever } from '../../thread/assert-never.ts';
import { mayWorkLater } from '../../thread/files/outgoing.ts';
import type { BatchPiece, Notice, NoticePiece, Phase, QuestionPiece, TextPiece, View } from '../../thread/view.ts';
import { batchContent } from '../cards/batch.ts';
import { cardContent, namesOthers } from '../cards/card.ts';
import { nudgeContent } from '../cards/nudge.ts';
import type { WriteClass } from '../pacer/queue.ts';
import { disarm } from './disarm.ts';
import { type Rendered, renderMarkdown } from './markdown-blocks.ts';
import {
  contextBlock,
  digestOf,
  lateBlock,
  MAX_MARKDOWN,
  type MessageContent,
  postFilesBlock,
  releaseBlock,
  sectionBlock,
} from './message.ts';
import { type RowData, reachOf } from './rows.ts';
import { type MarkdownPart, splitMarkdown } from './split-markdown.ts';
import { footerWords, noticeWords } from './words.ts';
import { growingTail, MAX_REMARK, type WorkPiece, workSheets } from './work-sheets.ts';

/** One message that should stand in the thread. */
export interface Sheet extends MessageContent {
  /** Made of event ids and part numbers: the same after a restart. */
  key: string;
  /** A `live` sheet shows work and changes while it goes on; the others are posted for good. A `question` waits for people. */
  kind: 'text' | 'notice' | 'question' | 'live';
  /** The last live sheet of a turn under way. */
  active: boolean;
  /** How long the sheet may wait, once it is wanted, for something better to post. */
  holdMs: number;
  digest: string;
  /** Of a live sheet: the texts that stand in it for good, and what changes with whatever is said in it. */
  work?: { texts: string[]; said: string };
  /** What is posted at first, when that must not mention everybody: an edit pings nobody, a post does. */
  first?: () => MessageContent;
  /** For a Slack that refuses the blocks: simpler ones, which can still be pressed or read. */
  plainer?: () => MessageContent;
}

/** The turn's end usually follows the last text by a few milliseconds: then the footer goes out in the same post. */
const AWAIT_END_MS = 250;

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
  let work: WorkPiece[] = [];
  let growing: TextPiece | undefined;
  // What a person wrote stands in the thread too: what comes after it stands below it.
  const steers = new Map(view.receipts.toReversed().map((receipt) => [receipt.after, receipt.ts]));

  const settleWork = () => {
    sheets.push(...workSheets(work, { after, live: null }));
    work = [];
  };
  for (const [index, piece] of view.pieces.entries()) {
    if (piece.type === 'step') {
      if (rows.steps[piece.id] !== piece.state) work.push(piece);
    } else if (piece.type === 'text' && piece.state === 'preview' && view.phase !== 'ended') {
      growing = piece;
    } else if (piece.type === 'text' && isRemark(piece, { view, index, rows })) {
      if (piece.text.trim() !== '') work.push(piece);
    } else {
      settleWork();
      sheets.push(...(piece.type === 'text' ? textSheets(piece, { rows, split }) : ownSheets(piece, rows)));
      after = piece.id;
    }
    const steer = piece === growing ? undefined : steers.get(piece.id);
    if (steer === undefined) continue;
    settleWork();
    after = steer;
  }
  const preview = growing;
  const tail = preview && preview.text !== '' ? (room: number) => growingTail(preview, { rows, room }) : null;
  if (working) sheets.push(...workSheets(work, { after, live: { phase: view.phase, growing: tail } }));
  else settleWork();
  const alone = footerSheet(view, { rows, split });
  return join(alone ? [...sheets, alone] : finish(sheets, { view, working }), rows);
}

function join(sheets: readonly Sheet[], { joined }: RowData): Sheet[] {
  return sheets.flatMap((sheet, index) => {
    if (sheets[index + 1] && joined[sheet.key] === sheets[index + 1]?.key) return [];
    const above = sheets[index - 1];
    return above && joined[above.key] === sheet.key ? joinSheets(above, sheet) : sheet;
  });
}

/** The lower one, with all of both in it. */
export function joinSheets(above: Sheet, below: Sheet): Sheet {
  const blocks = [...above.blocks, ...below.blocks];
  const plain = (sheet: Sheet) => (sheet.plainer?.() ?? sheet).blocks;
  return {
    ...below,
    blocks,
    digest: digestOf([below.text, blocks]),
    plainer: () => ({ text: below.text, blocks: [...plain(above), ...plain(below)] }),
  };
}

/**
 * It stands among the steps: a message of its own, which people are notified of, is for the answer and for what is too
 * long to be read beside them. What has one keeps it.
 */
function isRemark(piece: TextPiece, { view, index, rows }: { view: View; index: number; rows: RowData }): boolean {
  const { id, text } = piece;
  if (text.length > MAX_REMARK || rows.own.includes(id) || rows.reach[id]) return false;
  if (Object.keys(rows.posts).some((key) => key.startsWith(`${id}:`))) return false;
  if (view.phase !== 'ended' || piece.state === 'cut') return true;
  const below = view.pieces.slice(index + 1);
  return !below.every((other) => other.type === 'notice' && !rows.posts[`notice:${other.id}`]);
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

/** How a post for good is placed among all that waits to be written. What comes before the turn's end can wait for it. */
export function postPriority({ kind }: Sheet, phase: Phase): WriteClass {
  if (kind === 'question') return 'question';
  if (!isWorking(phase)) return 'final';
  return kind === 'notice' ? 'ack' : 'first-sight';
}

/** How an edit of a message is placed among all that waits to be written; `isSaid`: it has no new words. */
export function editPriority({ kind, active }: Sheet, { isSaid }: { isSaid: boolean }): WriteClass {
  if (kind === 'question') return 'question';
  if (!active) return 'ack';
  return isSaid ? 'progress' : 'words';
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

function finish(sheets: Sheet[], { view, working }: { view: View; working: boolean }): Sheet[] {
  const last = sheets.at(-1);
  if (last) sheets[sheets.length - 1] = withFooter(last, view);
  const lastText = working ? sheets.at(-2) : undefined;
  const ending = view.pieces.at(-1);
  if (lastText?.kind === 'text' && ending?.type === 'text' && lastText.key.startsWith(`${ending.id}:`))
    lastText.holdMs = AWAIT_END_MS;
  return sheets;
}

function sheet(key: string, kind: Sheet['kind'], { text, blocks }: MessageContent): Sheet {
  return { key, kind, active: false, holdMs: 0, text, blocks, digest: digestOf([text, blocks]) };
}
