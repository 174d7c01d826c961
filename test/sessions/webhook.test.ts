import { createHmac } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWebhook, type Webhook } from '../../src/sessions/webhook.ts';
import type { Sighting } from '../../src/thread/ports.ts';
import { eventually, type Rig, startRig, THREAD } from './rig.ts';

const KEY = `whsec_${btoa('a key of its own')}`;

let rig: Rig;
let webhook: Webhook;
let moved: Sighting[];
let logged: string[];

beforeEach(async () => {
  rig = await startRig();
  moved = [];
  logged = [];
  webhook = createWebhook({
    client: rig.api,
    key: KEY,
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    onMoved: async (sighting) => void moved.push(sighting),
  });
});
afterEach(async () => {
  await webhook.stop();
  await rig.stop();
});

const looks = () => rig.server.records().requests['sessions.retrieve'] ?? 0;

interface SendOptions extends Record<string, unknown> {
  key?: string;
  at?: number;
}

/** As the agents API sends it. */
async function send(body: string, { key = KEY, at = Date.now(), ...headers }: SendOptions = {}): Promise<number> {
  const timestamp = String(Math.floor(at / 1000));
  const secret = Buffer.from(key.slice('whsec_'.length), 'base64');
  const digest = createHmac('sha256', secret).update(`whe_1.${timestamp}.${body}`).digest('base64');
  const signed = { 'webhook-id': 'whe_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${digest}` };
  const response = await webhook.take({
    headers: new Headers({ ...signed, ...headers } as Record<string, string>),
    body,
  });
  return response.status;
}

const event = (id: string, type = 'session.status_idled') =>
  JSON.stringify({ type: 'event', id: 'whe_1', created_at: '2026-11-26T00:00:00Z', data: { type, id } });

test('what a session of ours does is reason to look at it, and is answered before that', async () => {
  const session = await rig.open();
  expect(await send(event(session))).toBe(204);
  expect(moved).toEqual([]);
  await eventually(() => expect(moved).toEqual([{ session, thread: THREAD, changedAt: expect.any(String) }]));
});

test.each<[string, SendOptions]>([
  ['with another key', { key: `whsec_${btoa('another')}` }],
  ['six minutes ago', { at: Date.now() - 360_000 }],
  ['in six minutes', { at: Date.now() + 360_000 }],
  ['for another id', { 'webhook-id': 'whe_2' }],
  ['not at all', { 'webhook-signature': '' }],
])('signed %s it is refused, and nothing is looked at', async (_, options) => {
  expect(await send(event(await rig.open()), options)).toBe(401);
  await webhook.stop();
  expect(looks()).toBe(0);
  expect(logged.join('')).toContain('webhook refused');
  expect(logged.join('')).not.toContain(KEY);
});

test('twenty at once are reason for two looks', async () => {
  const session = await rig.open();
  const types = ['session.status_run_started', 'session.status_idled'];
  for (let count = 0; count < 20; count += 1) await send(event(session, types[count % 2]));
  await eventually(() => expect(moved).toHaveLength(2));
  await webhook.stop();
  expect(looks()).toBe(2);
});

test('a session of somebody else is looked at once, and then known', async () => {
  const { id } = await rig.api.beta.sessions.create({
    agent: rig.server.agentId,
    environment_id: rig.server.environmentId,
    betas: ['managed-agents-2026-04-01'],
  });
  await send(event(id));
  await eventually(() => expect(looks()).toBe(1));
  await send(event(id));
  await webhook.stop();
  await send(event(id));
  expect(looks()).toBe(1);
  expect(moved).toEqual([]);
});

test('what is no move, what cannot be read, and what is gone is taken and forgotten', async () => {
  const session = await rig.open();
  expect(await send(event(session, 'session.updated'))).toBe(204);
  expect(await send(event('vlt_1', 'vault.archived'))).toBe(204);
  expect(await send('{"type":"event","of":"another kind"}')).toBe(204);
  expect(looks()).toBe(0);
  expect(await send(event('sesn_gone'))).toBe(204);
  await eventually(() => expect(logged.join('')).toContain('session not looked at'));
  expect(moved).toEqual([]);
});
