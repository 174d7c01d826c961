import type { SessionEvent } from './event-log.ts';

/** What one user.message says: the person's own words, and who they are if the message says so. */
export interface Words {
  text: string;
  person: string | null;
  /** The files it says it brings. */
  files: BroughtFile[];
  /** The files the model is to look at. */
  shown: ShownBlock[];
}

/** One line about a file at the end of a message. */
export interface BroughtFile {
  name: string;
  /** Null, as are all below, when it could not be read. */
  mimeType: string | null;
  /** In words, such as `12 kB`. */
  size: string | null;
  path: string | null;
  /** Why it could not be read. */
  unread: string | null;
}

export interface ShownBlock {
  type: 'image' | 'document';
  fileId: string;
  title: string | null;
}

// `[Slack message 1700000000.000100 from Ana (U1) in #ops]`, alone in a block or in front of the words.
const HEADER = /^\s*\[[^\]\n]*\bfrom ([^(\]\n]+?)\s*(?:\([^)\n]*\))?(?:\s+in [^\]\n]*)?\]\s*/;

// `@Drawbridge deploy` and `<@U1> deploy` ask for the same as `deploy`.
const MENTIONS = /^\s*(?:(?:<@[^>]+>|@[\w.-]+(?: \([UW][A-Z0-9]+\))?)[\s,:]*)+/;

/** The words are the last text block: what stands before it is framing, such as a header or the thread so far. */
export function readWords(event: SessionEvent): Words {
  if (event.type === 'user.define_outcome') {
    return { text: String(event.description ?? ''), person: null, files: [], shown: [] };
  }
  const blocks = Array.isArray(event.content) ? event.content : [];
  const texts = blocks.filter(isText).map((block) => block.text);
  const { text, files } = takeFileLines(texts.at(-1) ?? '');
  // The first header counts: a later one may be somebody's text that only looks like it.
  const header = texts.map((text) => HEADER.exec(text)?.[1]);
  return {
    text: text.replace(HEADER, '').replace(MENTIONS, '').trim(),
    person: header.find((name) => name !== undefined)?.trim() ?? null,
    files,
    shown: blocks.flatMap(shownBlock),
  };
}

// `[file: report.csv, text/csv, 12 kB, mounted at /mnt/session/uploads/report.csv and shown below]`
const MOUNTED = /^\[file: (.+), ([^\s,]+\/[^\s,]+), ([^,]+), mounted at (\/.+?)(?: and shown below)?\]$/;
// `[file: notes.gdoc could not be read: it is kept outside Slack]`
const UNREAD = /^\[file: (.+) could not be read: (.+)\]$/;

/** The lines about files stand at the end, one for each. */
function takeFileLines(said: string): { text: string; files: BroughtFile[] } {
  const lines = said.trimEnd().split('\n');
  const files: BroughtFile[] = [];
  for (let file = readFileLine(lines.at(-1)); file; file = readFileLine(lines.at(-1))) {
    files.unshift(file);
    lines.pop();
  }
  return { text: lines.join('\n'), files };
}

function readFileLine(line = ''): BroughtFile | undefined {
  const [, name, mimeType, size, path] = MOUNTED.exec(line) ?? [];
  if (name && mimeType && size && path) return { name, mimeType, size, path, unread: null };
  const [, unreadName, unread] = UNREAD.exec(line) ?? [];
  if (unreadName && unread) return { name: unreadName, mimeType: null, size: null, path: null, unread };
  return undefined;
}

function shownBlock(block: unknown): ShownBlock[] {
  if (typeof block !== 'object' || block === null || !('type' in block) || !('source' in block)) return [];
  const { type, source } = block;
  if (type !== 'image' && type !== 'document') return [];
  if (typeof source !== 'object' || source === null || !('file_id' in source)) return [];
  return [
    { type, fileId: String(source.file_id), title: 'title' in block && block.title ? String(block.title) : null },
  ];
}

function isText(block: unknown): block is { type: 'text'; text: string } {
  return typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string';
}
