import type { KnownBlock } from '@slack/types';
import { count } from '../../thread/count.ts';
import type { Phase, StepPiece, TextPiece } from '../../thread/view.ts';
import { disarm, safely, stableLength } from './disarm.ts';
import { openFence, steadyLength, tableHeadBefore } from './half-open.ts';
import {
  contextBlock,
  digestOf,
  fallback,
  MAX_MARKDOWN,
  type MessageContent,
  markdownBlock,
  planBlock,
  stopBlock,
  taskOf,
} from './message.ts';
import { roughWords } from './plain-words.ts';
import { type RowData, reachOf } from './rows.ts';
import type { Sheet } from './sheets.ts';

/** What stands in the messages that show work: steps, and what is said between them. */
export type WorkPiece = StepPiece | TextPiece;

/** A text that is longer stands as a message of its own. */
export const MAX_REMARK = 2_000;
/** A sheet that only says "Working on it…" below a text would blink when the turn ends right after. */
const AWAIT_WORK_MS = 1_000;
const MAX_TASKS = 40;
const MAX_BLOCKS = 40;
/** Characters of all blocks of a message; Slack's number is about 13,200. */
const MAX_CHARS = 12_800;
/** Of what stays in it: below that there is room for a text that grows. */
const MAX_STAYING = 10_000;
/** What a step's title may be at most, however it ends. */
const MAX_TITLE = 250;
const MAX_ENDING = 40;

interface WorkOptions {
  /** The piece above: it names the messages. */
  after: string;
  /** What goes on below; null: nothing does any more. */
  live: Live | null;
}

interface Live {
  phase: Phase;
  /** The readable part of a text that is being written, in so much room. */
  growing: ((room: number) => string) | null;
}

/** The messages that show work, in order; while it goes on the last one has the button, and a text that grows. */
export function workSheets(pieces: readonly WorkPiece[], { after, live }: WorkOptions): Sheet[] {
  if (pieces.length === 0 && live === null) return [];
  const pages = paginate(pieces, { isGrowing: live !== null && live.growing !== null });
  return pages.map((page, index) => {
    const key = `live:${after}:${index}`;
    const isLast = index === pages.length - 1;
    return live && isLast ? activeSheet(key, { page, after, live }) : sheetOf(key, pageContent(page.pieces));
  });
}

/** As far as it will not turn into something else, and the end of it where there is too little room. */
export function growingTail({ id, text }: TextPiece, { rows, room }: { rows: RowData; room: number }): string {
  const heard = disarm(text.slice(0, stableLength(text)));
  const reach = reachOf(rows, { id, text: heard }) ?? 0;
  return tailOf(heard.slice(reach, Math.max(reach, steadyLength(heard, { rows: true }))).trimEnd(), room);
}

interface Page {
  pieces: WorkPiece[];
  /** Characters that stay in it, and those that are Markdown. */
  chars: number;
  markdown: number;
  steps: number;
  blocks: number;
}

/** Greedy, by what no longer changes: what has its place keeps it, however the work goes on. */
function paginate(pieces: readonly WorkPiece[], { isGrowing }: { isGrowing: boolean }): Page[] {
  let page: Page = emptyPage();
  const pages = [page];
  const makeRoom = (chars: number) => {
    const isFull = page.chars + chars > MAX_STAYING || page.blocks >= MAX_BLOCKS || page.steps >= MAX_TASKS;
    if (!isFull || page.pieces.length === 0) return;
    page = emptyPage();
    pages.push(page);
  };
  for (const piece of pieces) {
    const isText = piece.type === 'text';
    const chars = isText ? piece.text.length : Math.min(piece.title.length + MAX_ENDING, MAX_TITLE);
    makeRoom(chars);
    if (isText || page.pieces.at(-1)?.type !== 'step') page.blocks += 1;
    page.pieces.push(piece);
    page.chars += chars;
    page.markdown += isText ? chars : 0;
    page.steps += isText ? 0 : 1;
  }
  if (isGrowing) makeRoom(MAX_REMARK);
  return pages;
}

function emptyPage(): Page {
  return { pieces: [], chars: 0, markdown: 0, steps: 0, blocks: 0 };
}

function activeSheet(key: string, { page, after, live }: { page: Page; after: string; live: Live }): Sheet {
  const { phase, growing } = live;
  const room = Math.min(MAX_CHARS - page.chars, MAX_MARKDOWN - page.markdown);
  const { text, blocks, ...content } = pageContent(page.pieces, growing?.(room));
  const isBare = blocks.length === 0;
  const quiet = phase === 'retrying' ? 'The agent had a hiccup and tries again…' : 'Working on it…';
  const more = [...(isBare || phase === 'retrying' ? [contextBlock(quiet)] : []), stopBlock()];
  const said = isBare || phase === 'retrying' ? `${content.said}\n${quiet}` : content.said;
  const shown = sheetOf(key, { ...content, said, text: text || quiet, blocks: [...blocks, ...more] });
  return { ...shown, active: true, holdMs: isBare && after !== 'start' ? AWAIT_WORK_MS : 0 };
}

interface PageContent extends MessageContent {
  texts: string[];
  said: string;
}

function pageContent(page: readonly WorkPiece[], growing = ''): PageContent {
  const texts = page.filter((piece) => piece.type === 'text');
  const steps = page.filter((piece) => piece.type === 'step');
  const words = [...texts.map(({ text }) => disarm(text).trim()), ...(growing ? [growing] : [])].join('\n\n');
  const line = roughWords(words) || (steps.length > 0 ? stepsLine(steps) : '');
  const runs = runsOf(page);
  const blocks = runs.map((run) =>
    run.type === 'text' ? markdownBlock(disarm(run.text).trim()) : stepsBlock(run.steps),
  );
  return {
    text: line,
    blocks: [...blocks, ...(growing ? [markdownBlock(growing)] : [])],
    texts: texts.map(({ id }) => id),
    // That steps begin is news, how they go on is not.
    said: `${runs.length} ${words}`,
  };
}

function sheetOf(key: string, { blocks, texts, said, ...content }: PageContent): Sheet {
  const text = fallback(content.text);
  const work = { texts, said: digestOf(said) };
  const plainer = () => ({ text, blocks: blocks.map(inWords) });
  return { key, kind: 'live', active: false, holdMs: 0, text, blocks, digest: digestOf([text, blocks]), work, plainer };
}

/** Steps that follow one another are one block. */
function runsOf(page: readonly WorkPiece[]): (TextPiece | { type: 'steps'; steps: StepPiece[] })[] {
  const runs: ReturnType<typeof runsOf> = [];
  for (const piece of page) {
    const last = runs.at(-1);
    if (piece.type === 'text') runs.push(piece);
    else if (last?.type === 'steps') last.steps.push(piece);
    else runs.push({ type: 'steps', steps: [piece] });
  }
  return runs;
}

function stepsBlock(steps: StepPiece[]): KnownBlock {
  return planBlock(stepsLine(steps).slice(0, MAX_TITLE), steps.map(taskOf));
}

function stepsLine(steps: StepPiece[]): string {
  const running = steps.findLast(({ state }) => state === 'running' || state === 'waiting');
  const done = steps.filter(({ state }) => state !== 'running' && state !== 'waiting').length;
  if (!running) return count(steps.length, 'step');
  return `${running.state === 'waiting' ? 'Waiting' : 'Working'} · ${done} of ${count(steps.length, 'step')} done`;
}

/** For a Slack that does not take plans as we give them. */
function inWords(block: KnownBlock): KnownBlock {
  if (block.type !== 'plan') return block;
  const lines = (block.tasks ?? []).map(({ title, status }) => `• ${title}${status === 'in_progress' ? '…' : ''}`);
  return contextBlock(safely([block.title, ...lines].join('\n'), 2_800));
}

function tailOf(text: string, room: number): string {
  // Besides the text: an ellipsis, a code fence that is opened and closed, or the head of a table.
  const max = room - 500;
  const start = text.length <= max ? 0 : text.indexOf('\n', text.length - max) + 1;
  const from = start > 0 || text.length <= max ? start : text.length - max;
  const tail = text.slice(from).replace(/^[\udc00-\udfff]/, '');
  const before = from > 0 ? openFence(text.slice(0, from)) : null;
  const opening = before ? `${before.line}\n` : tableHeadBefore(text, from);
  const shown = `${from > 0 ? '…\n\n' : ''}${opening}${tail}`;
  const open = openFence(shown);
  return open ? `${shown}\n${open.marks}` : shown;
}
