import type { Channel, ChannelKind, Group, User } from './model.ts';

/** The workspace a newcomer finds: a small team, a guest, one partner from another company, and the bot. */
export interface Identity {
  team: { id: string; name: string; domain: string };
  botUserId: string;
  botId: string;
  appId: string;
  botName: string;
}

export const IDENTITY: Identity = {
  team: { id: 'T0PLAYGRND', name: 'Playground', domain: 'playground' },
  botUserId: 'U0DRAWBRDG',
  botId: 'B0DRAWBRDG',
  appId: 'A0DRAWBRDG',
  botName: 'Drawbridge',
};

const OTHER_TEAM_ID = 'T0PARTNERS';
const GUEST_ID = 'U0GUS00006';

const person = (id: string, realName: string, teamId = IDENTITY.team.id): User => ({
  id,
  name: realName.split(' ')[0] ?? realName,
  realName,
  teamId,
  isBot: false,
  deleted: false,
});

export function seedUsers(): User[] {
  return [
    person('U0ANA00001', 'Ana Silva'),
    person('U0BEN00002', 'Ben Okafor'),
    person('U0CHI00003', 'Chiara Rossi'),
    person('U0DEV00004', 'Dev Patel'),
    person('U0ELI00005', 'Eli Partner', OTHER_TEAM_ID),
    { ...person(GUEST_ID, 'Gus Guest'), guest: 'multi_channel' },
    {
      id: IDENTITY.botUserId,
      name: IDENTITY.botName,
      realName: IDENTITY.botName,
      teamId: IDENTITY.team.id,
      isBot: true,
      deleted: false,
    },
  ];
}

export function seedGroups(): Group[] {
  return [{ id: 'S0ONCALL01', handle: 'oncall', name: 'On call', users: ['U0CHI00003', 'U0DEV00004'] }];
}

const channel = (id: string, name: string, kind: ChannelKind, members: string[]): Channel => ({
  id,
  name,
  kind,
  members,
  archived: false,
  shared: false,
  messages: [],
  ephemerals: [],
});

export function seedChannels(users: User[]): Channel[] {
  const home = users.filter((user) => user.teamId === IDENTITY.team.id);
  const own = home.filter((user) => !user.guest).map((user) => user.id);
  const people = home.filter((user) => !user.isBot);
  const locals = people.filter((user) => !user.guest);
  const [first, second] = locals.map((user) => user.id);
  return [
    channel('C0GENERAL1', 'general', 'channel', own),
    // A guest sees only the channels they were asked into.
    channel('C0OPS00002', 'ops', 'channel', [...own, GUEST_ID]),
    channel('C0DATA0003', 'data', 'channel', own),
    {
      ...channel(
        'C0PARTNER4',
        'partners',
        'channel',
        users.filter((user) => !user.guest).map((user) => user.id),
      ),
      shared: true,
    },
    // The bot is not here: mentions reach it only after somebody adds it.
    channel(
      'C0RANDOM05',
      'random',
      'channel',
      locals.map((user) => user.id),
    ),
    { ...channel('C0ARCHIVE6', 'launch-2019', 'channel', own), archived: true },
    channel(
      'G0GROUPDM1',
      'mpdm-ana--ben--drawbridge-1',
      'mpim',
      [first, second, IDENTITY.botUserId].flatMap((id) => id ?? []),
    ),
    ...people.map((user, index) => channel(`D0DIRECT0${index + 1}`, user.name, 'im', [user.id, IDENTITY.botUserId])),
  ];
}
