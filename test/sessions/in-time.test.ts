import { getEventListeners, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as soon } from 'node:timers/promises';
import type Anthropic from '@anthropic-ai/sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type PlainInit, plainFetch } from '../../src/plain-fetch.ts';
import { createClient, inTime } from '../../src/sessions/client.ts';
import { explain } from '../../src/sessions/explain.ts';
import { list } from '../../src/sessions/list.ts';
import { readHistory } from '../../src/sessions/read-history.ts';
import { sessionId } from '../../src/thread/ids.ts';

let server: Server | undefined;

afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

interface Answering {
  client: Anthropic;
  /** Resolves when the heads of so many answers have come. */
  answered(count: number): Promise<void>;
  /** Resolves when an answer that does not come whole has been given up. */
  hungUp: Promise<void>;
}

/** A server that gives one answer after the other, and again the last one; of null, only the beginning ever comes. */
async function answering(...answers: (object | null)[]): Promise<Answering> {
  let asked = 0;
  let heads = 0;
  let hangUp = () => {};
  const hungUp = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  server = createServer((_, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    if (answer) response.end(JSON.stringify(answer));
    else response.on('close', hangUp).write('{"data":[');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createClient({
    apiKey: 'key',
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async fetch(url, init) {
      const response = await plainFetch(String(url), init as PlainInit);
      heads += 1;
      return response as unknown as Response;
    },
  });
  const answered = async (count: number) => {
    while (heads < count) await soon();
    await soon();
  };
  return { client, answered, hungUp };
}

/** What the process waits for: also those of whoever runs the tests. */
const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
const holdTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

const MANY = 20;
const EMPTY = { data: [], next_page: null };

describe('a request', () => {
  it('is ended when its answer does not come whole', async () => {
    const { client, answered, hungUp } = await answering(null);
    holdTime();
    let isOver = false;
    const listing = list(null, { client }).finally(() => {
      isOver = true;
    });
    const failed = expect(listing).rejects.toMatchObject({
      name: 'SessionError',
      code: 'unreachable',
      cause: { name: 'AbortError' },
    });
    await answered(1);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    await hungUp;
  });

  it('shares its time with those that follow from it', async () => {
    const { client, answered } = await answering({ data: [{ id: 'a' }], next_page: 'more' }, null);
    holdTime();
    const all = inTime(async (signal) => {
      for await (const _ of client.beta.sessions.list({}, { signal })) await vi.advanceTimersByTimeAsync(20_000);
    });
    const failed = expect(all).rejects.toMatchObject({ name: 'AbortError' });
    await answered(2);
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
  });

  it('ends for the reason that its time is over', async () => {
    holdTime();
    const waiting = inTime(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const failed = expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    await vi.advanceTimersByTimeAsync(30_000);
    await failed;
  });

  it('leaves no timer, also when it fails', async () => {
    const { client } = await answering(EMPTY);
    const before = timers();
    for (let count = 0; count < MANY; count += 1) await list(null, { client });
    expect(timers() - before).toBeLessThan(MANY);
    holdTime();
    await expect(inTime(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a history that is read', () => {
  const PAGE = { data: [{ id: 'a', type: 'session.status_idle' }], next_page: 'more' };
  const read = (client: Anthropic, signal: AbortSignal) =>
    readHistory(sessionId('sesn_1'), { client, since: null, signal, mayRead: async () => {} });

  it('has one deadline for all its pages', async () => {
    const { client, answered, hungUp } = await answering(PAGE, PAGE, null);
    holdTime();
    const reading = (async () => {
      for await (const _ of read(client, new AbortController().signal)) await vi.advanceTimersByTimeAsync(59_000);
    })();
    const failed = reading.catch((error) => [error.name, explain(error, 'session').code]);
    await answered(3);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await failed).toEqual(['AbortError', 'unreachable']);
    await hungUp;
  });

  it('ends with whoever wants it, also before it has begun', async () => {
    const { client, answered, hungUp } = await answering(null);
    const stopping = new AbortController();
    const first = read(client, stopping.signal).next();
    const failed = expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await answered(1);
    stopping.abort();
    await failed;
    await hungUp;
    await expect(read(client, stopping.signal).next()).rejects.toThrow('aborted');
  });

  it('leaves neither a timer nor a listener, also when it is left early', async () => {
    const { client } = await answering(PAGE, EMPTY, PAGE);
    const { signal } = new AbortController();
    const before = timers();
    for await (const { type } of read(client, signal)) expect(type).toBe('session.status_idle');
    for (let count = 0; count < MANY; count += 1) {
      for await (const _ of read(client, signal)) break;
    }
    expect(timers() - before).toBeLessThan(MANY);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
