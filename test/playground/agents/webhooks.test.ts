import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../eventually.ts';
import { manualClock } from '../slack/manual-clock.ts';
import { startRig } from './rig.ts';

interface Taken {
  body: string;
  headers: IncomingHttpHeaders;
}

/** An address that takes webhooks, and answers each as told. */
async function startEndpoint(statuses: number[] = []) {
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    taken.push({ body, headers: request.headers });
    response.writeHead(statuses.shift() ?? 204, { location: 'http://127.0.0.1:1/' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { taken, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const { webhooks } = new Anthropic({ apiKey: 'none' }).beta;
const unwrapped = ({ body, headers }: Taken, key: string) =>
  webhooks.unwrap(body, { key, headers: headers as Record<string, string> });

test('what a session does is told by name and id only, signed so that the SDK believes it', async () => {
  const { taken, url } = await startEndpoint();
  const { server, client, createSession } = await startRig();
  const { key } = server.webhooks;
  server.webhooks.deliverTo(url);
  const session = await createSession();
  await client.beta.sessions.events.send(session.id, {
    events: [{ type: 'user.message', content: [{ type: 'text', text: 'hello' }] }],
  });
  await eventually(() => expect(taken.length).toBeGreaterThanOrEqual(3));
  const events = taken.map((each) => unwrapped(each, key));
  expect(events.map(({ data }) => data.type).sort()).toEqual([
    'session.status_idled',
    'session.status_run_started',
    'session.thread_idled',
  ]);
  const idled = events.find(({ data }) => data.type === 'session.status_idled');
  expect(idled).toEqual({
    type: 'event',
    id: expect.stringMatching(/^whe_/),
    created_at: expect.any(String),
    data: {
      type: 'session.status_idled',
      id: session.id,
      organization_id: expect.any(String),
      workspace_id: expect.any(String),
    },
  });
  expect(() => unwrapped(taken[0] as Taken, `whsec_${btoa('another')}`)).toThrow('No matching signature');
});

test('a doubled one has the same id', async () => {
  const { taken, url } = await startEndpoint();
  const { server, client, createSession } = await startRig();
  const { key } = server.webhooks;
  server.webhooks.deliverTo(url);
  server.faults.apply({ doubleWebhooks: true, reorderWebhooksMs: 20 });
  const session = await createSession();
  await client.beta.sessions.update(session.id, { title: 'x' });
  await eventually(() => expect(taken).toHaveLength(2));
  expect(new Set(taken.map((each) => unwrapped(each, key).id)).size).toBe(1);
});

test('one that is not taken is tried three times, signed anew, and then dropped', async () => {
  const clock = manualClock(Date.now());
  const { taken, url } = await startEndpoint([500, 503, 500]);
  const { server, client, createSession } = await startRig({ clock });
  server.webhooks.deliverTo(url);
  const session = await createSession();
  await client.beta.sessions.update(session.id, { title: 'x' });
  for (const count of [1, 2, 3]) {
    await eventually(() => expect(server.webhooks.deliveries()[0]?.answers).toHaveLength(count));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
  }
  clock.advance(600_000);
  expect(server.webhooks.deliveries()[0]?.answers).toEqual([500, 503, 500]);
  expect(new Set(taken.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
});

test('a redirect ends it all', async () => {
  const { taken, url } = await startEndpoint([302]);
  const { server, client, createSession } = await startRig();
  server.webhooks.deliverTo(url);
  const session = await createSession();
  await client.beta.sessions.update(session.id, { title: 'x' });
  await eventually(() => expect(server.webhooks.deliveries()[0]?.answers).toEqual([302]));
  await client.beta.sessions.update(session.id, { title: 'y' });
  expect(server.webhooks.deliveries()).toHaveLength(1);
  expect(taken).toHaveLength(1);
});
