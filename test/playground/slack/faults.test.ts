import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SlackFaultSettings } from '../../../src/playground/slack/faults.ts';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, botClient, GENERAL, refusalOf, startBoltApp } from './bolt-app.ts';

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => slack.stop());

type CallFault = NonNullable<SlackFaultSettings['calls']>[number]['fault'];

const fail = (fault: CallFault, next = 1) =>
  slack.faults.apply({ calls: [{ method: 'chat.postMessage', next, fault }] });
const post = () => botClient(slack).chat.postMessage({ channel: GENERAL, text: 'hi' });
const stored = () => slack.state().channels.find(({ id }) => id === GENERAL)?.messages.length;

test('a call fails before or after its message is stored', async () => {
  fail({ type: 'http_500' });
  await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_http_error', statusCode: 500 });
  expect(stored()).toBe(0);
  fail({ type: 'http_500', when: 'after' });
  await expect(post()).rejects.toMatchObject({ statusCode: 500 });
  expect(stored()).toBe(1);
  fail({ type: 'reset', when: 'after' });
  await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
  expect(stored()).toBe(2);
  await post();
  expect(stored()).toBe(3);
});

test('a call is refused by name, rate-limited, redirected, or answered with a page', async () => {
  fail({ type: 'error', error: 'restricted_action' }, 2);
  expect(await refusalOf(post())).toBe('restricted_action');
  expect(await refusalOf(post())).toBe('restricted_action');
  fail({ type: 'rate_limited', retry_after_s: 7 });
  await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
  fail({ type: 'redirect' });
  await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
  fail({ type: 'html' });
  expect(await refusalOf(post())).toContain('<html>');
  expect(stored()).toBe(0);
});

test('faults until cleared end when they are cleared', async () => {
  fail({ type: 'http_500' }, 0);
  await expect(post()).rejects.toThrow();
  await expect(post()).rejects.toThrow();
  slack.faults.apply({ clear: true });
  await expect(post()).resolves.toMatchObject({ ok: true });
});

test('a slow call is answered late but rightly', async () => {
  fail({ type: 'slow', ms: 50, when: 'after' });
  await expect(post()).resolves.toMatchObject({ ok: true });
  expect(slack.calls().at(-1)).toMatchObject({ method: 'chat.postMessage', httpStatus: 200, token: 'bot' });
});

test('what is not a fault is refused', () => {
  expect(() => slack.faults.apply({ call: [] })).toThrow();
});

test('a stock Bolt app lives through bad frames and a cut connection', async () => {
  const heard: string[] = [];
  const app = await startBoltApp(slack, (bolt) => {
    bolt.message(async ({ message }) => {
      heard.push('text' in message ? String(message.text) : '');
    });
  });
  slack.faults.apply({ forge: ['bad_json'], disconnect: 'abrupt' });
  slack.act.say({ user: ANA, channel: GENERAL, text: 'still there?' });
  await eventually(() => expect(heard).toEqual(['still there?']));
  await app.stop();
});

test('every answer names the scopes that were granted: those of the manifest, until it is told otherwise', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../manifest/manifest.json', import.meta.url), 'utf8'));
  const granted = async () => (await botClient(slack).auth.test()).response_metadata?.scopes;
  expect(await granted()).toEqual(manifest.oauth_config.scopes.bot);
  slack.faults.apply({ granted: ['chat:write'] });
  expect(await granted()).toEqual(['chat:write']);
});

test('a distributed app reads threads and channels once a minute each, fifteen messages at once', async () => {
  const root = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' }).ts;
  for (let count = 0; count < 20; count += 1) {
    slack.act.say({ user: ANA, channel: GENERAL, text: `${count}`, thread_ts: root });
  }
  slack.faults.apply({ distributed: true });
  const { conversations } = botClient(slack);
  const replies = () => conversations.replies({ channel: GENERAL, ts: root, limit: 200 });
  const page = await replies();
  // The root is one more, as on every page.
  expect(page.messages).toHaveLength(16);
  expect(page.has_more).toBe(true);
  await expect(replies()).rejects.toMatchObject({ retryAfter: 60 });
  await expect(conversations.history({ channel: GENERAL })).resolves.toMatchObject({ ok: true });
  await expect(conversations.history({ channel: GENERAL })).rejects.toMatchObject({ retryAfter: 60 });
  await expect(post()).resolves.toMatchObject({ ok: true });
});
