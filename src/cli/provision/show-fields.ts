import { structuredPatch } from 'diff';
import type { FieldChange } from '../../sessions/provisioning/tree.ts';
import { mask } from '../../thread/mask.ts';
import { plain } from '../plain.ts';

const INDENT = '    ';
/** Of one value on one line. */
const LONGEST = 300;

/** One line for each field, `path: old → new`; of a text of several lines, those that differ. */
export function showFields(fields: readonly FieldChange[]): string {
  return fields
    .map((field) =>
      showField(field)
        .map((line) => `${INDENT}${line}\n`)
        .join(''),
    )
    .join('');
}

function showField({ path, old, new: next }: FieldChange): string[] {
  const name = plain(path.join('.'));
  if (isLong(old) || isLong(next)) return [`${name}:`, ...showLines(textOf(old), textOf(next))];
  if (old === undefined) return [`${name}: ${shown(next)}`];
  // What the file leaves to the API has no value of its own.
  return [`${name}: ${shown(old)} → ${next === undefined ? '(none)' : shown(next)}`];
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n');
}

function textOf(value: unknown): string {
  return value === undefined ? '' : String(value);
}

/** The difference of two texts, with a line around each change. Masked first: of two secrets, masking leaves none. */
function showLines(old: string, next: string): string[] {
  const { hunks } = structuredPatch('', '', ended(mask(old).text), ended(mask(next).text), '', '', { context: 1 });
  const lines = hunks.flatMap((hunk, index) => [...(index > 0 ? ['  …'] : []), ...hunk.lines.map(asLine)]);
  return lines.length > 0 ? lines : ['  a masked part of it changes'];
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function asLine(line: string): string {
  return `  ${line.slice(0, 1)} ${plain(line.slice(1))}`.trimEnd();
}

function shown(value: unknown): string {
  const text = plain(mask(typeof value === 'string' ? value : JSON.stringify(value)).text);
  const characters = [...text];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : text;
}
