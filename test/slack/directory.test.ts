import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { createBoltLog } from '../../src/slack/bolt-log.ts';
import { createReader } from '../../src/slack/clients.ts';
import { createDirectory } from '../../src/slack/directory.ts';
import { type SlackUser, standingOf } from '../../src/slack/standing.ts';
import type { Directory } from '../../src/thread/gate-ports.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';

const ANA = 'U0ANA00001';
const BEN = 'U0BEN00002';
const ELI = 'U0ELI00005';
const GUS = 'U0GUS00006';
const GENERAL = 'C0GENERAL1';
const ONCALL = 'S0ONCALL01';

let slack: SlackServer;
let clock: ReturnType<typeof manualClock>;
let directory: Directory;

const callsTo = (method: string) => slack.calls().filter((call) => call.method === method).length;
const fail = (method: string, fault: Record<string, unknown>, next = 1) =>
  slack.faults.apply({ calls: [{ method, next, fault }] });

beforeEach(async () => {
  slack = await startSlackServer();
  clock = manualClock();
  const logger = createBoltLog(pino({ level: 'silent' }));
  directory = createDirectory({
    reader: createReader(slack.botToken, { apiUrl: slack.apiUrl, logger }),
    identity: () => ({ botUserId: slack.botUserId, botId: slack.botId, teamId: slack.teamId }),
    clock,
  });
});

afterEach(() => slack.stop());

describe('a person', () => {
  it.each([
    ['a member', ANA, 'Ana', 'member'],
    ['a guest', GUS, 'Gus', 'guest'],
    ['somebody of another company', ELI, 'Eli', 'outsider'],
    ['nobody', 'U0NOBODY01', 'U0NOBODY01', 'gone'],
  ])('is %s', async (_, id, name, standing) => {
    expect(await directory.person(id)).toEqual({ id, name, standing });
  });

  it('may be a bot, as we are', async () => {
    expect(await directory.person(slack.botUserId)).toMatchObject({ standing: 'bot' });
  });

  it('is asked for once by all who ask at the same time', async () => {
    await Promise.all([ANA, ANA, BEN].map((id) => directory.person(id)));
    expect(callsTo('users.info')).toBe(2);
  });

  it('is asked for anew each time, since much can change in a second', async () => {
    expect(await directory.person(ANA)).toMatchObject({ standing: 'member' });
    slack.act.setPerson({ user: ANA, guest: true });
    expect(await directory.person(ANA)).toMatchObject({ standing: 'guest' });
    slack.act.setPerson({ user: ANA, deleted: true });
    expect(await directory.person(ANA)).toMatchObject({ standing: 'gone' });
  });

  it.each([{ type: 'error', error: 'internal_error' }, { type: 'rate_limited', retry_after_s: 1 }, { type: 'html' }])(
    'is nobody in particular when Slack cannot say: %j',
    async (fault) => {
      fail('users.info', fault, 0);
      await expect(directory.person(ANA)).rejects.toThrow();
    },
  );

  it('is not waited for longer than a click can wait', async () => {
    fail('users.info', { type: 'slow', ms: 200 });
    const asked = directory.person(ANA);
    const refused = expect(asked).rejects.toThrow('in time');
    clock.advance(1_999);
    clock.advance(1);
    await refused;
  });

  it('of an Enterprise organisation belongs to its workspaces; who lacks a workspace belongs to none', () => {
    const someone: SlackUser = { id: 'U1', team_id: 'T2' };
    expect(standingOf({ ...someone, enterprise_user: { teams: ['T1', 'T2'] } }, 'T1')).toBe('member');
    expect(standingOf(someone, 'T1')).toBe('outsider');
    expect(standingOf({ id: 'U1' }, 'T1')).toBe('outsider');
    expect(standingOf({ id: 'USLACKBOT', team_id: 'T1' }, 'T1')).toBe('bot');
    expect(standingOf({ id: 'U1', team_id: 'T1', is_ultra_restricted: true }, 'T1')).toBe('guest');
    expect(standingOf({ id: 'U1', team_id: 'T1', is_restricted: true, is_stranger: true }, 'T1')).toBe('outsider');
  });
});

describe('members of a channel', () => {
  it('are found on whatever page they are, and no page is read after that', async () => {
    slack.faults.apply({ page_size: 2 });
    expect(await directory.isMember(GENERAL, ANA)).toBe(true);
    expect(callsTo('conversations.members')).toBe(1);
    expect(await directory.isMember(GENERAL, 'U0DEV00004')).toBe(true);
    expect(callsTo('conversations.members')).toBe(3);
    expect(await directory.isMember(GENERAL, ELI)).toBe(false);
  });

  it('are asked for once by all who ask at the same time', async () => {
    expect(await Promise.all([1, 2, 3].map(() => directory.isMember(GENERAL, ANA)))).toEqual([true, true, true]);
    expect(callsTo('conversations.members')).toBe(1);
  });

  it('are those who are in it now', async () => {
    slack.act.leaveChannel({ user: BEN, channel: GENERAL });
    expect(await directory.isMember(GENERAL, BEN)).toBe(false);
  });

  it('of a direct message are the one person it is with', async () => {
    expect(await directory.isMember('D0DIRECT01', ANA)).toBe(true);
    expect(await directory.isMember('D0DIRECT01', BEN)).toBe(false);
  });

  it('are unknown, not absent, when Slack does not show the channel', async () => {
    await expect(directory.isMember('C0NOWHERE1', ANA)).rejects.toThrow('channel_not_found');
  });

  it('are not read on when nobody waits any more', async () => {
    slack.faults.apply({ page_size: 1 });
    fail('conversations.members', { type: 'slow', ms: 100 });
    const refused = expect(directory.isMember(GENERAL, ELI)).rejects.toThrow('in time');
    clock.advance(2_000);
    await refused;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(callsTo('conversations.members')).toBe(1);
  });
});

describe('a user group', () => {
  it('is asked for anew each time, and once for all who ask at the same time', async () => {
    const [first, second] = await Promise.all([directory.group(ONCALL), directory.group(ONCALL)]);
    expect(first).toEqual(second);
    expect(callsTo('usergroups.users.list')).toBe(1);
    slack.act.setGroup({ group: ONCALL, users: [ANA] });
    expect(await directory.group(ONCALL)).toEqual([ANA]);
  });

  it('is as it was within the last minute when Slack does not want to be asked so often', async () => {
    fail('usergroups.users.list', { type: 'rate_limited', retry_after_s: 1 });
    await expect(directory.group(ONCALL)).rejects.toThrow();
    const before = await directory.group(ONCALL);
    slack.act.setGroup({ group: ONCALL, users: [ANA] });
    fail('usergroups.users.list', { type: 'rate_limited', retry_after_s: 1 }, 0);
    clock.advance(59_999);
    expect(await directory.group(ONCALL)).toEqual(before);
    clock.advance(1);
    await expect(directory.group(ONCALL)).rejects.toThrow();
  });

  it('that does not exist is no empty one, and is asked for again', async () => {
    await expect(directory.group('S0NOWHERE1')).rejects.toThrow('no_such_subteam');
    fail('usergroups.users.list', { type: 'error', error: 'internal_error' });
    await expect(directory.group(ONCALL)).rejects.toThrow();
    expect(await directory.group(ONCALL)).not.toEqual([]);
  });
});

describe('finding people', () => {
  const ids = async (query: string) => (await directory.find(query)).map(({ id }) => id);

  it.each([
    ['an id', ANA],
    ['a mention', `<@${ANA}>`],
    ['a mention with a name', `<@${ANA}|ana>`],
    ['a mention as the agent reads it', `@Ana (${ANA})`],
    ['a display name', 'Ana'],
    ['a name behind an at sign', '@ana'],
    ['a real name', 'ana silva'],
    ['the name without its accents', 'Ána'],
    ['the beginning of a name', 'An'],
    ['a family name', 'silva'],
  ])('by %s', async (_, query) => {
    expect(await ids(query)).toEqual([ANA]);
  });

  it('gives guests as such, and neither bots, nor others’ people, nor those who left', async () => {
    slack.act.setPerson({ user: BEN, deleted: true });
    expect(await directory.find('Gus')).toMatchObject([{ id: GUS, standing: 'guest' }]);
    expect(await ids('Drawbridge')).toEqual([]);
    expect(await ids('Eli')).toEqual([]);
    expect(await ids('Ben')).toEqual([]);
    expect(await ids(BEN)).toEqual([]);
    expect(await ids('U0NOBODY01')).toEqual([]);
    expect(await ids('@')).toEqual([]);
  });

  it('prefers who is called exactly so', async () => {
    // `b` begins one name only, `Ben` is one.
    expect(await ids('b')).toEqual([BEN]);
    expect(await ids('ben')).toEqual([BEN]);
  });

  it('reads all pages of the people once in five minutes, and again at once after a failure', async () => {
    slack.faults.apply({ page_size: 3 });
    fail('users.list', { type: 'error', error: 'fatal_error' });
    await expect(directory.find('Gus')).rejects.toThrow();
    expect(await ids('Gus')).toEqual([GUS]);
    const calls = callsTo('users.list');
    expect(await ids('Ana')).toEqual([ANA]);
    expect(callsTo('users.list')).toBe(calls);
    clock.advance(300_000);
    await ids('Ana');
    expect(callsTo('users.list')).toBeGreaterThan(calls);
  });
});
