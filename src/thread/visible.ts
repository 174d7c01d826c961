/**
 * Controls, formats (zero-width, bidirectional), private and unassigned, odd spaces, lone surrogates, and letters that
 * are blank. The mark that makes a sign an emoji may follow one, and nothing else.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Z}]|[\u115f\u1160\u3164\uffa0\u2800]|(?<!\p{Extended_Pictographic})\ufe0f|(?!\ufe0f)\p{Variation_Selector}|\u034f|\u17b4|\u17b5/gu;
const SEEN = new Set(['\n', '\t', ' ']);

/**
 * Text with what cannot be seen made visible: a mark that turns the direction of writing, or one without a width, can
 * make a command read other than it runs. Line feeds, tabs and plain spaces stay.
 */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => (SEEN.has(character) ? character : escaped(character)));
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
