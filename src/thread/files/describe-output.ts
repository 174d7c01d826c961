import { count } from '../count.ts';
import type { Posted, Shape } from './lineage.ts';

/** `report.csv v3` from its second version on. */
export function titleOf({ name, version }: Pick<Posted, 'name' | 'version'>): string {
  return version === 1 ? name : `${name} v${version}`;
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
  return `${size}; ${changes.join(', ') || 'as long as before'}`;
}

function difference(by: number, noun: string): string {
  if (by === 0) return '';
  return `${count(Math.abs(by), noun)} ${by > 0 ? 'more' : 'fewer'}`;
}
