import { plain } from './plain.ts';

/** So many columns fit, whatever the terminal. */
const WIDTH = 100;
/** No column but the last is wider. */
const WIDEST = 32;

/** Rows as aligned plain text, the first of them the headings; cut with `…` where they are too wide. */
export function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => row.map(plain));
  const count = lines[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, column) =>
    Math.min(WIDEST, Math.max(...lines.map((line) => lengthOf(line[column] ?? '')))),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  widths[count - 1] = Math.max(1, WIDTH - before);
  return lines
    .map((line) => line.map((cell, column) => pad(cell, widths[column] ?? 0)).join(GAP))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const GAP = '  ';

function pad(cell: string, width: number): string {
  const characters = [...cell];
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`;
  return cell + ' '.repeat(width - characters.length);
}

function lengthOf(text: string): number {
  return [...text].length;
}
