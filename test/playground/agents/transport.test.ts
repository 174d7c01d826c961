import Anthropic, {
  APIConnectionError,
  AuthenticationError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  OverloadedError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { message, startRig } from './rig.ts';

const BETA = { 'anthropic-beta': 'managed-agents-2026-04-01' };

describe('requests', () => {
  it('need the key, as x-api-key or as a bearer token', async () => {
    const { server } = await startRig();
    const stranger = new Anthropic({ apiKey: 'sk-ant-other', baseURL: server.url, maxRetries: 0 });
    const refused = await stranger.beta.agents.list().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AuthenticationError);
    expect((refused as AuthenticationError).type).toBe('authentication_error');
    const none = await fetch(`${server.url}/v1/agents`, { headers: BETA });
    expect(none.status).toBe(401);
    const curl = await fetch(`${server.url}/v1/agents?beta=true`, { headers: { ...BETA, 'x-api-key': server.apiKey } });
    expect(curl.status).toBe(200);
  });

  it('are not found without the beta header, except files', async () => {
    const { server } = await startRig();
    const headers = { 'x-api-key': server.apiKey };
    const agents = await fetch(`${server.url}/v1/agents`, { headers });
    expect(agents.status).toBe(404);
    expect((await fetch(`${server.url}/v1/files`, { headers })).status).toBe(200);
  });

  it('get a request id in the header, repeated in an error body', async () => {
    const { server } = await startRig();
    const response = await fetch(`${server.url}/v1/nowhere`, { headers: { 'x-api-key': server.apiKey, ...BETA } });
    const body = await response.json();
    expect(response.status).toBe(404);
    expect(body).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    expect(body.request_id).toBe(response.headers.get('request-id'));
    const fine = await fetch(`${server.url}/v1/agents`, { headers: { 'x-api-key': server.apiKey, ...BETA } });
    expect(fine.headers.get('request-id')).toMatch(/^req_/);
  });

  it('name what is missing', async () => {
    const { client } = await startRig();
    await expect(client.beta.sessions.retrieve('sesn_gone')).rejects.toBeInstanceOf(NotFoundError);
    await expect(client.beta.sessions.retrieve('sesn_gone')).rejects.toThrow("Session 'sesn_gone' does not exist.");
  });
});

describe('ordered failures', () => {
  it('answer the next requests of a route with their status, type and retry-after', async () => {
    const { client, createSession, server } = await startRig();
    server.faults.failNext('sessions.create', { status: 429, retryAfter: 7 });
    server.faults.failNext('sessions.create', { status: 529 });
    const limited = await createSession().catch((error: unknown) => error);
    expect(limited).toBeInstanceOf(RateLimitError);
    expect((limited as RateLimitError).headers.get('retry-after')).toBe('7');
    await expect(createSession()).rejects.toBeInstanceOf(OverloadedError);
    const { id } = await createSession();
    server.faults.apply({ failNext: [{ route: '*', status: 409, message: 'busy' }] });
    await expect(client.beta.sessions.retrieve(id)).rejects.toBeInstanceOf(ConflictError);
    expect((await client.beta.sessions.retrieve(id)).id).toBe(id);
  });

  it('store a send and then cut the connection or answer 500', async () => {
    const { client, createSession, server } = await startRig();
    const { id } = await createSession();
    server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    const send = (text: string) => client.beta.sessions.events.send(id, { events: [message(text)] });
    await expect(send('one')).rejects.toBeInstanceOf(APIConnectionError);
    server.faults.apply({ eventsSendStored: { answer: 'error' } });
    await expect(send('two')).rejects.toBeInstanceOf(InternalServerError);
    const listed = await client.beta.sessions.events.list(id, { types: ['user.message'] });
    expect(listed.data).toHaveLength(2);
    expect(server.records().requests['events.send']).toBe(2);
  });

  it('slow a route down by the clock', async () => {
    const { createSession, server } = await startRig();
    server.faults.apply({ slow: [{ route: 'sessions.create', ms: 60 }] });
    const before = Date.now();
    await createSession();
    expect(Date.now() - before).toBeGreaterThanOrEqual(55);
  });

  it('refuse a misspelt order and can be cleared', async () => {
    const { createSession, server } = await startRig();
    expect(() => server.faults.apply({ listLag: 3 })).toThrow('listLag');
    server.faults.failNext('*', { status: 500, times: 5 });
    server.faults.apply({ clear: true });
    expect((await createSession()).status).toBe('idle');
  });
});

it('stops at once with streams open', async () => {
  const { client, createSession, server } = await startRig({ pace: 1 });
  const { id } = await createSession();
  const stream = await client.beta.sessions.events.stream(id);
  await client.beta.sessions.events.send(id, { events: [message('slow')] });
  await server.stop();
  const read = (async () => {
    for await (const _event of stream);
  })();
  await expect(read).rejects.toThrow();
});
