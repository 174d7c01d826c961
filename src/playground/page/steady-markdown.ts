const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Markdown that is still arriving, made to look the way it will most likely look when it is whole: marks that are open
 * are closed, a half-written link shows its label, and a last line that is nothing but marks is held back. Without it
 * the text would jump between raw marks and formatting with every few characters.
 */
export function steadyMarkdown(text: string): string {
  if (endsInsideFence(text)) return text;
  const start = text.lastIndexOf('\n') + 1;
  const line = text.slice(start);
  const table = unformedTable(text);
  if (table !== undefined) return text.slice(0, table).trimEnd();
  // `--` under a paragraph would make it a heading, and `-` alone becomes a list a moment later.
  if (/^\s*(?:[-=*+_#>:`~\s]+|\d+[.)]?)$/.test(line)) return text.slice(0, start).trimEnd();
  const paragraph = text.lastIndexOf('\n\n', start) + 1;
  return text.slice(0, paragraph) + closeInline(text.slice(paragraph));
}

function endsInsideFence(text: string): boolean {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const fence = FENCE.exec(line)?.[1];
    if (!fence) continue;
    if (!open) open = fence;
    else if (fence.startsWith(open)) open = undefined;
  }
  return open !== undefined;
}

/** Where a table begins that lacks its `|---|` line yet: until then its first row would be text with bars in it. */
function unformedTable(text: string): number | undefined {
  const rows = /(?:^|\n)((?:[ \t]*\|[^\n]*(?:\n|$))+)$/.exec(text);
  if (!rows?.[1]) return undefined;
  const [head = '', rule = ''] = rows[1].split('\n');
  const formed = /^[\s|:-]*-[\s|:-]*$/.test(rule) && count(rule, /\|/g) >= count(head, /\|/g);
  return formed ? undefined : text.length - rows[1].length;
}

function closeInline(paragraph: string): string {
  const text = paragraph
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*$/, '$1')
    .replace(/!?\[([^\]\n]*)\]?$/, '$1')
    .replace(/(^|\s)(\*{1,3}|_{1,3}|~~?|`)$/, '$1');
  if (count(text, /`/g) % 2 === 1) return `${text}\``;
  // Of a closing `**` only the first star may be there yet.
  const halfClosed = /[^*\s]\*$/.test(text) && count(marksOf(text), /\*\*/g) % 2 === 1;
  const whole = halfClosed ? `${text}*` : text;
  const marks = marksOf(whole);
  const open = [
    count(marks.replace(/\*\*/g, ''), /\*/g) % 2 === 1 ? '*' : '',
    count(marks, /\*\*/g) % 2 === 1 ? '**' : '',
    count(marks, /~~/g) % 2 === 1 ? '~~' : '',
  ].join('');
  // A closing mark must touch the word before it.
  return open ? whole.trimEnd() + open : whole;
}

/** The text without code, and without stars that stand alone: list marks and multiplications. */
function marksOf(text: string): string {
  return text.replace(/`[^`]*`/g, '').replace(/(^|\s)\*(?=\s)/g, '$1');
}

function count(text: string, mark: RegExp): number {
  return text.match(mark)?.length ?? 0;
}
