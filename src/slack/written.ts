import type { InputFile } from '../thread/input.ts';
import type { Attachment, Table, Written, WrittenFile } from './delivery.ts';

/** Whether the mrkdwn text mentions this user; Slack writes a mention with or without the name behind a bar. */
export function mentions(text: string, user: string): boolean {
  return text.includes(`<@${user}>`) || text.includes(`<@${user}|`);
}

/** The whole of what was said is the word `stop` or `cancel`, with or without a mention of us behind it. */
export function isStopWord(text: string, botUserId: string): boolean {
  return isWord('stop|cancel', { text, botUserId });
}

/** The same with the word `files`. */
export function isFilesWord(text: string, botUserId: string): boolean {
  return isWord('files', { text, botUserId });
}

function isWord(word: string, { text, botUserId }: { text: string; botUserId: string }): boolean {
  const alone = new RegExp(`^(?:${word})[\\s,.!?…]*(?:<@${botUserId}(?:\\|[^>]*)?>[\\s.!?…]*)*$`, 'i');
  return alone.test(text.trim());
}

/**
 * What a person wrote, as mrkdwn: without the mentions of us that it begins with, and with what Slack keeps beside the
 * text: forwarded messages and pasted tables, which come as attachments.
 */
export function writtenText({ text = '', attachments }: Written, botUserId: string): string {
  const beside = (attachments ?? []).flatMap((attachment) => (attachment ? besideText(attachment) : []));
  return [withoutLeadingMention(text, botUserId), ...beside].filter((part) => part !== '').join('\n\n');
}

export function writtenFiles({ files, attachments }: Written): InputFile[] {
  const forwarded = (attachments ?? []).filter(isForwarded).flatMap((attachment) => attachment.files ?? []);
  return [...(files ?? []), ...forwarded].flatMap((file) => (file ? [inputFile(file)] : []));
}

function withoutLeadingMention(text: string, botUserId: string): string {
  // A comma or colon belongs to the mention only if nothing follows it: `:tada:` is an emoji.
  const leading = new RegExp(`^(?:\\s*<@${botUserId}(?:\\|[^>]*)?>(?:[,:](?=\\s|$))?)+\\s*`);
  return text.replace(leading, '');
}

function besideText(attachment: Attachment): string[] {
  const tables = (attachment.blocks ?? []).flatMap((block) => (block ? [tableText(block)] : []));
  if (!isForwarded(attachment)) return tables;
  const said = attachment.text ?? attachment.fallback ?? '';
  const who = attachment.author_name ? `Forwarded from ${attachment.author_name}:` : 'Forwarded:';
  return said === '' ? tables : [`${who}\n${said.replace(/^/gm, '> ')}`, ...tables];
}

function isForwarded(attachment: Attachment | null): attachment is Attachment {
  return attachment?.is_share === true || attachment?.is_msg_unfurl === true;
}

/** One line per row. A cell's own text is not escaped yet, unlike everything else that reaches us as mrkdwn. */
function tableText(table: Table): string {
  return table.rows
    .map((row) => row.map((cell) => escapeMrkdwn(cell ? cellText(cell) : '').replace(/\s+/g, ' ')).join(' | '))
    .join('\n');
}

type Cell = NonNullable<Table['rows'][number][number]>;

function cellText(cell: Cell): string {
  switch (cell.type) {
    case 'raw_text':
      return cell.text;
    case 'raw_number':
      return String(cell.value);
    case 'rich_text':
      return cell.elements.map(richText).join('');
  }
}

/** The words of rich text, whose elements nest and end in `{ type: 'text' | 'link' | …, text }`. */
function richText(element: unknown): string {
  if (typeof element !== 'object' || element === null) return '';
  if ('elements' in element && Array.isArray(element.elements)) return element.elements.map(richText).join('');
  if ('text' in element && typeof element.text === 'string') return element.text;
  return 'url' in element && typeof element.url === 'string' ? element.url : '';
}

/** Slack escapes exactly these three. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Name, type and size are claims; files that are deleted or beyond a free plan's limit may lack all three. */
export function inputFile(file: WrittenFile): InputFile {
  const { id, name, title, mimetype, size, mode } = file;
  return {
    id: id ?? null,
    url: file.url_private_download ?? file.url_private ?? null,
    mode: modeOf(file),
    name: name || title || NAMELESS[mode ?? ''] || 'a file',
    mimetype: mimetype || 'application/octet-stream',
    size: size ?? 0,
  };
}

const NAMELESS: Record<string, string> = { tombstone: 'a deleted file', hidden_by_limit: 'a hidden file' };

function modeOf({ mode, is_external, file_access }: WrittenFile): InputFile['mode'] {
  // Whatever its mode: its address is not at Slack.
  if (is_external) return 'external';
  return file_access === 'check_file_info' ? 'stub' : (MODES[mode ?? ''] ?? 'other');
}

const MODES: Record<string, InputFile['mode']> = {
  hosted: 'hosted',
  snippet: 'snippet',
  file_access: 'stub',
  external: 'external',
  canvas: 'canvas',
  post: 'canvas',
  space: 'canvas',
  quip: 'canvas',
  tombstone: 'deleted',
  hidden_by_limit: 'hidden',
};
