import type {
  DataTableBlock,
  KnownBlock,
  RawTextElement,
  RichTextBlock,
  RichTextLink,
  RichTextStyleable,
  RichTextText,
  TableBlock,
} from '@slack/types';
import type { PhrasingContent, Table, TableCell } from 'mdast';
import { cut, disarm } from './disarm.ts';
import { wordsOf } from './plain-words.ts';

/** Slack's limits for its two kinds of table. */
const MAX_COLUMNS = 20;
const MAX_TABLE_ROWS = 100;
const MAX_TABLE_TEXT = 10_000;
const MAX_DATA_ROWS = 201;
const MAX_CAPTION = 150;
/** A data table shows five rows at a time if nothing is said. */
const PAGE_ROWS = 20;

/** A column of aligned text is not padded beyond this: one long cell must not push all others off the screen. */
const MAX_PADDED = 40;
/** Longer lines are broken by Slack, and columns with them. */
const MAX_LINE = 80;
const GAP = '  ';

type Cell = RawTextElement | RichTextBlock;

/**
 * A Markdown table as a block of Slack's, or null when it fits none. `isFirst`: of its message, which may have one
 * `table` only; what comes after it is a data table, as is what a `table` has no room for.
 */
export function tableBlock(table: Table, { isFirst }: { isFirst: boolean }): TableBlock | DataTableBlock | null {
  const [head = [], ...rows] = evenRows(table);
  if (head.length > MAX_COLUMNS) return null;
  const titles = head.map(cellText);
  const body = rows.map((row) => row.map(cellOf));
  const asTable: TableBlock = {
    type: 'table',
    rows: [titles.map(headCell), ...body],
    column_settings: head.map((_, column) => ({ align: table.align?.[column] ?? 'left', is_wrapped: true })),
  };
  if (isFirst && body.length < MAX_TABLE_ROWS && tableLength(asTable) <= MAX_TABLE_TEXT) return asTable;
  if (body.length === 0 || body.length >= MAX_DATA_ROWS) return null;
  return {
    type: 'data_table',
    caption: cut(titles.join(', ').trim() || 'Table', MAX_CAPTION),
    rows: [titles.map(rawText), ...body],
    page_size: Math.min(body.length, PAGE_ROWS),
  };
}

/** The characters of a table block that count towards Slack's limits. */
export function tableLength(block: TableBlock | DataTableBlock): number {
  const caption = block.type === 'data_table' ? block.caption.length : 0;
  return block.rows.flat().reduce((sum, cell) => sum + lengthOf(cell), caption);
}

/** The table as a code block with aligned columns, with bars between them when there is no room; else null. */
export function alignedTable(table: Table, { max }: { max: number }): string | null {
  const flat = (cells: TableCell[]) => cells.map((cell) => cellText(cell).replace(/\s+/g, ' '));
  const aligned = fenced(padded(evenRows(table).map(flat), table));
  const barred = () => fenced(table.children.map(({ children }) => flat(children).join('|')));
  return [aligned, barred()].find(({ length }) => length <= max) ?? null;
}

function padded(rows: string[][], { align }: Table): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.min(MAX_PADDED, Math.max(3, ...rows.map((row) => widthOf(row[column] ?? '')))),
  );
  const line = (row: string[], band: number[]) =>
    band
      .map((column) => {
        const words = row[column] ?? '';
        const room = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(words)));
        return align?.[column] === 'right' ? `${room}${words}` : `${words}${room}`;
      })
      .join(GAP)
      .trimEnd();
  const [head = [], ...body] = rows;
  const rule = widths.map((width) => '-'.repeat(width));
  return bandsOf(widths).flatMap((band, index) => [
    ...(index > 0 ? [''] : []),
    ...[head, rule, ...body].map((row) => line(row, band)),
  ]);
}

/** Columns that have room beside each other, each time with the first, which says what a row is about. */
function bandsOf(widths: number[]): number[][] {
  const [first = 0, ...others] = widths;
  const bands: number[][] = [[0]];
  let length = first;
  for (const [index, width] of others.entries()) {
    const isFull = length + GAP.length + width > MAX_LINE && (bands.at(-1)?.length ?? 0) > 1;
    if (isFull) bands.push([0]);
    length = (isFull ? first : length) + GAP.length + width;
    bands.at(-1)?.push(index + 1);
  }
  return bands;
}

/** Characters as people count them. */
function widthOf(text: string): number {
  return [...text].length;
}

/** A code block whose fence is longer than any in it. */
function fenced(lines: string[]): string {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...lines, fence].join('\n');
}

/** All rows with as many cells as the longest has, so that nothing is dropped. */
function evenRows({ children }: Table): TableCell[][] {
  const columns = Math.max(...children.map((row) => row.children.length));
  return children.map((row) => [
    ...row.children,
    ...Array.from({ length: columns - row.children.length }, (): TableCell => ({ type: 'tableCell', children: [] })),
  ]);
}

function cellText({ children }: TableCell): string {
  return disarm(wordsOf(children)).trim();
}

/** Slack takes no cell without words. */
function rawText(text: string): RawTextElement {
  return { type: 'raw_text', text: text || ' ' };
}

function headCell(text: string): Cell {
  return text === '' ? rawText(text) : richCell([{ type: 'text', text, style: { bold: true } }]);
}

/** Plain words stay plain; what has formatting or links keeps them, in fields that nothing is parsed in. */
function cellOf(cell: TableCell): Cell {
  const pieces = cell.children.flatMap((node) => piecesOf(node, {}));
  const isPlain = pieces.every(({ type, style }) => type === 'text' && style === undefined);
  return isPlain || cellText(cell) === '' ? rawText(cellText(cell)) : richCell(pieces);
}

type Piece = RichTextText | RichTextLink;
type Style = NonNullable<RichTextStyleable['style']>;

function richCell(pieces: Piece[]): RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: pieces }] };
}

function piecesOf(node: PhrasingContent, style: Style): Piece[] {
  const within = (children: PhrasingContent[], more: Style) =>
    children.flatMap((child) => piecesOf(child, { ...style, ...more }));
  switch (node.type) {
    case 'strong':
      return within(node.children, { bold: true });
    case 'emphasis':
      return within(node.children, { italic: true });
    case 'delete':
      return within(node.children, { strike: true });
    case 'inlineCode':
      return styled(node.value, { ...style, code: true });
    case 'link':
      return isLinkable(node.url)
        ? [{ type: 'link', url: node.url, text: disarm(wordsOf(node.children)) || node.url, ...styleOf(style) }]
        : within(node.children, {});
    default:
      return styled(wordsOf([node]), style);
  }
}

function styled(text: string, style: Style): Piece[] {
  return text === '' ? [] : [{ type: 'text', text: disarm(text), ...styleOf(style) }];
}

function styleOf(style: Style): { style?: Style } {
  return Object.keys(style).length > 0 ? { style } : {};
}

function isLinkable(url: string): boolean {
  return /^(?:https?:\/\/|mailto:)\S+$/i.test(url) && url.length <= 3_000;
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + lengthOf(inner), 0);
  if (typeof value !== 'object' || value === null) return 0;
  const own = 'text' in value && typeof value.text === 'string' ? value.text.length : 0;
  return own + ('elements' in value ? lengthOf(value.elements) : 0);
}

export function isTable(block: KnownBlock): block is TableBlock | DataTableBlock {
  return block.type === 'table' || block.type === 'data_table';
}
