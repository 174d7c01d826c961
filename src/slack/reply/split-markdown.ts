import type { Nodes, Root } from 'mdast';
import { parseTree, type Span, spanOf, trimBlank } from './markdown-tree.ts';

/** One message's share of a longer Markdown text. */
export interface MarkdownPart {
  /** What to show: the slice, with a cut code fence closed and reopened and a cut table's header repeated. */
  text: string;
  /** The slice of the source: parts are contiguous, so no character is lost or doubled. */
  from: number;
  to: number;
}

/** Splits Markdown into parts of at most `max` characters, between blocks wherever that is possible. */
export function splitMarkdown(source: string, { max, from = 0 }: { max: number; from?: number }): MarkdownPart[] {
  if (from === 0 && source.length <= max) {
    const text = trimBlank(source);
    return text === '' ? [] : [{ text, from, to: source.length }];
  }
  const markdown = parseMarkdown(source);
  const parts: MarkdownPart[] = [];
  let at = from;
  while (at < source.length) {
    const part = markdown.part(at, max);
    if (part.text !== '') parts.push(part);
    at = part.to;
  }
  return parts;
}

/** A `splitMarkdown` that gives the same parts for the same text, however often it is asked, and parses it once. */
export function rememberSplits(): typeof splitMarkdown {
  let known: Map<string, { max: number; from: number; parts: MarkdownPart[] }> | null = null;
  return (source, { max, from = 0 }) => {
    const before = known?.get(source);
    if (before?.max === max && before.from === from) return before.parts;
    const parts = splitMarkdown(source, { max, from });
    known ??= new Map();
    known.set(source, { max, from, parts });
    return parts;
  };
}

export interface Markdown {
  /** The part that starts at `from` and shows at most `max` characters; a block of up to `whole` is not cut for it. */
  part(from: number, max: number, options?: { whole?: number }): MarkdownPart;
  /** Whether what comes next is a table of more than `over` characters, and at most `max`. */
  wholeTable(from: number, room: { over: number; max: number }): boolean;
  /** What must stand before the text from `at` on, so that it reads as it did in the whole. */
  resume(at: number): string;
  /** What must stand after the text up to `at`. */
  suspend(at: number): string;
  /** The first top-level block that begins after `at`, or null. */
  nextBlock(at: number): number | null;
}

export function parseMarkdown(source: string): Markdown {
  const tree = parseTree(source);
  const blocks = gluedBlocks(tree);
  const fences = [...nodesOf(tree)].flatMap((node) => readFence(node, source) ?? []);
  const tables = [...nodesOf(tree)].flatMap((node) => readTable(node, source) ?? []);

  const resume = (at: number) => {
    const fence = fences.find((each) => isInside(each, at));
    if (fence) return fence.opening;
    const table = tables.find(({ firstRow, rows }) => at === firstRow || rows.includes(at));
    return table ? table.header : '';
  };
  const suspend = (at: number) => {
    const fence = fences.find((each) => isInside(each, at));
    if (!fence) return '';
    return source[at - 1] === '\n' ? fence.closing : `\n${fence.closing}`;
  };
  const show = showing(tree, { source, resume, suspend });

  return {
    resume,
    suspend,
    nextBlock: (at) => blocks.find(({ start }) => start > at)?.start ?? null,
    wholeTable(from, { over, max }) {
      const next = tables.find(({ end }) => end > from);
      const length = next ? next.end - next.start : 0;
      return next !== undefined && source.slice(from, next.start).trim() === '' && length > over && length <= max;
    },
    part(from, max, { whole = 0 } = {}) {
      const fits = source.length - from + resume(from).length <= max;
      const rest = fits ? show(from, source.length) : null;
      if (rest !== null && rest.length <= max) return { text: rest, from, to: source.length };
      const longestClosing = Math.max(0, ...fences.map(({ closing }) => closing.length + 1));
      const levels = levelsOf(tree, { source, fences, tables });
      for (let budget = max - resume(from).length - longestClosing; ; ) {
        const to = chooseCut(source, { from, budget: Math.max(1, budget), whole, blocks, levels });
        const text = show(from, to);
        if (text.length <= max || budget <= 1) return { text, from, to };
        // What it refers to made it too long.
        budget = Math.min(budget, to - from) - (text.length - max);
      }
    },
  };
}

/** What shows a slice of the source by itself: with what the message must say to read as the whole does. */
function showing(
  tree: Root,
  { source, resume, suspend }: { source: string } & Pick<Markdown, 'resume' | 'suspend'>,
): (from: number, to: number) => string {
  const lists = tree.children.filter(({ type }) => type === 'list').map(spanOf);
  const definitionsFor = readDefinitions(tree, source);
  return (from, to) => {
    const closing = to < source.length ? suspend(to) : '';
    const list = lists.find(({ start, end }) => start < from && from < end);
    const end = Math.min(to, list?.end ?? from);
    const rest = `${resume(from)}${source.slice(from, end)}${end === to ? closing : ''}`;
    const inList = list ? dedent(rest, { inLine: indentInLine(source, from) }) : rest;
    const shown = trimBlank(`${inList}${source.slice(end, to)}${end < to ? closing : ''}`);
    return shown === '' ? '' : `${shown}${definitionsFor(from, to)}`;
  };
}

const MAX_DEFINITIONS = 2_000;

/** The addresses of links in a slice that are said elsewhere: `[label]: https://…`. */
function readDefinitions(tree: Root, source: string): (from: number, to: number) => string {
  const definitions = [...nodesOf(tree)].filter((node) => node.type === 'definition');
  if (definitions.length === 0) return () => '';
  const references = [...nodesOf(tree, { inline: true })].filter(
    (node) => node.type === 'linkReference' || node.type === 'imageReference',
  );
  return (from, to) => {
    const here = references.filter((node) => spanOf(node).start < to && spanOf(node).end > from);
    const missing = definitions.filter((definition) => {
      const { start, end } = spanOf(definition);
      const isHere = from <= start && end <= to;
      return !isHere && here.some(({ identifier }) => identifier === definition.identifier);
    });
    const lines = missing.map((node) => `\n${source.slice(spanOf(node).start, spanOf(node).end)}`).join('');
    return lines === '' || lines.length > MAX_DEFINITIONS ? '' : `\n${lines}`;
  };
}

/** The best place to cut in `(from, from + budget]`: the outermost structure first, plain characters last. */
function chooseCut(
  source: string,
  {
    from,
    budget,
    whole,
    blocks,
    levels,
  }: { from: number; budget: number; whole: number; blocks: Span[]; levels: number[][] },
): number {
  const limit = from + budget;
  const inReach = (offset: number) => offset > from && offset <= limit && source.slice(from, offset).trim() !== '';
  // A block that would fit into a message of its own is not cut, even when this message then stays short.
  const cutBlock = blocks.find(({ start, end }) => start <= limit && end > limit);
  if (cutBlock && inReach(cutBlock.start) && cutBlock.end - cutBlock.start <= Math.max(budget, whole)) {
    return cutBlock.start;
  }
  for (const offsets of levels) {
    const best = offsets.findLast(inReach);
    if (best !== undefined && best - from >= budget / 4) return best;
  }
  const slice = source.slice(from, limit);
  for (const end of [/^[\s\S]*[.!?…。！？][)"'”’]?\s+/, /^[\s\S]*\s+/]) {
    const length = slice.match(end)?.[0].length ?? 0;
    if (length >= budget / 4 && slice.trim() !== '') return from + length;
  }
  return /[\ud800-\udbff]$/.test(slice) && slice.length > 1 ? limit - 1 : limit;
}

/** Offsets where a cut does little harm, by level of harm. */
function levelsOf(
  tree: Root,
  { source, fences, tables }: { source: string; fences: Fence[]; tables: Table[] },
): number[][] {
  const tops = tree.children.map((node) => spanOf(node).start);
  const nested = [...nodesOf(tree)].flatMap((node) =>
    node.type === 'listItem' ? [lineStart(source, spanOf(node).start)] : [],
  );
  const inFence = (offset: number) => fences.find(({ start, end }) => start < offset && offset < end);
  const lines = [...source.matchAll(/\n/g)].map(({ index }) => index + 1);
  const inTable = (offset: number) => tables.some(({ start, end }) => start < offset && offset < end);
  const inFirstLines = (offset: number) => {
    const fence = inFence(offset);
    return fence !== undefined && (offset <= fence.bodyStart || offset >= fence.bodyEnd);
  };
  return [
    gluedBlocks(tree).map(({ start }) => start),
    tops,
    [...nested.filter((offset) => !inFence(offset)), ...tables.flatMap(({ rows }) => rows)].sort((a, b) => a - b),
    lines.filter((offset) => !inTable(offset) && !inFirstLines(offset)),
  ];
}

/** The top-level blocks, a heading as one with what it heads. */
function gluedBlocks(tree: Root): Span[] {
  const glued: Span[] = [];
  let heading: number | null = null;
  for (const node of tree.children) {
    const { start, end } = spanOf(node);
    if (node.type === 'heading') heading ??= start;
    else {
      glued.push({ start: heading ?? start, end });
      heading = null;
    }
  }
  const last = tree.children.at(-1);
  if (heading !== null && last) glued.push({ start: heading, end: spanOf(last).end });
  return glued;
}

interface Fence extends Span {
  /** ```` ```ts\n ````, with the indentation of a list it may stand in. */
  opening: string;
  closing: string;
  bodyStart: number;
  bodyEnd: number;
  closed: boolean;
}

/** A fence that nobody closed yet still holds what comes right after it. */
function isInside({ start, end, closed }: Fence, at: number): boolean {
  return start < at && (at < end || (at === end && !closed));
}

function readFence(node: Nodes, source: string): Fence | null {
  if (node.type !== 'code') return null;
  const { start, end } = spanOf(node);
  const [line, marks = ''] = source.slice(start, end).match(/^(`{3,}|~{3,})[^\n]*/) ?? [];
  if (line === undefined) return null;
  // Inside a list or a quote, the line's own prefix must be repeated: list markers become spaces.
  const prefix = source.slice(lineStart(source, start), start).replace(/[^\s>]/g, ' ');
  const body = source.slice(start, end);
  const closed = new RegExp(`\\n[\\s>]*${marks[0] === '~' ? '~' : '`'}{${marks.length},}[ \\t]*$`).exec(body);
  return {
    start,
    end,
    opening: `${prefix}${line}\n`,
    closing: `${prefix}${marks}`,
    bodyStart: start + line.length + 1,
    bodyEnd: closed ? start + closed.index + 1 : end + 1,
    closed: closed !== null,
  };
}

interface Table extends Span {
  /** The header and delimiter lines. */
  header: string;
  /** Where rows begin that may start a message: not the first, or a header would stand alone. */
  rows: number[];
  firstRow: number | undefined;
}

function readTable(node: Nodes, source: string): Table | null {
  if (node.type !== 'table') return null;
  const { start, end } = spanOf(node);
  const bodies = node.children.slice(1).map((row) => lineStart(source, spanOf(row).start));
  const header = source.slice(lineStart(source, start), bodies[0] ?? end);
  return { start, end, header, rows: bodies.slice(1), firstRow: bodies[0] };
}

function* nodesOf(node: Nodes, { inline = false } = {}): Generator<Nodes> {
  yield node;
  // Paragraphs and headings hold only inline nodes, where nothing is cut by structure.
  if (!('children' in node) || (!inline && (node.type === 'paragraph' || node.type === 'heading'))) return;
  for (const child of node.children) yield* nodesOf(child, { inline });
}

/**
 * A list's rest without the indentation that would make code of it here. A number that goes on further out stands
 * apart: `2.` right below a paragraph would be part of that.
 */
function dedent(text: string, { inLine }: { inLine: number }): string {
  let indent = inLine || (/^(?:[ \t]*\n)*( +)/.exec(text)?.[1]?.length ?? 0);
  const strips = indent >= 4;
  if (indent === 0) return text;
  return text
    .split('\n')
    .map((line, index) => {
      if (line.trim() === '') return line;
      const before = line.length - line.trimStart().length;
      const own = index === 0 && inLine > 0 ? indent : before;
      const standsApart = own < indent && /^\s*\d+[.)]\s/.test(line);
      indent = Math.min(indent, own);
      return `${standsApart ? '\n' : ''}${strips ? line.slice(Math.min(indent, before)) : line}`;
    })
    .join('\n');
}

/** How far in the text of a list's item stands, when `at` is within one of its lines; 0 at the beginning of one. */
function indentInLine(source: string, at: number): number {
  const start = lineStart(source, at);
  if (start === at) return 0;
  return /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/.exec(source.slice(start, at))?.[0].length ?? 0;
}

function lineStart(source: string, offset: number): number {
  return source.lastIndexOf('\n', offset - 1) + 1;
}
