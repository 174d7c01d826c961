/** What ids in a text stand for; an id that is missing stays an id. */
export interface Names {
  users: ReadonlyMap<string, string>;
  channels: ReadonlyMap<string, string>;
}

/** The user ids that a mrkdwn text mentions. */
export function mentionedUsers(text: string): string[] {
  return mentioned(text, /<@(\w+)/g);
}

/** The channels that a mrkdwn text links without naming them, as Slack does for private ones. */
export function namelessChannels(text: string): string[] {
  return mentioned(text, /<#(\w+)\|?>/g);
}

/**
 * Slack's mrkdwn as the agent should read it: mentions by name, links with their address, `&`, `<` and `>` as
 * themselves. All else stays: Slack sends text with exactly these three characters escaped and its control sequences
 * between angle brackets, in code as elsewhere, so nothing but those is touched.
 */
export function readable(text: string, names: Names): string {
  return text.replace(/<([^<>\n]+)>|&(?:amp|lt|gt);/g, (whole, inner: string | undefined) =>
    inner === undefined ? decode(whole) : sequence(inner, names),
  );
}

function sequence(inner: string, { users, channels }: Names): string {
  const bar = inner.indexOf('|');
  const [target, label] = bar < 0 ? [inner, ''] : [inner.slice(0, bar), decode(inner.slice(bar + 1))];
  const id = target.slice(1);
  switch (target[0]) {
    case '@':
      return mention(id, users.get(id) ?? label);
    case '#':
      return `#${label || channels.get(id) || id}`;
    case '!':
      return special(id, label);
    default:
      return link(decode(target), label);
  }
}

function mention(id: string, name: string): string {
  return name === '' || name === id ? `@${id}` : `@${name} (${id})`;
}

/** `here`, `channel`, `everyone`; `subteam^S1`; `date^1700000000^{date}`; and what Slack may add. */
function special(name: string, label: string): string {
  if (name.startsWith('subteam^')) return label === '' ? `@${name.slice('subteam^'.length)}` : at(label);
  if (name.startsWith('date^')) return label || (name.split('^')[1] ?? '');
  return at(label || name);
}

function at(name: string): string {
  return name.startsWith('@') ? name : `@${name}`;
}

function link(url: string, label: string): string {
  const bare = url.replace(/^(?:mailto:|tel:)/, '');
  const sameAsUrl = label === '' || url === label || url.replace(/^\w+:(?:\/\/)?/, '') === label;
  return sameAsUrl ? bare : `${label} (${bare})`;
}

function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function mentioned(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].flatMap(([, id]) => id ?? []))];
}
