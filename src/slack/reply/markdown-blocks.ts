import type { DataTableBlock, KnownBlock, TableBlock } from '@slack/types';
import type { Root, Table } from 'mdast';
import { parseTree, spanOf, trimBlank } from './markdown-tree.ts';
import { fallback, type MessageContent, markdownBlock } from './message.ts';
import { plainWords } from './plain-words.ts';
import { alignedTable, isTable, tableBlock, tableLength } from './tables.ts';

/** What one message may hold of Markdown, and we of all its blocks: Slack refuses more than about 13,200 characters. */
const MAX_CHARS = 12_000;
/** Of a message's fifty blocks, text and a table in turn. */
const MAX_TABLES = 20;

/** Markdown as a message: blocks, and readable words for where blocks are not shown. */
export interface Rendered extends MessageContent {
  /** The same without table blocks; null when it has none. */
  tableless: MessageContent | null;
}

/**
 * One message's Markdown: tables as Slack's own where they fit, else as aligned text, the rest as it is.
 * `title` stands before the words.
 */
export function renderMarkdown(source: string, { title = '' } = {}): Rendered {
  if (isPlain(source)) {
    return { text: fallback(`${title}${source}`), blocks: [markdownBlock(source)], tableless: null };
  }
  const tree = parseTree(source);
  const text = fallback(`${title}${plainWords(tree)}`);
  const blocks = withTables(source, { tree, native: true });
  const tableless = blocks.some(isTable) ? { text, blocks: withTables(source, { tree, native: false }) } : null;
  return { text, blocks, tableless };
}

/** Nothing in it is Markdown, so there is nothing to parse, which takes its time. */
function isPlain(source: string): boolean {
  return !/[`*_~[\]#>|<&\\]|^\s*(?:[-+=]|\d+[.)])/m.test(source);
}

function withTables(source: string, { tree, native }: { tree: Root; native: boolean }): KnownBlock[] {
  return piecesOf(source, { tree, native, room: MAX_CHARS - source.length, before: 0 }).flatMap((piece) => {
    if (typeof piece !== 'string') return [piece];
    const words = trimBlank(piece);
    return words === '' ? [] : [markdownBlock(words)];
  });
}

interface TableOptions {
  tree: Root;
  /** False for a Slack that takes no table blocks. */
  native: boolean;
  /** Characters that the message may have more than the source. */
  room: number;
  /** Tables that stand in the message already. */
  before: number;
}

type Piece = string | TableBlock | DataTableBlock;

/** Markdown and tables in turn; of a table that fits no block, its words are part of the Markdown. */
function piecesOf(source: string, { tree, native, room, before }: TableOptions): Piece[] {
  const pieces: Piece[] = [];
  let left = room;
  let words = '';
  let at = 0;
  for (const table of tablesOf(tree)) {
    const { start, end } = spanOf(table);
    words += source.slice(at, start);
    at = end;
    const count = before + pieces.filter((piece) => typeof piece !== 'string').length;
    const block = native && count < MAX_TABLES ? tableBlock(table, { isFirst: count === 0 }) : null;
    const growth = block ? tableLength(block) - (end - start) : 0;
    if (block && growth <= left) {
      pieces.push(words, block);
      words = '';
      left -= growth;
    } else {
      const aligned = alignedTable(table, { max: end - start + left }) ?? source.slice(start, end);
      words += aligned;
      left -= aligned.length - (end - start);
    }
  }
  return [...pieces, words + source.slice(at)];
}

/** A slice of a growing text as what is appended to its message; `fence`: the code that it begins in. */
export function streamPieces(
  slice: string,
  { fence, ...options }: Omit<TableOptions, 'tree'> & { fence: string | null },
): Piece[] {
  const opening = fence === null ? '' : `${fence}\n`;
  const pieces = piecesOf(`${opening}${slice}`, { tree: parseTree(`${opening}${slice}`), ...options });
  return pieces
    .map((piece, index) => {
      if (typeof piece !== 'string') return piece;
      const own = index === 0 ? piece.slice(opening.length) : piece.replace(/^(?:[ \t]*\n)+/, '');
      return index === pieces.length - 1 ? own : own.trimEnd();
    })
    .filter((piece) => piece !== '');
}

/** Tables that stand by themselves; one inside a list or a quote stays part of it. */
function tablesOf({ children }: Root): Table[] {
  return children.filter((node) => node.type === 'table');
}
