import { request } from 'node:http';
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, botClient, GENERAL } from './bolt-app.ts';

let slack: SlackServer;
const agentFaults: unknown[] = [];
const takeAgentFaults = (json: unknown) => {
  if (JSON.stringify(json).includes('fire')) throw new Error('agents.streams: there is no such fault');
  agentFaults.push(json);
};

beforeEach(async () => {
  agentFaults.length = 0;
  const page = new Hono().get('/', (c) => c.text('the page'));
  slack = await startSlackServer({ page, faults: takeAgentFaults });
});

afterEach(() => slack.stop());

async function post(path: string, body: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${slack.url}/playground/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
}

test('a script can be a person', async () => {
  const { json } = await post('messages', { user: ANA, channel: GENERAL, text: 'Hello @ben & @nobody, see #data.' });
  expect(json).toEqual({ ok: true, ts: expect.stringMatching(/^\d{10}\.\d{6}$/) });
  const state = await (await fetch(`${slack.url}/playground/state`)).json();
  expect(state).toMatchObject({
    bot: { user_id: slack.botUserId },
    agent: 'scripted',
    users: expect.arrayContaining([{ id: ANA, name: 'Ana', is_bot: false }]),
    channels: expect.arrayContaining([
      expect.objectContaining({
        id: GENERAL,
        name: 'general',
        is_im: false,
        messages: [expect.objectContaining({ text: 'Hello <@U0BEN00002> &amp; @nobody, see <#C0DATA0003|data>.' })],
      }),
    ]),
  });
});

test('what cannot be done is refused with a sentence', async () => {
  const refused = async (path: string, body: unknown) => {
    const { status, json } = await post(path, body);
    expect(status).toBe(400);
    const { ok, error, message } = json as { ok: boolean; error: string; message: string };
    expect(ok).toBe(false);
    expect(message.length).toBeGreaterThan(10);
    return error;
  };
  const say = (fields: object) => refused('messages', { user: ANA, channel: GENERAL, text: 'a', ...fields });
  expect(await say({ user: 'U0NOBODY00' })).toBe('user_not_found');
  expect(await say({ user: slack.botUserId })).toBe('not_a_person');
  expect(await say({ channel: 'C0NOWHERE0' })).toBe('channel_not_found');
  expect(await say({ user: 'U0ELI00005' })).toBe('not_in_channel');
  expect(await say({ text: '  ' })).toBe('no_text');
  expect(await say({ thread_ts: '1.2' })).toBe('message_not_found');
  expect(await say({ text: 7 })).toBe('bad_request');
  expect(await refused('stop', { user: ANA, channel: GENERAL, thread_ts: '1.2' })).toBe('nothing_to_stop');
  expect(await refused('faults', { slack: { calls: [{ method: 'x', fault: { type: 'fire' } }] } })).toBe('bad_request');
  expect(await refused('faults', { agents: { streams: 'fire' } })).toBe('bad_request');
});

test('faults are handed to whom they concern', async () => {
  await post('faults', { slack: { calls: [{ method: 'auth.test', fault: { type: 'http_500' } }] }, agents: { a: 1 } });
  expect(agentFaults).toEqual([{ a: 1 }]);
  await expect(botClient(slack).auth.test()).rejects.toMatchObject({ statusCode: 500 });
});

test('changes and traffic come as they happen', async () => {
  const response = await fetch(`${slack.url}/playground/events`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const read = async (until: string) => {
    while (!text.includes(until)) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += value;
    }
  };
  await read(': open');
  slack.act.say({ user: ANA, channel: GENERAL, text: 'hello there' });
  await botClient(slack).auth.test();
  await read('"auth.test"');
  expect(text).toContain('event: change');
  expect(text).toContain('hello there');
  await reader?.cancel();

  const traffic = await (await fetch(`${slack.url}/playground/traffic`)).text();
  expect(traffic).toContain('auth.test');
  expect(traffic).not.toContain(slack.botToken);
});

test('other origins and other names for this machine are turned away', async () => {
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const call = request(`${slack.url}/playground/state`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject).end();
    });
  const { host } = new URL(slack.url);
  expect(await status({ host })).toBe(200);
  expect(await status({ host, origin: slack.url })).toBe(200);
  expect(await status({ host, origin: 'http://evil.example' })).toBe(403);
  expect(await status({ host, origin: 'null' })).toBe(403);
  expect(await status({ host: 'evil.example' })).toBe(403);
});

test('the page is served at the root', async () => {
  await eventually(async () => expect(await (await fetch(slack.url)).text()).toBe('the page'));
});
