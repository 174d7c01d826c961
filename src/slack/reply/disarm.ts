const ZERO_WIDTH_SPACE = '\u200b';

/**
 * Model text can ping nobody: control sequences (`<!channel>`, `<@U…>`, `<#C…>`, `<!subteam^…>`) and `@channel`,
 * `@here`, `@everyone` get a zero-width space. Slack does not document how its markdown surfaces treat angle sequences,
 * not even inside code, so code is disarmed as well. Text that grows keeps its disarmed beginning: see `stableLength`.
 * All lines end alike.
 */
export function disarm(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/<(?=[!@#])/g, `<${ZERO_WIDTH_SPACE}`)
    .replace(/(?<![\w.+-])@(?=channel|here|everyone)/gi, `@${ZERO_WIDTH_SPACE}`);
}

const UNDECIDED =
  /(?:<|@(?:c(?:h(?:a(?:n(?:n(?:e)?)?)?)?)?|h(?:e(?:r)?)?|e(?:v(?:e(?:r(?:y(?:o(?:n)?)?)?)?)?)?)?|[\ud800-\udbff])$/i;

/** How many leading characters of a text that is still growing look the same once it has grown. */
export function stableLength(text: string): number {
  return text.search(UNDECIDED) === -1 ? text.length : text.search(UNDECIDED);
}

/** Escapes text for mrkdwn, where `&`, `<` and `>` are the only special characters. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cuts to at most `max` UTF-16 units with an ellipsis, never through a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Cuts to at most `max` characters with an ellipsis, between two words where that is possible. */
export function cutAtWord(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - 1);
  const end = head.search(/\s+\S*$/);
  return end > max / 2 ? `${head.slice(0, end)}…` : cut(text, max);
}

/** Somebody else's text for mrkdwn, escaped and disarmed: at most `max` characters, never cut through an entity. */
export function safely(text: string, max: number): string {
  const safe = escapeMrkdwn(disarm(cut(text.trim(), max)));
  // Escaping makes text longer.
  return safe.length <= max ? safe : `${safe.slice(0, max - 1).replace(/&\w*$/, '')}…`;
}
