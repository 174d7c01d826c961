import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { createBoltLog } from '../../src/slack/bolt-log.ts';
import { createWriter } from '../../src/slack/clients.ts';
import { refusalOf } from '../../src/slack/reply/refusal.ts';

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response));
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
}

// As long as it takes: undici has a clock of its own.
it.concurrent.each([
  ['does not begin to answer', () => {}],
  ['stops in the middle of an answer', (response: ServerResponse) => void response.writeHead(200).write('{"ok":')],
])('a write is given up when Slack %s, and its outcome is unknown', { timeout: 30_000 }, async (_, answer) => {
  const client = createWriter('xoxb-test', {
    apiUrl: await serve(answer),
    logger: createBoltLog(pino({ level: 'silent' })),
  });
  const writing = client.chat.update({ channel: 'C1', ts: '1.1', text: 'hello' });
  const failure = await writing.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(refusalOf(failure)).toBeNull();
});
