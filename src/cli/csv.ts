export type Cell = string | number | null;

/** One line of CSV (RFC 4180). A spreadsheet runs nothing of it: what would begin a formula gets an apostrophe first. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(quote).join(',')}\r\n`;
}

function quote(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Also behind blanks, which spreadsheets skip, and in the full-width forms that some of them take for the same. */
const FORMULA = /^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n]/;
/** Semicolons and tabs separate in other countries' spreadsheets. */
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/;
