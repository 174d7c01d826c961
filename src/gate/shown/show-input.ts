import { createTwoFilesPatch } from 'diff';
import type { ToolCall } from '../../thread/event.ts';
import { mask, maskValue } from '../../thread/mask.ts';
import type { Shown } from '../../thread/question.ts';
import { visible } from '../../thread/visible.ts';

/** What fits on a card. */
const EXCERPT_CHARS = 2_400;
const EXCERPT_LINES = 40;
/** A diff of texts that differ everywhere takes long and says little. */
const DIFF_WITHIN_MS = 200;

type ShownInput = Shown & { masked: number };

/** The whole input as people should read it: as it will run, secrets masked, nothing invisible. */
export function showInput(tool: Pick<ToolCall, 'kind' | 'name' | 'input'>): ShownInput {
  const { format, text, masked } = render(tool);
  return { format, text: visible(text), masked };
}

/** The beginning of it that fits on a card. */
export function excerptOf({ format, text }: Shown): { excerpt: Shown; isCut: boolean } {
  const lines = text.split('\n').slice(0, EXCERPT_LINES).join('\n');
  const cut = lines.slice(0, EXCERPT_CHARS).replace(/[\ud800-\udbff]$/, '');
  return { excerpt: { format, text: cut }, isCut: cut.length < text.length };
}

function render({ kind, name, input }: Pick<ToolCall, 'kind' | 'name' | 'input'>): ShownInput {
  if (kind === 'built-in' && name === 'edit') return edit(input) ?? fields(input);
  if (kind === 'built-in' && name === 'write') return write(input) ?? fields(input);
  if (kind === 'built-in' && name === 'bash') return bash(input) ?? fields(input);
  return fields(input);
}

function bash({ command, ...more }: Record<string, unknown>): ShownInput | null {
  return typeof command === 'string' ? put(command, { format: 'text', more }) : null;
}

function edit({
  file_path: path,
  old_string: before,
  new_string: after,
  ...more
}: Record<string, unknown>): ShownInput | null {
  if (typeof path !== 'string' || typeof before !== 'string' || typeof after !== 'string') return null;
  // The difference comes first: of two secrets, masking would leave none.
  return put(`edit ${onOneLine(path)}\n${difference(before, after)}`, { format: 'diff', more });
}

/** What stood in the file before is not known here, so every line is new. */
function write({ file_path: path, content, ...more }: Record<string, unknown>): ShownInput | null {
  if (typeof path !== 'string' || typeof content !== 'string') return null;
  return put(`write ${onOneLine(path)}\n${marked('+', content)}`, { format: 'diff', more });
}

/** The text below whatever else the call is given: nothing that will run is left out. */
function put(text: string, { format, more }: { format: Shown['format']; more: Record<string, unknown> }): ShownInput {
  const shown = mask(text);
  const besides = maskValue(more);
  const lines = Object.entries(besides.value as Record<string, unknown>).map(
    ([name, value]) => `${onOneLine(name)}: ${JSON.stringify(value)}`,
  );
  return { format, text: [...lines, shown.text].join('\n'), masked: shown.masked + besides.masked };
}

/** A name with lines in it could pass for something else. */
function onOneLine(name: string): string {
  return /[\n\r\u2028\u2029]/.test(name) ? JSON.stringify(name) : name;
}

function difference(before: string, after: string): string {
  const patch = createTwoFilesPatch('', '', before, after, undefined, undefined, {
    context: 3,
    timeout: DIFF_WITHIN_MS,
  });
  if (patch === undefined) return `${marked('-', before)}\n${marked('+', after)}`;
  // What stands before the first hunk are the names of two files.
  const hunks = patch.indexOf('@@');
  return hunks < 0 ? '(no difference)' : patch.slice(hunks).replace(/\n$/, '');
}

function marked(sign: string, text: string): string {
  return text
    .split('\n')
    .map((line) => `${sign}${line}`)
    .join('\n');
}

function fields(input: Record<string, unknown>): ShownInput {
  const { value, masked } = maskValue(input);
  return { format: 'text', text: JSON.stringify(value, null, 2), masked };
}
