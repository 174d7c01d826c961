import type { Block } from '../page/contract.ts';
import { isRecord } from './decode.ts';
import type { Channel, Group, User } from './model.ts';

/** What a person typed, as Slack stores it: escaped, with mentions and links in angle brackets, and as rich text. */
export interface Typed {
  text: string;
  blocks: Block[];
}

type Part = { written: string; element: Record<string, unknown> };

const TOKEN =
  /<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|<#(C[A-Z0-9]+)(?:\|[^>]*)?>|(?<![\w/@])@([\p{L}\p{N}_.-]+)|(?<![\w/&#])#([\p{L}\p{N}_-]+)|https?:\/\/[^\s<>|]+/gu;

export function readTyped(
  text: string,
  names: { users: Iterable<User>; channels: Iterable<Channel>; groups: Iterable<Group> },
): Typed {
  const users = [...names.users];
  const channels = [...names.channels];
  const groups = [...names.groups];
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const part = partOf(match, { users, channels, groups });
    if (!part) continue;
    if (match.index > at) parts.push(plain(text.slice(at, match.index)));
    parts.push(part);
    at = match.index + part.taken;
  }
  if (at < text.length) parts.push(plain(text.slice(at)));
  const blocks = parts.length > 0 ? [richText(parts)] : [];
  return { text: parts.map((part) => part.written).join(''), blocks };
}

function partOf(
  match: RegExpMatchArray,
  names: { users: User[]; channels: Channel[]; groups: Group[] },
): (Part & { taken: number }) | undefined {
  const [whole, userId, channelId, name, channelName] = match;
  if (userId !== undefined)
    return userId && names.users.some(({ id }) => id === userId)
      ? { ...mention(userId), taken: whole.length }
      : undefined;
  if (channelId !== undefined) {
    const found = names.channels.find(({ id }) => id === channelId);
    return found && { ...channelLink(found), taken: whole.length };
  }
  if (name !== undefined) return named(name, names);
  if (channelName !== undefined) {
    const found = names.channels.find((each) => each.kind === 'channel' && each.name === channelName);
    return found && { ...channelLink(found), taken: whole.length };
  }
  const url = whole.replace(/[.,;:!?)]+$/, '');
  return { written: `<${escapeText(url)}>`, element: { type: 'link', url }, taken: url.length };
}

/** A typed name may be followed by a full stop or a dash that is not part of it. */
function named(
  name: string,
  { users, groups }: { users: User[]; groups: Group[] },
): (Part & { taken: number }) | undefined {
  const bare = name.replace(/[.-]+$/, '');
  const taken = bare.length + 1;
  const range = bare.toLowerCase();
  if (['here', 'channel', 'everyone'].includes(range)) {
    return { written: `<!${range}>`, element: { type: 'broadcast', range }, taken };
  }
  const user = users.find((each) => each.name.toLowerCase() === range);
  if (user) return { ...mention(user.id), taken };
  const group = groups.find((each) => each.handle.toLowerCase() === range);
  return group && { ...groupMention(group), taken };
}

const mention = (userId: string): Part => ({ written: `<@${userId}>`, element: { type: 'user', user_id: userId } });

const groupMention = ({ id, handle }: Group): Part => ({
  written: `<!subteam^${id}|@${handle}>`,
  element: { type: 'usergroup', usergroup_id: id },
});

const channelLink = ({ id, name }: Channel): Part => ({
  written: `<#${id}|${name}>`,
  element: { type: 'channel', channel_id: id },
});

const plain = (text: string): Part => ({ written: escapeText(text), element: { type: 'text', text } });

function richText(parts: Part[]): Block {
  const elements = parts.map((part) => part.element).filter(isRecord);
  return { type: 'rich_text', block_id: 'b1', elements: [{ type: 'rich_text_section', elements }] };
}

/** Slack escapes exactly these three characters. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
