/** Whether a name fits a pattern in which `*` stands for any letters, none included. Linear enough: no way back. */
export function globMatches(glob: string, name: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return glob === name;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}

/** Whether every name that fits `narrow` fits `wide`. */
export function globCovers(wide: string, narrow: string): boolean {
  // The other's `*` is a letter that only a `*` can stand for.
  return globMatches(wide, narrow);
}

/** Whether some name fits both. */
export function globsMeet(a: string, b: string): boolean {
  // meets[j]: whether what is left of `a` and of `b` from j on can be the same name. Filled from the ends.
  let meets = lastRow(b);
  for (let i = a.length - 1; i >= 0; i--) {
    const row = Array.from({ length: b.length + 1 }, () => false);
    for (let j = b.length; j >= 0; j--) {
      const skipped = (a[i] === '*' && meets[j]) || (b[j] === '*' && row[j + 1]);
      const both = j < b.length && (a[i] === b[j] || a[i] === '*' || b[j] === '*');
      const taken = both && (meets[j + 1] || (a[i] === '*' && row[j + 1]) || (b[j] === '*' && meets[j]));
      row[j] = Boolean(skipped || taken);
    }
    meets = row;
  }
  return meets[0] ?? false;
}

function lastRow(b: string): boolean[] {
  return Array.from({ length: b.length + 1 }, (_, j) => /^\**$/.test(b.slice(j)));
}
