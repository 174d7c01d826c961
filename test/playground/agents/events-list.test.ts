import { BadRequestError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { follow, message, startRig } from './rig.ts';

async function history() {
  const { client, createSession, server } = await startRig();
  const { id } = await createSession();
  const live = await follow(client, id);
  await client.beta.sessions.events.send(id, { events: [message('tools')] });
  await live.idle();
  return { client, id, server };
}

describe('listing events', () => {
  it('is chronological by processed_at with strictly growing stamps, and backwards on request', async () => {
    const { client, id } = await history();
    const asc = (await client.beta.sessions.events.list(id)).data;
    const stamps = asc.map((event) => Date.parse(String((event as { processed_at: string }).processed_at)));
    expect(stamps.every((stamp, at) => at === 0 || stamp > (stamps[at - 1] ?? 0))).toBe(true);
    const desc = (await client.beta.sessions.events.list(id, { order: 'desc' })).data;
    expect(desc.map((event) => event.id)).toEqual(asc.map((event) => event.id).reverse());
    expect(desc[0]?.type).toBe('session.status_idle');
  });

  it('pages by cursor without gaps, and a cursor keeps its order', async () => {
    const { client, id } = await history();
    const whole = (await client.beta.sessions.events.list(id)).data.map((event) => event.id);
    const paged: string[] = [];
    for await (const event of client.beta.sessions.events.list(id, { limit: 4 })) paged.push(event.id);
    expect(paged).toEqual(whole);
    const first = await client.beta.sessions.events.list(id, { limit: 4 });
    const page = String(first.next_page);
    await expect(client.beta.sessions.events.list(id, { page, order: 'desc' })).rejects.toBeInstanceOf(BadRequestError);
    await expect(client.beta.sessions.events.list(id, { page: 'page_nonsense' })).rejects.toThrow('cursor');
  });

  it('filters by type and by time', async () => {
    const { client, id } = await history();
    const uses = await client.beta.sessions.events.list(id, { types: ['agent.tool_use', 'user.message'] });
    expect(new Set(uses.data.map((event) => event.type))).toEqual(new Set(['agent.tool_use', 'user.message']));
    const middle = String((uses.data.at(-1) as { processed_at: string }).processed_at);
    const later = await client.beta.sessions.events.list(id, { 'created_at[gt]': middle });
    const from = await client.beta.sessions.events.list(id, { 'created_at[gte]': middle });
    expect(from.data.length).toBe(later.data.length + 1);
    await expect(client.beta.sessions.events.list(id, { types: ['session.deleted' as never] })).rejects.toBeInstanceOf(
      BadRequestError,
    );
  });

  it('puts a queued message last, or first when backwards', async () => {
    const { client, createSession } = await startRig({ pace: 1, steering: 'own-turn' });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('slow')] });
    await live.until((event) => event.type === 'agent.tool_use');
    const sent = await client.beta.sessions.events.send(id, { events: [message('later')] });
    const asc = (await client.beta.sessions.events.list(id)).data;
    expect(asc.at(-1)).toMatchObject({ id: sent.data?.[0]?.id, processed_at: null });
    const desc = (await client.beta.sessions.events.list(id, { order: 'desc' })).data;
    expect(desc[0]?.id).toBe(sent.data?.[0]?.id);
  });

  it('can lag behind the stream', async () => {
    const { client, id, server } = await history();
    server.faults.apply({ listLagMs: 60_000 });
    expect((await client.beta.sessions.events.list(id)).data).toEqual([]);
    server.faults.apply({ listLagMs: 0 });
    expect((await client.beta.sessions.events.list(id)).data.length).toBeGreaterThan(10);
  });
});

describe('sending events', () => {
  it('refuses the whole request for one bad event', async () => {
    const { client, createSession, server } = await startRig();
    const { id } = await createSession();
    const bad = [message('fine'), { type: 'user.message', content: [] }, { type: 'agent.message' }];
    for (const events of [[bad[0], bad[1]], [bad[0], bad[2]], []]) {
      const refused = client.beta.sessions.events.send(id, { events: events as never });
      await expect(refused).rejects.toBeInstanceOf(BadRequestError);
    }
    await expect(
      client.beta.sessions.events.send(id, {
        events: [{ type: 'user.message', content: [{ type: 'redacted' }] }] as never,
      }),
    ).rejects.toThrow('events.0.content.0');
    expect(server.records().sessions[0]?.events).toEqual([]);
  });

  it('takes a system message only at the end', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const system = { type: 'system.message' as const, content: [{ type: 'text' as const, text: 'Paris time' }] };
    await expect(client.beta.sessions.events.send(id, { events: [system, message('x')] })).rejects.toThrow('last');
    const live = await follow(client, id);
    const sent = await client.beta.sessions.events.send(id, { events: [message('x'), system] });
    await live.idle();
    expect(sent.data?.map((event) => event.type)).toEqual(['user.message', 'system.message']);
    const stamped = live.events.filter((event) => event.type === 'system.message' && event.processed_at);
    expect(stamped).toHaveLength(1);
  });
});
