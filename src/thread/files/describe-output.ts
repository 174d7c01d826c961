import { count } from '../count.ts';
import type { Posted, Shape } from './lineage.ts';

/** `report.csv v3` from its second version on. */
export function titleOf({ name, version }: Pick<Posted, 'name' | 'version'>): string {
  return version === 1 ? name : `${name} v${version}`;
}

/** One line about a file for people: its name, and what has changed since its version before. */
export function describeOutput(posted: Posted, all: readonly Posted[]): string {
  const before = all.find(({ name, version }) => name === posted.name && version === posted.version - 1);
  const change = changeOf(posted.shape, before?.shape ?? null);
  // A name is the agent's, and must not end the bold or the line.
  const title = titleOf(posted)
    .replace(/[\p{C}*]+/gu, ' ')
    .trim();
  return [`*${title}*`, change].filter((part) => part !== '').join(': ');
}

/** What there is to know of a new version in a few words; empty for what has no words, such as an image. */
export function changeOf(shape: Shape | null, before: Shape | null): string {
  if (shape === null) return '';
  const rows = shape.columns === null ? shape.lines : Math.max(shape.lines - 1, 0);
  const noun = shape.columns === null ? 'line' : 'row';
  const size = [count(rows, noun), ...(shape.columns === null ? [] : [count(shape.columns, 'column')])].join(', ');
  if (before === null) return size;
  const changes = [
    difference(shape.lines - before.lines, noun),
    difference((shape.columns ?? 0) - (before.columns ?? 0), 'column'),
  ].filter((words) => words !== '');
  return changes.length > 0 ? `${size}; ${changes.join(', ')}` : `changed, still ${size}`;
}

function difference(by: number, noun: string): string {
  if (by === 0) return '';
  return `${count(Math.abs(by), noun)} ${by > 0 ? 'more' : 'fewer'}`;
}
