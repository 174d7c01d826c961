/**
 * Matches short messages that contain one of the words or phrases. The scripted agent has no model to tell what people
 * want, so they choose one of its scripts by a word; in a long message such a word is taken for a part of a story.
 */
export function saying(phrases: string[], { maxWords = 8 } = {}): (text: string) => boolean {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${phrases.join('|')})(?![\\p{L}\\p{N}_-])`, 'iu');
  return (text) => text.split(/\s+/).length <= maxWords && pattern.test(text);
}
