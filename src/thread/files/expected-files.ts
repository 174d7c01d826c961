import type { ToolCall } from '../event.ts';
import type { Call } from '../turn.ts';

/** A file that the agent said it writes. */
export interface Expected {
  name: string;
  /** RFC 3339: an entry from before this is one that was written over since. Null: it is long there. */
  at: string | null;
}

const IN_OUTPUTS = /\/mnt\/session\/outputs\/([^\s"'`<>|;&)]+)/g;
const READING = new Set(['read', 'glob', 'grep']);

/** Most calls write none. */
const NONE: readonly string[] = [];

/** The names of the files that a call says it writes to the outputs folder, as far as its input tells. */
export function filesWritten({ kind, name, input }: ToolCall): readonly string[] {
  if (kind !== 'built-in' || READING.has(name)) return NONE;
  const names = [...JSON.stringify(input).matchAll(IN_OUTPUTS)].flatMap(([, path = '']) => plainName(path) ?? []);
  return names.length > 0 ? names : NONE;
}

/** The files that these calls say they write, each once. */
export function expectedFiles(calls: readonly Pick<Call, 'writes' | 'at'>[]): Expected[] {
  return newestOf(calls.flatMap(({ writes, at }) => writes.map((name) => ({ name, at }))));
}

/** Of each name, the last time. */
export function newestOf(files: readonly Expected[]): Expected[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

/** A pattern or a folder is no name. */
function plainName(path: string): string | null {
  const name = path.replace(/[\\,.:]+$/, '');
  return name !== '' && !/[*?$/{}\\]/.test(name) ? name : null;
}
