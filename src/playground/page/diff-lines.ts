export interface DiffLine {
  kind: 'added' | 'removed' | 'same';
  text: string;
}

/**
 * The lines of a text that is a diff by its looks, below lines that name what is changed; undefined when it is not one.
 * The signs stay in the lines.
 */
export function diffLines(text: string): DiffLine[] | undefined {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => /^(edit|write) ./.test(line)) + 1;
  const below = lines.slice(from);
  const isDiff = below.every((line) => line === '' || /^[-+ @\\…]/.test(line));
  const all = lines.map((line, index): DiffLine => ({ kind: index < from ? 'same' : kindOf(line), text: line }));
  return isDiff && all.some(({ kind }) => kind !== 'same') ? all : undefined;
}

function kindOf(line: string): DiffLine['kind'] {
  // `+++ b/file` and `--- a/file` name the files; they change nothing.
  if (/^(\+\+\+|---) /.test(line)) return 'same';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}
