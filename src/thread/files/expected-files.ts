import type { ToolCall } from '../event.ts';

const IN_OUTPUTS = /\/mnt\/session\/outputs\/([^\s"'`<>|;&)]+)/g;

/** The names of the files that these calls say they write to the outputs folder, as far as their inputs tell. */
export function expectedNames(calls: readonly ToolCall[]): string[] {
  const inputs = calls.filter(({ kind }) => kind === 'built-in').map(({ input }) => JSON.stringify(input));
  const names = inputs.flatMap((input) => [...input.matchAll(IN_OUTPUTS)].map(([, path = '']) => path));
  return [...new Set(names.flatMap((path) => plainName(path) ?? []))];
}

/** A pattern or a folder is no name. */
function plainName(path: string): string | null {
  const name = path.replace(/[\\,.:]+$/, '');
  return name !== '' && !/[*?$/{}\\]/.test(name) ? name : null;
}
