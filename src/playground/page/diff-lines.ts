export interface DiffLine {
  kind: 'added' | 'removed' | 'same';
  text: string;
}

/** The lines of a text that is a diff by its looks; undefined when it is not one. The signs stay in the lines. */
export function diffLines(text: string): DiffLine[] | undefined {
  const lines = text.split('\n').map((line): DiffLine => ({ kind: kindOf(line), text: line }));
  const isDiff = lines.every(({ text: line }) => line === '' || /^[-+ @\\…]/.test(line));
  return isDiff && lines.some(({ kind }) => kind !== 'same') ? lines : undefined;
}

function kindOf(line: string): DiffLine['kind'] {
  // `+++ b/file` and `--- a/file` name the files; they change nothing.
  if (/^(\+\+\+|---) /.test(line)) return 'same';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}
