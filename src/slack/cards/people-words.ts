import type { Audience, Card } from '../../thread/question.ts';
import { cut, disarm, escapeMrkdwn } from '../reply/disarm.ts';

const MOST_REQUESTERS = 5;
const MOST_ASKED = 20;

export function mention(user: string): string {
  return isId(user) ? `<@${user}>` : unknownName(user);
}

/** `a, b and c`; of more than `most`, `a, b and 7 more`. */
function list(items: string[], { word, most }: { word: 'and' | 'or'; most: number }): string {
  if (items.length > most) return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${word} ${last}`;
}

export function people(users: string[]): string {
  return list(users.map(mention), { word: 'and', most: MOST_ASKED });
}

/** Who may decide, as the subject of a sentence. Named people and groups are mentioned, which pings them in a post. */
export function audienceWords(audience: Audience, requesters: string[] = []): string {
  const { groups, members, notRequesters } = audience;
  const users = audience.users.filter((user) => !(notRequesters && requesters.includes(user)));
  const named = [...users.map(mention), ...groups.map(groupMention)];
  const parts = [
    ...(named.length > MOST_ASKED ? [list(named, { word: 'or', most: MOST_ASKED })] : named),
    ...(audience.requesters && !notRequesters ? ['whoever asked for it'] : []),
    ...(members ? ['any full member of this conversation'] : []),
  ];
  if (parts.length === 0) return 'nobody';
  return `${list(parts, { word: 'or', most: MOST_ASKED + 2 })}${notRequesters ? ', but nobody who asked for it' : ''}`;
}

/** The requesters who may themselves decide: only they are called by a post. */
export function askedRequesters({ audience, requesters }: Pick<Card, 'audience' | 'requesters'>): string[] {
  if (audience.notRequesters) return [];
  if (audience.requesters || audience.members) return requesters;
  return requesters.filter((user) => audience.users.includes(user));
}

/** `for <@U1>`; a first post names only those who are asked, so that it calls nobody else. */
export function forWhom(card: Card, { isFirst }: { isFirst: boolean }): string {
  const shown = isFirst ? askedRequesters(card) : card.requesters;
  if (card.requesters.length === 0) return '';
  if (shown.length === 0) return 'for somebody in this thread';
  return `for ${list(shown.map(mention), { word: 'and', most: MOST_REQUESTERS })}`;
}

/** Mentions of all who are asked, for a message that only calls them. */
export function pings(audience: Audience, requesters: string[]): string {
  const called = askedRequesters({ audience, requesters });
  const users = audience.users.filter((user) => !(audience.notRequesters && requesters.includes(user)));
  const named = [...new Set([...users, ...called])].map(mention);
  return [...named, ...audience.groups.map(groupMention)].slice(0, MOST_ASKED).join(' ');
}

function groupMention(group: string): string {
  return isId(group) ? `<!subteam^${group}>` : unknownName(group);
}

function isId(id: string): boolean {
  return /^[A-Z0-9]{1,30}$/i.test(id);
}

function unknownName(name: string): string {
  return escapeMrkdwn(disarm(cut(name, 30)));
}
