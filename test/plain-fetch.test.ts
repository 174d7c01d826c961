import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { plainFetch, plainStream } from '../src/plain-fetch.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Sockets of this process, of both ends. */
const connections = () => process.getActiveResourcesInfo().filter((what) => what === 'TCPSocketWrap').length;

interface Heard {
  method: string | undefined;
  contentType: string | undefined;
  body: string;
}

/** A server that answers as it is told, and what it heard. */
async function serve(answer: (response: ServerResponse) => void): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    heard.push({ method: request.method, contentType: request.headers['content-type'], body });
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard };
}

const BOTH = [
  ['plainFetch', plainFetch],
  ['plainStream', plainStream],
] as const;

const decode = (pieces: Uint8Array[]) => Buffer.concat(pieces).toString('utf8');

test('a text is sent and an answer is read, as often as one likes', async () => {
  const { url, heard } = await serve((response) => {
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
  const response = await plainFetch(url, { method: 'POST', headers: { 'content-type': 'x/y' }, body: 'grüß dich' });
  expect(heard).toEqual([{ method: 'POST', contentType: 'x/y', body: 'grüß dich' }]);
  expect(response).toMatchObject({ ok: true, status: 201, url });
  expect(response.headers.get('Content-Type')).toBe('application/json');
  expect(response.headers.get('x-none')).toBeNull();
  expect([...response.headers.entries()]).toContainEqual(['content-type', 'application/json']);
  expect(await response.json()).toEqual({ ok: true });
  expect(await response.text()).toBe('{"ok":true}');
});

test('a refusal and a redirect are answers', async () => {
  const { url, heard } = await serve((response) => {
    response.writeHead(heard.length === 1 ? 429 : 302, { 'retry-after': '3', location: '/elsewhere' }).end();
  });
  const refused = await plainFetch(url);
  expect(refused).toMatchObject({ ok: false, status: 429 });
  expect(refused.headers.get('retry-after')).toBe('3');
  await refused.text();
  expect(await plainFetch(url)).toMatchObject({ ok: false, status: 302 });
  expect(heard.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test('a stream that is refused says why', async () => {
  const { url } = await serve((response) => response.writeHead(404, { 'x-why': 'gone' }).end('{"error":{}}'));
  const response = await plainStream(url, { headers: new Headers({ accept: 'text/event-stream' }) });
  expect(response).toMatchObject({ ok: false, status: 404, statusText: 'Not Found', url });
  expect(response.headers.get('x-why')).toBe('gone');
  expect(await response.json()).toEqual({ error: {} });
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await expect(plainStream(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(plainStream(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
});

test('a form goes out as a form', async () => {
  const { url, heard } = await serve((response) => response.end('ok'));
  const form = new FormData();
  form.set('file', new File(['bytes'], 'a.txt'));
  const response = await plainFetch(url, { method: 'POST', body: form });
  expect(await response.text()).toBe('ok');
  expect(heard[0]?.contentType).toMatch(/^multipart\/form-data/);
  expect(heard[0]?.body).toContain('bytes');
});

test.each([
  ['its head', () => {}],
  ['the rest of it', (response: ServerResponse) => void response.writeHead(200).write('half')],
])('an answer is not waited for without end: %s', async (_, answer) => {
  const { url } = await serve(answer);
  const asking = async () => (await plainFetch(url, { silenceMs: 50 })).text();
  await expect(asking()).rejects.toMatchObject({ code: expect.stringMatching(/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/) });
});

test.each(BOTH)('a body is read as it comes, to its end (%s)', async (_, ask) => {
  let say: ServerResponse | undefined;
  const { url } = await serve((response) => {
    say = response.writeHead(200);
    say.write('one ');
  });
  const { body } = await ask(url);
  const pieces: Uint8Array[] = [];
  for await (const piece of body ?? []) {
    pieces.push(piece);
    if (decode(pieces) === 'one ') say?.write('two ');
    else say?.end();
  }
  expect(decode(pieces)).toBe('one two ');
});

test.each(BOTH)('a body that breaks off fails when all that came of it has been read (%s)', async (_, ask) => {
  const { url } = await serve((response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('half', () => response.destroy());
  });
  const { body } = await ask(url);
  const pieces: Uint8Array[] = [];
  const reading = async () => {
    for await (const piece of body ?? []) pieces.push(piece);
  };
  await expect(reading()).rejects.toThrow();
  expect(decode(pieces)).toBe('half');
});

test.each(BOTH)('a body that broke off before anybody came to read it fails (%s)', async (_, ask) => {
  let say: ServerResponse | undefined;
  const { url } = await serve((response) => {
    say = response.writeHead(200, { 'content-length': '1000' });
    say.write('half');
  });
  const { body } = await ask(url);
  say?.destroy();
  // The other end of the connection is in this process: it has gone once nothing is open any more.
  await vi.waitUntil(() => connections() === 0);
  await expect(body?.[Symbol.asyncIterator]().next()).rejects.toThrow();
});

/** A server that leaves its first request without an answer, and goes on with all others until they hang up. */
async function goOnAndOn(): Promise<{ url: string; heard: Heard[]; left(): number }> {
  let left = 0;
  const { url, heard } = await serve((response) => {
    response.on('close', () => {
      left += 1;
    });
    if (heard.length > 1) response.writeHead(200).write('on and on');
  });
  return { url, heard, left: () => left };
}

test.each(BOTH)('a signal ends a request, and a reader that leaves hangs up (%s)', async (_, ask) => {
  const { url, heard, left } = await goOnAndOn();
  const early = new AbortController();
  const asking = ask(url, { signal: early.signal });
  await vi.waitUntil(() => heard.length === 1);
  early.abort();
  await expect(asking).rejects.toMatchObject({ name: 'AbortError' });

  const { body } = await ask(url);
  for await (const _ of body ?? []) break;
  await vi.waitUntil(() => left() === 2);
});

test('a signal ends a body, whether somebody reads it or not', async () => {
  const { url, heard, left } = await goOnAndOn();
  void plainFetch(url).catch(() => {});
  await vi.waitUntil(() => heard.length === 1);
  const late = new AbortController();
  const { body } = await plainFetch(url, { signal: late.signal });
  const reading = async () => {
    for await (const _ of body ?? []) late.abort();
  };
  await expect(reading()).rejects.toMatchObject({ name: 'AbortError' });

  const unread = new AbortController();
  await plainFetch(url, { signal: unread.signal });
  unread.abort();
  await vi.waitUntil(() => left() === 2);
});

test('a stream that nobody reads is ended by destroying it', async () => {
  const { url, heard, left } = await goOnAndOn();
  void plainFetch(url).catch(() => {});
  await vi.waitUntil(() => heard.length === 1);
  const { body } = await plainStream(url);
  body.source.destroy();
  await vi.waitUntil(() => left() === 1);
});

test.each(BOTH)('what nobody reads yet is not fetched without end (%s)', async (_, ask) => {
  const PIECE = Buffer.alloc(65_536);
  let sent = 0;
  let isStuck = false;
  const { url } = await serve((response) => {
    response.writeHead(200);
    const write = () => {
      while (sent < 1_000) {
        sent += 1;
        if (!response.write(PIECE)) {
          isStuck = true;
          response.once('drain', () => {
            isStuck = false;
            write();
          });
          return;
        }
      }
      response.end();
    };
    write();
  });
  const { body } = await ask(url);
  const reader = body?.[Symbol.asyncIterator]();
  const first = await reader?.next();
  let before = -1;
  await vi.waitUntil(() => {
    const isAtRest = isStuck && sent === before;
    before = sent;
    return isAtRest;
  });
  expect(sent).toBeLessThan(1_000);
  let read = first?.value?.byteLength ?? 0;
  for (let next = await reader?.next(); next && !next.done; next = await reader?.next()) read += next.value.byteLength;
  expect(read).toBe(1_000 * PIECE.length);
});
