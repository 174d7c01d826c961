import type { AnyChunk, DataTableBlock, TableBlock } from '@slack/types';
import type { SlackTs } from '../../thread/ids.ts';
import type { StepPiece } from '../../thread/view.ts';
import { openFence } from './half-open.ts';
import { streamPieces } from './markdown-blocks.ts';
import { mayHaveTable } from './markdown-tree.ts';
import type { Task } from './message.ts';
import { tableLength } from './tables.ts';

/** What an open stream shows. */
export interface OpenStream {
  key: string;
  ts: SlackTs;
  startedAt: number;
  writtenAt: number;
  chars: number;
  endsWith: 'text' | 'block';
  tables: number;
  /** Text id → up to which character it is shown here, and the digest of its beginning up to there. */
  texts: Map<string, { to: number; digest: string }>;
  tasks: Map<string, ShownTask>;
}

export interface ShownTask extends Task {
  state: StepPiece['state'];
}

export interface StreamContent {
  chunks: AnyChunk[];
  chars: number;
  endsWith: 'text' | 'block';
  /** Tables as blocks. */
  tables: number;
  texts: Map<string, { to: number; digest: string }>;
  tasks: Map<string, ShownTask>;
}

/** What is to be appended to a stream, or to begin one with. */
export interface Draft extends StreamContent {
  open: OpenStream | null;
}

export function startDraft(open: OpenStream | null): Draft {
  return {
    open,
    chunks: [],
    chars: 0,
    endsWith: open?.endsWith ?? 'block',
    tables: 0,
    texts: new Map(),
    tasks: new Map(),
  };
}

interface Slice {
  text: string;
  from: number;
  to: number;
  /** What must stand before it, so that it reads as it does in the whole. */
  opening: string;
  /** The stream shows the text up to there already. */
  continues: boolean;
  maxChars: number;
  tableless: boolean;
}

/** A slice of a text, its tables as blocks of their own. */
export function pushMarkdown(draft: Draft, { text, from, to, opening, continues, maxChars, tableless }: Slice): void {
  const { open } = draft;
  const own = text.slice(from, to);
  // In a new stream, the indentation of a list that began in another one would make code of its items.
  const beginsLine = opening === '' && !continues && text[from - 1] === '\n';
  const slice = beginsLine ? own.replace(/^ +/, '') : `${opening}${own}`;
  if (!mayHaveTable(slice)) {
    pushText(draft, { text: slice, continues });
    return;
  }
  const pieces = streamPieces(slice, {
    fence: opening === '' ? (openFence(text.slice(0, from))?.line ?? null) : null,
    native: !tableless,
    room: Math.max(0, maxChars - (open?.chars ?? 0) - draft.chars - slice.length),
    before: (open?.tables ?? 0) + draft.tables,
  });
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === 'string') pushText(draft, { text: piece, continues: continues || index > 0 });
    else pushTable(draft, piece);
  }
}

function pushTable(draft: Draft, table: TableBlock | DataTableBlock): void {
  draft.chunks.push({ type: 'blocks', blocks: [table] });
  draft.chars += tableLength(table);
  draft.tables += 1;
  draft.endsWith = 'block';
}

function pushText(draft: Draft, { text, continues }: { text: string; continues: boolean }): void {
  const between = !continues && draft.endsWith === 'text' ? '\n\n' : '';
  const whole = draft.endsWith === 'block' ? text.replace(/^(?:[ \t]*\n)+/, '') : `${between}${text}`;
  if (whole === '') return;
  // A zero-width space keeps leading white space from being dropped.
  const isFirst = draft.open === null && draft.chunks.length === 0;
  const chunk = !isFirst && /^\s/.test(whole) ? `\u200b${whole}` : whole;
  draft.chunks.push({ type: 'markdown_text', text: chunk });
  draft.chars += chunk.length;
  draft.endsWith = 'text';
}

export function pushTask(draft: StreamContent, task: ShownTask): void {
  const { state: _state, ...update } = task;
  draft.chunks.push({ type: 'task_update', ...update });
  draft.tasks.set(task.id, task);
  draft.endsWith = 'block';
}
