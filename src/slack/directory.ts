import { WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import type { Directory, Person } from '../thread/gate-ports.ts';
import type { Identity } from './from-slack.ts';
import { keepBriefly } from './keep-briefly.ts';
import { patiently } from './patiently.ts';
import { nameOf } from './people.ts';
import { type SlackUser, standingOf } from './standing.ts';

export interface DirectoryOptions {
  /** A client for look-ups. */
  reader: WebClient;
  identity(): Identity;
  clock: Clock;
}

/** A click waits for the answer and has to be acknowledged within three seconds. */
const ANSWER_WITHIN_MS = 2_000;
/** Nothing but a tool waits for this one, and a large workspace has many pages. */
const FIND_WITHIN_MS = 15_000;
const KEEP_GROUP_MS = 60_000;
const KEEP_USERS_MS = 300_000;
const MEMBERS_PAGE = 1_000;
const USERS_PAGE = 500;
/** More people than any one workspace has; an answer that never ends is no answer. */
const MAX_PAGES = 400;
const FOUND = 10;

const UNKNOWN_USER = new Set(['user_not_found', 'users_not_found', 'user_not_visible']);

/**
 * Who people are, asked of Slack each time it matters: somebody may have been deactivated a second ago. Only who asks
 * while an answer is on its way shares it, as when several questions are decided at once.
 */
export function createDirectory({ reader, identity, clock }: DirectoryOptions): Directory {
  const lastKnown = new Map<string, { users: string[]; at: number }>();
  const groupMembers = shareInFlight(async (usergroup) => {
    const askedAt = clock.now();
    try {
      const { users } = await reader.usergroups.users.list({ usergroup });
      if (!users) throw new Error(`Slack did not say who is in the user group ${usergroup}`);
      lastKnown.set(usergroup, { users, at: askedAt });
      return users;
    } catch (error) {
      // Slack takes few of these calls, and for all groups together.
      const known = lastKnown.get(usergroup);
      if (error instanceof WebAPIRateLimitedError && known && clock.now() < known.at + KEEP_GROUP_MS)
        return known.users;
      throw error;
    }
  });
  const everybody = keepBriefly({
    clock,
    keepMs: KEEP_USERS_MS,
    load: () => listPeople({ reader, clock, teamId: identity().teamId }),
  });

  const lookUp = shareInFlight(async (id): Promise<Person> => {
    try {
      const { user } = await reader.users.info({ user: id });
      if (!user) throw new Error(`Slack did not say who ${id} is`);
      return { id, name: nameOf(user) || id, standing: standingOf(user, identity().teamId) };
    } catch (error) {
      if (!(error instanceof WebAPIPlatformError) || !UNKNOWN_USER.has(error.data.error)) throw error;
      return { id, name: id, standing: 'gone' };
    }
  });
  const membership = shareInFlight((place) => {
    const [channel = '', user = ''] = place.split(' ');
    const work = (isLate: () => boolean) => isAmongMembers(reader, { channel, user, isLate });
    return within(ANSWER_WITHIN_MS, { clock, work });
  });
  const person: Directory['person'] = (id) => within(ANSWER_WITHIN_MS, { clock, work: () => lookUp(id) });

  return {
    person,
    isMember: (channel, user) => membership(`${channel} ${user}`),
    group: (group) => within(ANSWER_WITHIN_MS, { clock, work: () => groupMembers(group) }),
    async find(query) {
      const id = idIn(query);
      if (id !== null) {
        const found = await person(id);
        return found.standing === 'gone' ? [] : [found];
      }
      const people = await within(FIND_WITHIN_MS, { clock, work: () => everybody('') });
      return calledSo(people, query).slice(0, FOUND);
    },
  };
}

/** Who asks for the same while the answer is on its way gets the same. */
function shareInFlight<T>(load: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const flying = new Map<string, Promise<T>>();
  return (id) => {
    const known = flying.get(id);
    if (known) return known;
    const answer = load(id).finally(() => flying.delete(id));
    flying.set(id, answer);
    return answer;
  };
}

interface Deadline<T> {
  clock: Clock;
  /** Learns when nobody waits any more. */
  work: (isLate: () => boolean) => Promise<T>;
}

async function within<T>(ms: number, { clock, work }: Deadline<T>): Promise<T> {
  let isLate = false;
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => {
      isLate = true;
      reject(new Error('Slack did not answer in time'));
    });
  });
  try {
    return await Promise.race([work(() => isLate), late]);
  } finally {
    cancel();
  }
}

interface MemberQuery {
  channel: string;
  user: string;
  isLate: () => boolean;
}

async function isAmongMembers(reader: WebClient, { channel, user, isLate }: MemberQuery): Promise<boolean> {
  let cursor = '';
  for (let page = 0; page < MAX_PAGES && !isLate(); page += 1) {
    const asked = { channel, limit: MEMBERS_PAGE, ...(cursor ? { cursor } : {}) };
    const { members, response_metadata } = await reader.conversations.members(asked);
    if (!members) break;
    if (members.includes(user)) return true;
    cursor = response_metadata?.next_cursor ?? '';
    if (cursor === '') return false;
  }
  throw new Error(`Slack did not say who is in ${channel}`);
}

interface Listed {
  person: Person;
  /** Every name they go by, as `plain` has it. */
  names: string[];
}

/** The members and guests of the workspace. */
async function listPeople({ reader, clock, teamId }: Listing): Promise<Listed[]> {
  const people: Listed[] = [];
  let cursor = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const asked = { limit: USERS_PAGE, ...(cursor ? { cursor } : {}) };
    const { members = [], response_metadata } = await patiently(clock, () => reader.users.list(asked));
    people.push(...members.flatMap((member) => listed(member, teamId) ?? []));
    cursor = response_metadata?.next_cursor ?? '';
    if (cursor === '') return people;
  }
  throw new Error('Slack did not come to the end of the people of the workspace');
}

interface Listing {
  reader: WebClient;
  clock: Clock;
  teamId: string;
}

function listed(user: SlackUser, teamId: string): Listed | null {
  const { id, name = '', real_name = '', profile } = user;
  const standing = standingOf(user, teamId);
  if (!id || (standing !== 'member' && standing !== 'guest')) return null;
  const names = [name, real_name, profile?.display_name ?? '', profile?.real_name ?? ''].map(plain);
  return { person: { id, name: nameOf(user) || id, standing }, names };
}

/** `U0ANA`, `<@U0ANA>`, `<@U0ANA|ana>`, and `@Ana (U0ANA)`, as the agent reads a mention. */
function idIn(query: string): string | null {
  const [, id = null] = /^(?:<@|@?[^()]*\()?([UW][A-Z0-9]{5,})(?:\|[^<>]*)?[>)]?$/.exec(query.trim()) ?? [];
  return id;
}

/** Those who are called exactly so; where nobody is, those with a name that begins so. */
function calledSo(people: Listed[], query: string): Person[] {
  const wanted = plain(query.trim().replace(/^@/, ''));
  if (wanted === '') return [];
  const exact = people.filter(({ names }) => names.includes(wanted));
  const begin = () =>
    people.filter(({ names }) => names.some((name) => name.startsWith(wanted) || name.includes(` ${wanted}`)));
  return (exact.length > 0 ? exact : begin()).map(({ person }) => person);
}

/** Names are written with and without accents and capitals. */
function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}
