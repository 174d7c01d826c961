import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, botClient, GENERAL } from './bolt-app.ts';
import { manualClock } from './manual-clock.ts';

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => slack.stop());

async function startHttpApp(signingSecret: string, register: (app: App) => void): Promise<{ url: string; app: App }> {
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
  const clientOptions = { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } };
  const app = new App({ token: slack.botToken, receiver, clientOptions, convoStore: false, logLevel: LogLevel.ERROR });
  register(app);
  const server = await app.start(0);
  return { app, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events` };
}

test('a stock HTTP app passes the challenge, hears events and answers clicks', async () => {
  const heard: string[] = [];
  const { app, url } = await startHttpApp(slack.signingSecret, (bolt) => {
    bolt.event('app_mention', async ({ event }) => {
      heard.push(event.text);
    });
    bolt.action('go', async ({ ack }) => {
      await ack();
      heard.push('click');
    });
  });
  await slack.deliverTo(url);
  slack.act.say({ user: ANA, channel: GENERAL, text: '@Drawbridge hi' });
  await eventually(() => expect(heard).toHaveLength(1));
  const posted = await botClient(slack).chat.postMessage({
    channel: GENERAL,
    text: 'a',
    blocks: [
      { type: 'actions', elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }] },
    ],
  });
  await slack.act.click({ user: ANA, channel: GENERAL, message_ts: posted.ts ?? '', action_id: 'go' });
  expect(heard).toEqual([`<@${slack.botUserId}> hi`, 'click']);
  await app.stop();
});

test('an app with another signing secret fails the challenge', async () => {
  const { app, url } = await startHttpApp('another secret', () => {});
  await expect(slack.deliverTo(url)).rejects.toThrow('challenge');
  await app.stop();
});

test('a failing address gets the event again, with the reason, unless it asks not to', async () => {
  const clock = manualClock();
  const seen: (string | undefined)[][] = [];
  const server = createServer((request, response) => {
    const { 'x-slack-retry-num': num, 'x-slack-retry-reason': reason } = request.headers;
    seen.push([num, reason].map(String));
    request.resume();
    response.writeHead(500, seen.length === 2 ? { 'x-slack-no-retry': '1' } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const requestUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const failing = await startSlackServer({ clock, requestUrl });
  failing.act.say({ user: ANA, channel: GENERAL, text: 'hello' });
  await eventually(() => expect(seen).toHaveLength(2));
  expect(seen).toEqual([
    ['undefined', 'undefined'],
    ['1', 'http_error'],
  ]);
  clock.advance(600_000);
  expect(failing.deliveries()).toHaveLength(2);
  await failing.stop();
  server.closeAllConnections();
  server.close();
});
