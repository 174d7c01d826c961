/** Controls, formats (zero-width, bidirectional), private and unassigned, odd spaces, lone surrogates, fillers, selectors. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0e\u{e0100}-\u{e01ef}]/gu;

/**
 * Text with what cannot be seen made visible: a mark that turns the direction of writing, or one without a width, can
 * make a command read other than it runs. Line feeds, tabs and plain spaces stay.
 */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => (/^[\n\t ]$/.test(character) ? character : escaped(character)));
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
