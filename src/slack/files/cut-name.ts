import { cut } from '../reply/disarm.ts';

/** With what a title has behind it, as in `report.csv v3`. */
const EXTENSION = /(?:\.tar)?\.[\p{L}\p{N}]{1,12}(?: v\d+)?$/u;

/** Cuts a file's name to at most `max` UTF-16 units, in its middle: Slack goes by its extension, and so do people. */
export function cutName(name: string, max: number): string {
  if (name.length <= max) return name;
  const end = EXTENSION.exec(name)?.[0] ?? '';
  return `${cut(name.slice(0, name.length - end.length), max - end.length)}${end}`;
}
