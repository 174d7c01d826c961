import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { ANA, botClient, GENERAL, refusalOf, startBoltApp } from './bolt-app.ts';

const DM = 'D0DIRECT01';

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

/** Installs the app again without these. */
function without(...names: string[]): void {
  const { scopes, events } = slack.installed();
  slack.install({
    scopes: scopes.filter((scope) => !names.includes(scope)),
    events: events.filter((event) => !names.includes(event)),
  });
}

const events = () =>
  slack.deliveries().map(({ payload }) => {
    const { event } = payload as { event: { type: string; text?: string } };
    return `${event.type} ${event.text ?? ''}`;
  });

test('a call without its scope is refused with what is needed and what there is', async () => {
  slack.install({ ...slack.installed(), scopes: ['im:history', 'users:read'] });
  await expect(client.chat.postMessage({ channel: GENERAL, text: 'hi' })).rejects.toMatchObject({
    data: { ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'im:history,users:read' },
  });
  expect(await refusalOf(client.users.info({ user: ANA }))).toBe('no refusal');
});

test('the scope for reading a conversation is that of its kind', async () => {
  without('channels:history', 'im:read');
  await expect(client.conversations.history({ channel: GENERAL })).rejects.toMatchObject({
    data: { error: 'missing_scope', needed: 'channels:history' },
  });
  expect(await refusalOf(client.conversations.history({ channel: DM }))).toBe('no refusal');
  expect(await refusalOf(client.conversations.info({ channel: DM }))).toBe('missing_scope');
  expect(await refusalOf(client.conversations.info({ channel: GENERAL }))).toBe('no refusal');
  await expect(client.users.conversations({ types: 'public_channel,im' })).rejects.toMatchObject({
    data: { error: 'missing_scope', needed: 'im:read' },
  });
});

test('a private channel has scopes and a subscription of its own', async () => {
  slack.makePrivate(GENERAL);
  without('groups:history');
  await expect(client.conversations.history({ channel: GENERAL })).rejects.toMatchObject({
    data: { error: 'missing_scope', needed: 'groups:history' },
  });
  expect((await client.conversations.info({ channel: GENERAL })).channel).toMatchObject({ is_private: true });
  const { channels = [] } = await client.users.conversations({ types: 'private_channel' });
  expect(channels.map(({ id }) => id)).toEqual([GENERAL]);
});

test('the conversations the bot is in are listed by kind', async () => {
  const { channels = [] } = await client.users.conversations({ types: 'public_channel', exclude_archived: true });
  expect(channels.map(({ name }) => name)).toEqual(['general', 'ops', 'data', 'partners']);
  expect((await client.users.conversations({ types: 'mpim' })).channels).toHaveLength(1);
});

test('the headers say which scopes a token has, and which a method takes', async () => {
  without('users:read');
  const response = await fetch(`${slack.apiUrl}conversations.info`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}` },
    body: new URLSearchParams({ channel: GENERAL }),
  });
  expect(response.headers.get('x-oauth-scopes')).toBe(slack.installed().scopes.join(','));
  expect(response.headers.get('x-accepted-oauth-scopes')).toBe('channels:read,groups:read,im:read,mpim:read');
  const { response_metadata } = await client.auth.test();
  expect(response_metadata?.scopes).not.toContain('users:read');
});

test('a file cannot be fetched without its scope: the sign-in page comes instead', async () => {
  const files = [{ name: 'a.txt', base64: Buffer.from('hello').toString('base64') }];
  slack.act.say({ user: ANA, channel: GENERAL, text: 'this', files });
  const { messages = [] } = await client.conversations.history({ channel: GENERAL });
  const url = messages[0]?.files?.[0]?.url_private_download ?? '';
  const get = async () => (await fetch(url, { headers: { authorization: `Bearer ${slack.botToken}` } })).text();
  expect(await get()).toBe('hello');
  without('files:read');
  expect(await get()).toContain('This browser is no longer supported.');
});

test('the app hears what it subscribes to and has the scope for', async () => {
  app = await startBoltApp(slack, () => {});
  without('message.channels');
  slack.act.say({ user: ANA, channel: GENERAL, text: 'one' });
  without('im:history');
  slack.act.say({ user: ANA, channel: DM, text: 'two' });
  slack.act.say({ user: ANA, channel: GENERAL, text: '@Drawbridge three' });
  // What is sent to anybody is sent in order.
  await expect.poll(() => events().length).toBeGreaterThan(0);
  expect(events()).toEqual([`app_mention <@${slack.botUserId}> three`]);
});

test('an app that does not hear of the stop button is warned whenever it shows one', async () => {
  without('agent_session_stopped');
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  const answer = await client.agents.sessions.setStatus({ channel_id: GENERAL, thread_ts: ts, status: 'processing' });
  expect(answer.warning).toBe('missing_agent_session_stopped_event_subscription');
});
