import { createTwoFilesPatch } from 'diff';
import type { ToolCall } from '../../thread/event.ts';
import type { Shown } from '../../thread/question.ts';
import { mask } from './mask.ts';
import { visible } from './visible.ts';

/** What fits on a card. */
const EXCERPT_CHARS = 2_400;
const EXCERPT_LINES = 40;
/** A diff of texts that differ everywhere takes long and says little. */
const DIFF_WITHIN_MS = 200;

/** The whole input as people should read it: as it will run, secrets masked, nothing invisible. */
export function showInput(tool: Pick<ToolCall, 'kind' | 'name' | 'input'>): Shown & { masked: number } {
  const { format, text } = render(tool);
  return { format, ...mask(visible(text)) };
}

/** The beginning of it that fits on a card. */
export function excerptOf({ format, text }: Shown): { excerpt: Shown; isCut: boolean } {
  const lines = text.split('\n').slice(0, EXCERPT_LINES).join('\n');
  const cut = lines.slice(0, EXCERPT_CHARS).replace(/[\ud800-\udbff]$/, '');
  return { excerpt: { format, text: cut }, isCut: cut.length < text.length };
}

function render({ kind, name, input }: Pick<ToolCall, 'kind' | 'name' | 'input'>): Shown {
  if (kind === 'built-in' && name === 'edit') return edit(input) ?? fields(input);
  if (kind === 'built-in' && name === 'write') return write(input) ?? fields(input);
  if (kind === 'built-in' && name === 'bash') return bash(input) ?? fields(input);
  return fields(input);
}

function bash({ command, ...more }: Record<string, unknown>): Shown | null {
  if (typeof command !== 'string') return null;
  return { format: 'text', text: [command, ...besides(more)].join('\n') };
}

function edit({
  file_path: path,
  old_string: before,
  new_string: after,
  ...more
}: Record<string, unknown>): Shown | null {
  if (typeof path !== 'string' || typeof before !== 'string' || typeof after !== 'string') return null;
  return { format: 'diff', text: [...besides(more), `edit ${path}`, difference(before, after)].join('\n') };
}

/** What stood in the file before is not known here, so every line is new. */
function write({ file_path: path, content, ...more }: Record<string, unknown>): Shown | null {
  if (typeof path !== 'string' || typeof content !== 'string') return null;
  return { format: 'diff', text: [...besides(more), `write ${path}`, marked('+', content)].join('\n') };
}

function difference(before: string, after: string): string {
  const patch = createTwoFilesPatch('', '', before, after, undefined, undefined, {
    context: 3,
    timeout: DIFF_WITHIN_MS,
  });
  if (patch === undefined) return `${marked('-', before)}\n${marked('+', after)}`;
  // What stands before the first hunk are the names of two files.
  const hunks = patch.indexOf('@@');
  return hunks < 0 ? '(no difference)' : patch.slice(hunks).trimEnd();
}

function marked(sign: string, text: string): string {
  return text
    .split('\n')
    .map((line) => `${sign}${line}`)
    .join('\n');
}

/** Whatever else the call is given: nothing that will run is left out. */
function besides(more: Record<string, unknown>): string[] {
  return Object.entries(more).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
}

function fields(input: Record<string, unknown>): Shown {
  return { format: 'text', text: JSON.stringify(input, null, 2) };
}
