import type { App } from '@slack/bolt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import type { ApiCall } from '../../../src/playground/slack/web-api.ts';
import { eventually } from '../../eventually.ts';
import { ANA, GENERAL, startBoltApp } from './bolt-app.ts';

let slack: SlackServer;
let app: App | undefined;

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.stop();
});

test('a stock Bolt app hears a mention as two events and answers in its thread', async () => {
  const heard: { type: string; ts: string; eventId: string }[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.event('app_mention', async ({ event, body, client }) => {
      heard.push({ type: event.type, ts: event.ts, eventId: body.event_id });
      await client.chat.postMessage({ channel: event.channel, thread_ts: event.ts, text: 'Here I am.' });
    });
    bolt.event('message', async ({ event, body }) => {
      heard.push({ type: event.type, ts: event.ts, eventId: body.event_id });
    });
  });

  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: '@Drawbridge are you there?' });

  await eventually(() => {
    expect(heard.map((event) => event.type).sort()).toEqual(['app_mention', 'message']);
    const messages = slack.state().channels.find(({ id }) => id === GENERAL)?.messages ?? [];
    expect(messages.map(({ text }) => text)).toEqual([`<@${slack.botUserId}> are you there?`, 'Here I am.']);
    expect(messages[1]).toMatchObject({ thread_ts: ts, bot_id: slack.botId });
  });
  expect(new Set(heard.map((event) => event.ts))).toEqual(new Set([ts]));
  expect(new Set(heard.map((event) => event.eventId)).size).toBe(2);
});

test('whoever asks hears of each call once it is answered', async () => {
  const heard: ApiCall[] = [];
  const own = await startSlackServer({ tiers: true, onCall: (call) => heard.push(call) });
  const post = (text: string) =>
    fetch(`${own.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own.botToken}` },
      body: new URLSearchParams({ channel: GENERAL, text }),
    });
  for (const text of ['one', 'two', 'three', 'four']) await post(text);
  await own.stop();
  expect(heard.map(({ method, args }) => [method, args.text])).toEqual(
    ['one', 'two', 'three', 'four'].map((text) => ['chat.postMessage', text]),
  );
  expect(heard.map(({ httpStatus, response }) => [httpStatus, response.ok])).toEqual([
    [200, true],
    [200, true],
    [200, true],
    [429, false],
  ]);
});
