/**
 * Matches short messages that contain one of the words or phrases, so that "deploy checkout please" asks for a
 * deployment while a long story that mentions one is answered as any other message.
 */
export function saying(phrases: string[], { maxWords = 8 } = {}): (text: string) => boolean {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${phrases.join('|')})(?![\\p{L}\\p{N}_-])`, 'iu');
  return (text) => text.split(/\s+/).length <= maxWords && pattern.test(text);
}
