import { structuredPatch } from 'diff';
import type { FieldChange } from '../../sessions/provisioning/tree.ts';
import { mask } from '../../thread/mask.ts';
import { plain } from '../plain.ts';

const INDENT = '    ';
/** Of one value on one line: what is new stands in the file, what changes does not. */
const LONGEST_NEW = 100;
const LONGEST_CHANGED = 300;

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
  if (isText(old) || isText(next)) return [`${name}:`, ...showLines(textOf(old), textOf(next))];
  if (old === undefined) return [`${name}: ${shown(next, LONGEST_NEW)}`];
  // What the file leaves to the API has no value of its own.
  if (next === undefined) return [`${name}: ${shown(old, LONGEST_NEW)} → (none)`];
  if (isObject(old) && isObject(next)) return [`${name}:`, ...showLines(textOf(old), textOf(next))];
  return [`${name}: ${shown(old, LONGEST_CHANGED)} → ${shown(next, LONGEST_CHANGED)}`];
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n');
}

/** A tool's schema. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
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

function shown(value: unknown, most: number): string {
  const text = plain(mask(typeof value === 'string' ? value : JSON.stringify(value)).text);
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
