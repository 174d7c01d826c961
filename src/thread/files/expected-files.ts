import type { Call } from '../turn.ts';

/** A file that the agent said it writes. */
export interface Expected {
  name: string;
  /** RFC 3339: an entry from before this is one that was written over since. Null: it is long there. */
  at: string | null;
}

const IN_OUTPUTS = /\/mnt\/session\/outputs\/([^\s"'`<>|;&)]+)/g;
const READING = new Set(['read', 'glob', 'grep']);

/** The files that these calls say they write to the outputs folder, as far as their inputs tell, each once. */
export function expectedFiles(calls: readonly Pick<Call, 'tool' | 'at'>[]): Expected[] {
  const writing = calls.filter(({ tool }) => tool.kind === 'built-in' && !READING.has(tool.name));
  return newestOf(
    writing.flatMap(({ tool, at }) =>
      [...JSON.stringify(tool.input).matchAll(IN_OUTPUTS)].flatMap(([, path = '']) => {
        const name = plainName(path);
        return name === null ? [] : { name, at };
      }),
    ),
  );
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
