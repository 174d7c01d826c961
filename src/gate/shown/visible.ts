/** Controls, formats (zero-width, bidirectional), private and unassigned, odd spaces, lone surrogates. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Z}]|[\u115f\u1160\u3164\uffa0]|\p{Variation_Selector}|\u034f|\u17b4|\u17b5/gu;
const SEEN = new Set(['\n', '\t', ' ', '\ufe0f']);

/**
 * Text with what cannot be seen made visible: a mark that turns the direction of writing, or one without a width, can
 * make a command read other than it runs. Line feeds, tabs and plain spaces stay, and
 * what makes a sign an emoji.
 */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => (SEEN.has(character) ? character : escaped(character)));
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
