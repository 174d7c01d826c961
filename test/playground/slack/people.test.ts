import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { ANA, BEN, botClient, GENERAL, refusalOf, startBoltApp } from './bolt-app.ts';

const CHIARA = 'U0CHI00003';
const DEV = 'U0DEV00004';
const GUS = 'U0GUS00006';
const OPS = 'C0OPS00002';
const ONCALL = 'S0ONCALL01';

let slack: SlackServer;
let client: WebClient;
let app: App | undefined;

beforeEach(async () => {
  slack = await startSlackServer();
  client = botClient(slack);
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.stop();
});

async function postCard(channel = GENERAL): Promise<string> {
  const button = { type: 'button', action_id: 'approve', text: { type: 'plain_text', text: 'Approve' }, value: 'id-1' };
  const blocks = [{ type: 'actions', elements: [button] }];
  const posted = await client.apiCall('chat.postMessage', { channel, text: 'May I?', blocks });
  return 'ts' in posted ? String(posted.ts) : '';
}

/** An app that acknowledges every click and remembers who clicked. */
async function clicks(): Promise<string[]> {
  const by: string[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('approve', async ({ ack, body }) => {
      by.push(body.user.id);
      await ack();
    });
  });
  return by;
}

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${slack.url}/playground/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}

test('a list of people is read page by page and tells guests, strangers and bots from members', async () => {
  const names: (string | undefined)[] = [];
  let cursor = '';
  do {
    const page = await client.users.list({ limit: 4, ...(cursor ? { cursor } : {}) });
    expect(page.members?.length).toBeLessThanOrEqual(4);
    names.push(...(page.members ?? []).map(({ profile }) => profile?.display_name));
    cursor = page.response_metadata?.next_cursor ?? '';
  } while (cursor);
  expect(names).toEqual(['Ana', 'Ben', 'Chiara', 'Dev', 'Eli', 'Gus', 'Drawbridge', 'slackbot']);

  const all = (await client.users.list({})).members ?? [];
  const marks = ({ id, is_bot, is_restricted, is_ultra_restricted, deleted }: (typeof all)[number]) =>
    [id, is_bot && 'bot', is_restricted && 'guest', is_ultra_restricted && 'single', deleted && 'gone'].filter(Boolean);
  expect(all.map(marks).filter(({ length }) => length > 1)).toEqual([
    [GUS, 'guest'],
    [slack.botUserId, 'bot'],
  ]);
  expect(await refusalOf(client.users.list({ cursor: 'bm9wZQ==' }))).toBe('invalid_cursor');
});

test('the members of a channel come in pages, smaller ones than asked for if Slack likes', async () => {
  slack.faults.apply({ page_size: 2 });
  const first = await client.conversations.members({ channel: GENERAL, limit: 200 });
  expect(first.members).toEqual([ANA, BEN]);
  const cursor = first.response_metadata?.next_cursor ?? '';
  const second = await client.conversations.members({ channel: GENERAL, limit: 200, cursor });
  expect(second.members).toEqual([CHIARA, DEV]);
  slack.faults.apply({ page_size: 0 });
  const whole = await client.conversations.members({ channel: GENERAL, limit: 200 });
  expect(whole.response_metadata?.next_cursor).toBe('');
  expect(whole.members).not.toContain(GUS);
  expect((await client.conversations.members({ channel: OPS })).members).toContain(GUS);
});

test('a user group says who is in it, and changes while everything runs', async () => {
  expect((await client.usergroups.list({})).usergroups).toMatchObject([{ id: ONCALL, handle: 'oncall' }]);
  expect((await client.usergroups.list({})).usergroups?.[0]).not.toHaveProperty('users');
  expect((await client.usergroups.list({ include_users: true, include_count: true })).usergroups).toMatchObject([
    { users: [CHIARA, DEV], user_count: 2 },
  ]);
  slack.act.setGroup({ group: ONCALL, users: [DEV] });
  expect((await client.usergroups.users.list({ usergroup: ONCALL })).users).toEqual([DEV]);
  expect(await post('groups', { group: ONCALL, users: [] })).toEqual({ ok: true });
  expect((await client.usergroups.users.list({ usergroup: ONCALL })).users).toEqual([]);
  expect(await refusalOf(client.usergroups.users.list({ usergroup: 'S0NOBODY00' }))).toBe('no_such_subteam');
  expect(await post('groups', { group: 'S0NOBODY00', users: [] })).toMatchObject({ error: 'no_such_group' });
  expect(await post('groups', { group: ONCALL, users: ['U0NOBODY00'] })).toMatchObject({ error: 'user_not_found' });
});

test('somebody deactivated stays in the lists, marked, and can do nothing more', async () => {
  const by = await clicks();
  const ts = await postCard();
  const click = { user: BEN, channel: GENERAL, message_ts: ts, action_id: 'approve' };
  slack.act.setPerson({ user: BEN, deleted: true });
  expect((await client.users.info({ user: BEN })).user).toMatchObject({ deleted: true });
  expect((await client.conversations.members({ channel: GENERAL })).members).toContain(BEN);
  expect(slack.state().users.find(({ id }) => id === BEN)).toMatchObject({ deleted: true });
  await expect(slack.act.click(click)).rejects.toMatchObject({ code: 'user_is_deactivated' });
  expect(() => slack.act.say({ user: BEN, channel: GENERAL, text: 'still here' })).toThrow('deactivated');
  expect(by).toEqual([]);

  await slack.act.click({ ...click, late: true });
  expect(by).toEqual([BEN]);

  expect(await post('people', { user: BEN, deleted: false })).toEqual({ ok: true });
  await slack.act.click(click);
  expect(by).toEqual([BEN, BEN]);
});

test('somebody who left a channel clicks there no more, but what they clicked before may come late', async () => {
  const by = await clicks();
  const ts = await postCard(OPS);
  const click = { user: CHIARA, channel: OPS, message_ts: ts, action_id: 'approve' };
  expect(await post('leaves', { user: CHIARA, channel: OPS })).toEqual({ ok: true });
  expect((await client.conversations.members({ channel: OPS })).members).not.toContain(CHIARA);
  expect(await post('actions', click)).toMatchObject({ error: 'not_in_channel' });
  expect(await post('actions', { ...click, late: true })).toEqual({ ok: true });
  expect(by).toEqual([CHIARA]);
  expect(await post('leaves', { user: CHIARA, channel: OPS })).toMatchObject({ error: 'cannot_leave' });
  slack.act.joinChannel({ user: CHIARA, channel: OPS });
  await slack.act.click(click);
  expect(by).toEqual([CHIARA, CHIARA]);
});

test('a member becomes a guest, and the other way round', async () => {
  const of = async (user: string) => (await client.users.info({ user })).user;
  slack.act.setPerson({ user: ANA, guest: 'single_channel' });
  expect(await of(ANA)).toMatchObject({ is_restricted: true, is_ultra_restricted: true });
  slack.act.setPerson({ user: ANA, guest: true });
  expect(await of(ANA)).toMatchObject({ is_restricted: true, is_ultra_restricted: false });
  slack.act.setPerson({ user: ANA, guest: false });
  expect(await of(ANA)).toMatchObject({ is_restricted: false });
  expect(await post('people', { user: slack.botUserId, guest: true })).toMatchObject({ error: 'not_a_person' });
});

test('a person calls a user group by its handle; a bot may call one that there is', async () => {
  slack.act.say({ user: ANA, channel: GENERAL, text: 'ask @oncall, @nobody' });
  const said = slack
    .state()
    .channels.find(({ id }) => id === GENERAL)
    ?.messages.at(-1);
  expect(said?.text).toBe('ask <!subteam^S0ONCALL01|@oncall>, @nobody');
  await client.chat.postMessage({ channel: GENERAL, text: 'please, <!subteam^S0ONCALL01>' });
  expect(slack.problems()).toEqual([]);
  await client.chat.postMessage({ channel: GENERAL, text: 'please, <!subteam^S0NOBODY00>' });
  expect(slack.problems().join()).toContain('pings everyone');
});
