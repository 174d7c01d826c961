import { APIUserAbortError, BadRequestError } from '@anthropic-ai/sdk';
import { describe, expect, it, vi } from 'vitest';
import { fastClock, realClock, sleep } from '../../../src/clock.ts';
import type { OnEmit } from '../../../src/playground/agents/sessions.ts';
import { createTrafficLog } from '../../../src/playground/traffic.ts';
import { follow, type LiveEvent, message, startRig, textOf } from './rig.ts';

const previewText = (events: LiveEvent[], id: string | undefined) =>
  events
    .filter((event) => event.type === 'event_delta' && event.event_id === id)
    .map((event) => (event.delta as { content: { text: string } }).content.text)
    .join('');

describe('live previews', () => {
  it('are pieces of the final message, under its id, before it', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    const final = live.events.find((event) => event.type === 'agent.message');
    expect(live.events.filter((event) => event.type === 'event_delta').length).toBeGreaterThan(5);
    expect(previewText(live.events, final?.id)).toBe(textOf(final));
    const starts = live.events.filter((event) => event.type === 'event_start');
    expect(starts.map((start) => (start.event as { id: string }).id)).toContain(final?.id);
  });

  it('go only to connections that asked, and never into the list', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const plain = await follow(client, id, { previews: false });
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await Promise.all([plain.idle(), live.idle()]);
    expect(plain.types().filter((type) => type.startsWith('event_'))).toEqual([]);
    expect(live.types()).toContain('event_delta');
    const listed = await client.beta.sessions.events.list(id);
    expect(listed.data.map((event) => event.type).filter((type: string) => type.startsWith('event_'))).toEqual([]);
  });

  it('are heard by whoever runs the server too, in the same order as all else', async () => {
    const heard: { session: string; type: string }[] = [];
    const onEmit: OnEmit = ({ id }, { type }) => heard.push({ session: id, type });
    const { client, createSession } = await startRig({ onEmit });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    expect(heard).toEqual(live.types().map((type) => ({ session: id, type })));
  });

  it('of an unknown kind are refused', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const refused = client.beta.sessions.events.stream(id, { event_deltas: ['agent.tool_use' as never] });
    await expect(refused).rejects.toBeInstanceOf(BadRequestError);
  });

  it('may stop early under load and still the final is whole', async () => {
    const { client, createSession, server } = await startRig();
    server.faults.apply({ shedDeltasAfter: 2 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    const final = live.events.find((event) => event.type === 'agent.message');
    expect(previewText(live.events, final?.id)).toHaveLength(24);
    expect(textOf(final).startsWith(previewText(live.events, final?.id))).toBe(true);
  });

  it('may have no final at all: only the span ends', async () => {
    const { client, createSession, server } = await startRig();
    server.faults.apply({ omitFinalMessages: 1 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    expect(live.types()).not.toContain('agent.message');
    expect(live.events.find((event) => event.type === 'span.model_request_end')).toMatchObject({ is_error: true });
  });
});

describe('the event stream', () => {
  it('replays nothing', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const first = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await first.idle();
    const late = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('again')] });
    await late.idle();
    expect(late.events.filter((event) => event.type === 'session.status_running')).toHaveLength(1);
    expect(textOf(late.events[0])).toBe('again');
  });

  it('ends with session.deleted when the session is deleted', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.delete(id);
    await live.done;
    expect(live.types()).toEqual(['session.deleted']);
    expect(live.failure()).toBeUndefined();
  });

  it('can be reset, ended cleanly or fall silent, and a new one works', async () => {
    const { client, createSession, server } = await startRig();
    const { id } = await createSession();
    const reset = await follow(client, id);
    server.faults.streams('reset');
    await reset.done;
    expect(reset.failure()).toBeInstanceOf(TypeError);
    const ended = await follow(client, id);
    server.faults.apply({ streams: 'eof' });
    await ended.done;
    expect(ended.failure()).toBeUndefined();
    const silent = await follow(client, id);
    server.faults.streams('stall');
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    expect(silent.events).toEqual([]);
    expect(server.records().openStreams).toBe(2);
  });

  it('is not opened for whoever has left before it was', async () => {
    const { client, createSession, server } = await startRig();
    const { id } = await createSession();
    server.faults.apply({ slow: [{ route: 'events.stream', ms: 300 }] });
    const leaving = new AbortController();
    const opening = client.beta.sessions.events.stream(id, {}, { signal: leaving.signal });
    await vi.waitFor(() => expect(server.records().requests['events.stream']).toBe(1));
    leaving.abort();
    await expect(opening).rejects.toBeInstanceOf(APIUserAbortError);
    await sleep(realClock, 500);
    expect(server.records().openStreams).toBe(0);
  });

  it('sends heartbeats every 15 seconds and carries a request id', async () => {
    const { server, createSession } = await startRig({ clock: fastClock(200) });
    const { id } = await createSession();
    const response = await fetch(`${server.url}/v1/sessions/${id}/events/stream?beta=true`, {
      headers: { 'x-api-key': server.apiKey, 'anthropic-beta': 'other,managed-agents-2026-04-01' },
    });
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain(': heartbeat\n\n');
    await reader?.cancel();
  });
});

it('writes requests, responses and events into the traffic log, without keys', async () => {
  const traffic = createTrafficLog();
  const { client, createSession, server } = await startRig({ traffic });
  const { id } = await createSession();
  const live = await follow(client, id);
  await client.beta.sessions.events.send(id, { events: [message('hello')] });
  await live.idle();
  const names = traffic.recent().map((entry) => entry.name);
  expect(names).toEqual(expect.arrayContaining(['POST /v1/sessions', `POST /v1/sessions/${id}/events`]));
  expect(names).toContain('sse agent.message');
  expect(JSON.stringify(traffic.recent())).not.toContain(server.apiKey);
});
