/**
 * Markdown that is still being written. Read by lines and marks, not by the parser: it is looked at with every few
 * characters that come, and parsing a whole answer takes longer than all else that is done then.
 */

/** A mark that nobody closes is shown as it is once so much stands behind it. */
const LONGEST_HELD = 250;
/** A table that is longer is shown in pieces, so that people do not wait for the whole of it. */
const LONGEST_HELD_TABLE = 3_000;

interface SteadyOptions {
  /** Up to where the text is shown already. */
  from?: number;
  /** A table may be shown while its rows come, in a message that can be changed; else it is held back until it is whole. */
  rows?: boolean;
}

/**
 * How many leading characters of a growing text look the same once more of it is there: what comes after them may turn
 * out to be the beginning of something else, like `**bo`, `[text](http`, a lone `-`, or the first row of a table.
 */
export function steadyLength(text: string, { from = 0, rows = false }: SteadyOptions = {}): number {
  const { open, after } = scanFences(text);
  if (open) return steadyInFence(text, open);
  const lines = lastBlock(text, after);
  const last = lines.at(-1);
  if (!last) return text.length;
  const table = openTable(lines);
  if (table) {
    const isLong = text.length - Math.max(table.start, from) > LONGEST_HELD_TABLE;
    return rows || isLong ? last.start : table.start;
  }
  const paragraph = paragraphStart(lines);
  const held = [...undecidedLine(lines), ...openMarks(text.slice(paragraph)).map((at) => paragraph + at)];
  return Math.min(text.length, ...held.filter((at) => text.length - at <= LONGEST_HELD));
}

interface Line {
  text: string;
  start: number;
}

export interface OpenFence {
  /** Its first line without indentation, and the marks alone. */
  line: string;
  marks: string;
  start: number;
  bodyStart: number;
}

/** The code fence a text leaves open. */
export function openFence(text: string): OpenFence | null {
  return scanFences(text).open;
}

const FENCE_LINE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*((`{3,}|~{3,})([^\n]*))$/gm;

/** The fence that is open at the end, and where the last one that is closed has ended. */
function scanFences(text: string): { open: OpenFence | null; after: number } {
  let open: OpenFence | null = null;
  let after = 0;
  for (const { index, 0: whole, 1: line = '', 2: marks = '', 3: info = '' } of text.matchAll(FENCE_LINE)) {
    const end = Math.min(text.length, index + whole.length + 1);
    if (!open) {
      // ``` `a` ``` on one line is no fence.
      if (marks.startsWith('`') && info.includes('`')) continue;
      open = { line, marks, start: index, bodyStart: end };
    } else if (marks.startsWith(open.marks) && info.trim() === '') {
      open = null;
      after = end;
    }
  }
  return { open, after };
}

/** Not the first line alone, nor a last one that may turn out to be the fence's end. */
function steadyInFence(text: string, { start, bodyStart }: OpenFence): number {
  if (text[bodyStart - 1] !== '\n' || text.slice(bodyStart).trim() === '') return start;
  const lastLine = text.lastIndexOf('\n') + 1;
  return /^[ \t>]*[`~]+[ \t]*$/.test(text.slice(lastLine)) ? lastLine : text.length;
}

/** The lines since the last blank one, and since `after`; the last of them has no end yet and may be empty. */
function lastBlock(text: string, after: number): Line[] {
  const lines: Line[] = [];
  for (let end = text.length; end >= after; ) {
    const start = Math.max(after, text.lastIndexOf('\n', end - 1) + 1);
    const line = text.slice(start, end);
    if (lines.length > 0 && line.trim() === '') break;
    lines.unshift({ text: line, start });
    end = start - 1;
  }
  const [only] = lines;
  return lines.length === 1 && only?.text.trim() === '' ? [] : lines;
}

const DELIMITERS = /^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const BLOCK_START = /^[ \t>]*(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t])/;

/** The table that the lines end in: its first line. */
function openTable(lines: Line[]): Line | null {
  const rule = lines.findIndex((line, index) => {
    const head = lines[index - 1];
    // Without an end it may still become another one.
    return head !== undefined && index < lines.length - 1 && isTableHead(head.text, line.text);
  });
  if (rule < 0) return null;
  const isOver = lines.slice(rule + 1).some(({ text }) => BLOCK_START.test(text));
  return isOver ? null : (lines[rule - 1] ?? null);
}

function isTableHead(head: string, rule: string): boolean {
  return hasBar(head) && DELIMITERS.test(rule) && columnsOf(head) === columnsOf(rule);
}

function columnsOf(line: string): number {
  return withoutCode(line)
    .trim()
    .replace(/^[ \t>]*\|?|\|$/g, '')
    .split(/(?<!\\)\|/).length;
}

function hasBar(line: string): boolean {
  return /(?<!\\)\|/.test(withoutCode(line));
}

function withoutCode(line: string): string {
  return line.replace(/(`+)[^`]*\1/g, '');
}

/** The head of the table that goes on with a row at `at`; empty when there is none. */
export function tableHeadBefore(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  if (text[at - 1] !== '\n' || !hasBar(text.slice(at, end < 0 ? text.length : end))) return '';
  const lines = lastBlock(text.slice(0, at), scanFences(text.slice(0, at)).after);
  const first = openTable(lines);
  const head = first ? lines.slice(lines.indexOf(first), lines.indexOf(first) + 2) : [];
  return head.map((line) => `${line.text}\n`).join('');
}

const MARKS_ALONE = /^[ \t>]*(?:\d{1,9}[.)]?|[-=_*#+~:> \t]+)(?:[ \t]+\[[ xX]?\]?)?[ \t]*$/;
const DEFINITION = /^[ \t>]*\[[^\]]*\]:/;

/** Where a last line begins, or the one before it, that may become something else than it looks like. */
function undecidedLine(lines: Line[]): number[] {
  const last = lines.at(-1);
  const before = lines.at(-2);
  if (!last) return [];
  if (before && hasBar(before.text) && /^[ \t>]*[|:\- \t]*$/.test(last.text)) return [before.start];
  if (last.text.trim() === '') return [];
  return hasBar(last.text) || MARKS_ALONE.test(last.text) || DEFINITION.test(last.text) ? [last.start] : [];
}

function paragraphStart(lines: Line[]): number {
  return (lines.findLast(({ text }) => BLOCK_START.test(text)) ?? lines[0])?.start ?? 0;
}

const LINK_TARGET = /\((?:[^()\\]|\\.|\([^()]*\))*\)/y;
const LINK_LABEL = /\[(?:[^[\]\\]|\\.|\[[^[\]]*\])*\]/y;
const ANGLES = /<(?:[a-z][a-z0-9+.-]*:[^\s<>]*|\/?[a-z][^<>]*|!--[\s\S]*?--)>/iy;
const HALF_ANGLES = /<(?:[a-z/!][^<>]*)?$/iy;
const HALF_REFERENCE = /&(?:#x?[\da-f]*|[a-z][a-z\d]*)?$/iy;

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

interface Opener {
  mark: string;
  count: number;
  at: number;
}

/** Where marks stand in a paragraph that are not closed, and may be. */
function openMarks(text: string): number[] {
  const open: number[] = [];
  const stack: Opener[] = [];
  for (let at = 0; at < text.length; ) {
    const length = closedLength(text, at);
    if (length === null) open.push(at);
    if (length !== 0) {
      at += length ?? 1;
      continue;
    }
    const run = /[*_~]/.test(text[at] ?? '') ? (match(/\*+|_+|~+/y, text, at) ?? '') : '';
    if (run !== '') settle(stack, { text, at, run });
    at += Math.max(1, run.length);
  }
  return [...open, ...stack.map((opener) => opener.at)];
}

/** Length of the escape, code, link, tag or reference at `at`: 0 when there is none, null when it has no end yet. */
function closedLength(text: string, at: number): number | null {
  switch (text[at]) {
    case '\\':
      return at + 1 < text.length ? 2 : null;
    case '`':
      return codeLength(text, at);
    case '!':
      // Of an image, the mark goes away with the brackets.
      return at + 1 === text.length || (text[at + 1] === '[' && linkLength(text, at + 1) === null) ? null : 0;
    case '[':
      return linkLength(text, at);
    case '<':
      return match(HALF_ANGLES, text, at) === null ? (match(ANGLES, text, at)?.length ?? 0) : null;
    case '&':
      return match(HALF_REFERENCE, text, at) === null ? 0 : null;
    default:
      return 0;
  }
}

function codeLength(text: string, at: number): number | null {
  const marks = match(/`+/y, text, at) ?? '';
  for (let end = at + marks.length; ; ) {
    end = text.indexOf(marks, end);
    if (end < 0) return null;
    const run = match(/`+/y, text, end)?.length ?? 0;
    end += run;
    if (run === marks.length) return end - at;
  }
}

function linkLength(text: string, at: number): number | null {
  const label = match(LINK_LABEL, text, at)?.length;
  if (label === undefined) return null;
  const next = text[at + label];
  if (next === undefined) return null;
  if (next !== '(' && next !== '[') return label;
  const target = match(next === '(' ? LINK_TARGET : LINK_LABEL, text, at + label)?.length;
  return target === undefined ? null : label + target;
}

/** Closes with a run of marks what it can close, and opens with the rest what it can open. */
function settle(stack: Opener[], { text, at, run }: { text: string; at: number; run: string }): void {
  const mark = run[0] ?? '';
  if (mark === '~' && run.length > 2) return;
  const { canOpen, canClose } = flanks(text, { at, run });
  let count = run.length;
  while (canClose && count > 0) {
    const index = stack.findLastIndex((opener) => opener.mark === mark);
    const opener = stack[index];
    if (!opener) break;
    const used = Math.min(opener.count, count);
    opener.count -= used;
    count -= used;
    stack.length = opener.count > 0 ? index + 1 : index;
    if (opener.count > 0) return;
  }
  if (canOpen && count > 0) stack.push({ mark, count, at });
}

function flanks(text: string, { at, run }: { at: number; run: string }): { canOpen: boolean; canClose: boolean } {
  const before = text.slice(0, at).match(/.$/su)?.[0] ?? ' ';
  const after = text.slice(at + run.length).match(/^./su)?.[0];
  const isSpace = (char: string) => /\s/.test(char);
  const isMark = (char: string) => /[\p{P}\p{S}]/u.test(char);
  // What comes next is not known yet: it may be anything.
  if (after === undefined) {
    return { canOpen: run[0] !== '_' || isSpace(before) || isMark(before), canClose: !isSpace(before) };
  }
  const opens = !isSpace(after) && (!isMark(after) || isSpace(before) || isMark(before));
  const closes = !isSpace(before) && (!isMark(before) || isSpace(after) || isMark(after));
  if (run[0] !== '_') return { canOpen: opens, canClose: closes };
  return { canOpen: opens && (!closes || isMark(before)), canClose: closes && (!opens || isMark(after)) };
}
