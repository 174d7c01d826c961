/** `5`, `5.00`, `0.5`: dollars, with cents at most, and more than nothing. */
export const DOLLARS = /^(?![0.]*$)\d{1,7}(\.\d{1,2})?$/;

/** Dollars as whole cents; NaN for what is no amount, is nothing, or has parts of a cent. */
export function centsOf(dollars: number | string): number {
  // Read as text: 1.15 * 100 is not 115.
  const text = String(dollars);
  if (!DOLLARS.test(text)) return Number.NaN;
  const [whole = '', part = ''] = text.split('.');
  return Number(whole) * 100 + Number(part.padEnd(2, '0'));
}
