import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as soon } from 'node:timers/promises';
import { APIError } from '@anthropic-ai/sdk';
import { afterEach, expect, it, vi } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { createClient } from '../../src/sessions/client.ts';
import { type LiveStream, openStream } from '../../src/sessions/open-stream.ts';
import { sessionId } from '../../src/thread/ids.ts';

let server: Server | undefined;
let answers: ServerResponse[] = [];
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  answers = [];
});

/** A stream whose frames the test writes by itself, byte for byte. */
async function start(controller = new AbortController()): Promise<{ stream: LiveStream; say: ServerResponse }> {
  server ??= createServer((_, response) => {
    answers.push(response.writeHead(200, { 'content-type': 'text/event-stream' }));
    response.flushHeaders();
  });
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient({ apiKey: 'sk-ant-test', baseURL });
  const stream = await openStream(sessionId('sesn_1'), { client, clock: realClock, signal: controller.signal });
  return { stream, say: answers.at(-1) as ServerResponse };
}

const frame = (event: string, value: unknown) => `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
const idle = (id: string) => ({ type: 'session.status_idle', id });
const WAIT_MS = 5_000;

it('gives what was said, however it was cut on its way', async () => {
  const { stream, say } = await start();
  const bytes = Buffer.from(`: hello\n\n${frame('session.status_idle', { ...idle('e1'), words: 'grüß dich 🌉' })}`);
  for (const byte of bytes) {
    say.write(Buffer.from([byte]));
    await soon();
  }
  expect(await stream.next(WAIT_MS)).toEqual({ ...idle('e1'), words: 'grüß dich 🌉' });
  say.write(frame('x', idle('e2')) + frame('ping', {}) + frame('x', { no: 'type' }) + frame('x', idle('e3')));
  expect(await stream.next(WAIT_MS)).toEqual(idle('e2'));
  expect(await stream.next(WAIT_MS)).toEqual(idle('e3'));
  expect(await stream.next(20)).toBe('silence');
  say.write(frame('x', idle('e4')));
  expect(await stream.next(WAIT_MS)).toEqual(idle('e4'));
  say.end(frame('x', idle('e5')));
  expect(await stream.next(WAIT_MS)).toEqual(idle('e5'));
  expect(await stream.next(WAIT_MS)).toBe('ended');
});

it.each<[string, (say: ServerResponse) => void, (error: unknown) => boolean]>([
  ['it breaks off', (say) => say.destroy(), (error) => error instanceof Error],
  [
    'the API says that it failed',
    (say) => say.write(frame('error', { type: 'error', error: { type: 'overloaded_error', message: 'later' } })),
    (error) => error instanceof APIError && error.type === 'overloaded_error',
  ],
  [
    'a frame cannot be read',
    (say) => say.write('event: x\ndata: {"secret": \n\n'),
    (error) => error instanceof TypeError && !error.message.includes('secret'),
  ],
])('when %s, what came before is given first', async (_, fail, isIt) => {
  const { stream, say } = await start();
  say.write(frame('x', idle('e1')));
  // Both have come before anybody asks.
  await soon();
  fail(say);
  await vi.waitUntil(() => say.destroyed);
  expect(await stream.next(WAIT_MS)).toEqual(idle('e1'));
  expect(await stream.next(WAIT_MS).catch(isIt)).toBe(true);
});

it('gives nothing that came after what it could not read', async () => {
  const { stream, say } = await start();
  say.write(`${frame('x', idle('e1'))}event: x\ndata: {"half":\n\n${frame('x', idle('e2'))}`);
  expect(await stream.next(WAIT_MS)).toEqual(idle('e1'));
  await expect(stream.next(WAIT_MS)).rejects.toThrow('not JSON');
});

it('hangs up when it is closed, and ends at once when the signal aborts', async () => {
  const closed = await start();
  closed.stream.close();
  await vi.waitUntil(() => closed.say.destroyed);
  const call = new AbortController();
  const { stream, say } = await start(call);
  const waiting = stream.next(WAIT_MS);
  call.abort();
  expect(await waiting).toBe('ended');
  expect(await stream.next(WAIT_MS)).toBe('ended');
  await vi.waitUntil(() => say.destroyed);
  await expect(start(call)).rejects.toThrow();
});

it('loses nothing of more than it lets wait', async () => {
  const { stream, say } = await start();
  const many = 3_000;
  for (let n = 0; n < many; n += 1) say.write(frame('x', idle(`e${n}`)));
  say.end();
  for (let n = 0; n < many; n += 1) expect(await stream.next(WAIT_MS)).toEqual(idle(`e${n}`));
  expect(await stream.next(WAIT_MS)).toBe('ended');
});
