import type { KnownBlock } from '@slack/types';
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

interface TableOptions {
  tree: Root;
  /** False for a Slack that takes no table blocks. */
  native: boolean;
}

function withTables(source: string, { tree, native }: TableOptions): KnownBlock[] {
  const blocks: KnownBlock[] = [];
  let room = MAX_CHARS - source.length;
  let count = 0;
  let words = '';
  let at = 0;

  const settleWords = () => {
    const settled = trimBlank(words);
    if (settled !== '') blocks.push(markdownBlock(settled));
    words = '';
  };
  for (const table of tablesOf(tree)) {
    const { start, end } = spanOf(table);
    words += source.slice(at, start);
    at = end;
    const block = native && count < MAX_TABLES ? tableBlock(table, { isFirst: count === 0 }) : null;
    const growth = block ? tableLength(block) - (end - start) : 0;
    if (block && growth <= room) {
      settleWords();
      blocks.push(block);
      room -= growth;
      count += 1;
    } else {
      const aligned = alignedTable(table, { max: end - start + room }) ?? source.slice(start, end);
      words += aligned;
      room -= aligned.length - (end - start);
    }
  }
  words += source.slice(at);
  settleWords();
  return blocks;
}

/** Tables that stand by themselves; one inside a list or a quote stays part of it. */
function tablesOf({ children }: Root): Table[] {
  return children.filter((node) => node.type === 'table');
}
