import { BadRequestError, NotFoundError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { follow, message, startRig } from './rig.ts';

const codeOf = async (call: Promise<unknown>) =>
  ((await call.catch((error: unknown) => error)) as BadRequestError).errorCode;

describe('sessions', () => {
  it('start idle with a snapshot of the agent at the version that was asked for', async () => {
    const { client, createSession, server } = await startRig();
    await client.beta.agents.update(server.agentId, { system: 'newer' });
    const latest = await createSession();
    const pinned = await createSession({ agent: { type: 'agent', id: server.agentId, version: 1 } });
    expect(latest).toMatchObject({ status: 'idle', agent: { version: 2, system: 'newer' }, budget: null });
    expect(pinned.agent.version).toBe(1);
    await expect(createSession({ agent: { type: 'agent', id: server.agentId, version: 9 } })).rejects.toBeInstanceOf(
      NotFoundError,
    );
  });

  it('take overrides whole and refuse to clear the model', async () => {
    const { createSession, server } = await startRig();
    const ref = { type: 'agent_with_overrides', id: server.agentId };
    const session = await createSession({ agent: { ...ref, system: null, tools: [] } });
    expect(session.agent).toMatchObject({ system: null, tools: [] });
    expect(await codeOf(createSession({ agent: { ...ref, model: null } }))).toBe('agent_model_required');
  });

  it('hold metadata to its limits and merge it on update', async () => {
    const { client, createSession } = await startRig();
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));
    await expect(createSession({ metadata: many })).rejects.toThrow('16');
    await expect(createSession({ metadata: { k: 'v'.repeat(513) } })).rejects.toBeInstanceOf(BadRequestError);
    const { id } = await createSession({ title: 'one', metadata: { a: '1', b: '2' } });
    const live = await follow(client, id);
    const updated = await client.beta.sessions.update(id, { title: 'two', metadata: { a: null } as never });
    expect(updated).toMatchObject({ title: 'two', metadata: { b: '2' } });
    const event = await live.until(({ type }) => type === 'session.updated');
    expect(event).toMatchObject({ title: 'two', metadata: { b: '2' } });
    expect(event).not.toHaveProperty('budget');
    await expect(client.beta.sessions.update(id, { metadata: many })).rejects.toThrow('16');
    await expect(client.beta.sessions.update(id, { vault_ids: [] } as never)).rejects.toBeInstanceOf(BadRequestError);
  });

  it('run at once when they are created with initial events', async () => {
    const { createSession, server } = await startRig({ pace: 1 });
    const session = await createSession({ initial_events: [message('slow')] });
    expect(session.status).toBe('running');
    expect(server.records().sessions[0]?.events[0]?.type).toBe('user.message');
    await expect(createSession({ initial_events: [{ type: 'user.interrupt' }] })).rejects.toThrow('initial_events');
  });

  it('are listed newest first, filtered and paged', async () => {
    const { client, createSession, server } = await startRig();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await createSession()).id);
    const paged: string[] = [];
    for await (const session of client.beta.sessions.list({ limit: 2 })) paged.push(session.id);
    expect(paged).toEqual([...ids].reverse());
    await client.beta.sessions.archive(String(ids[0]));
    expect((await client.beta.sessions.list({ agent_id: server.agentId })).data).toHaveLength(4);
    expect((await client.beta.sessions.list({ include_archived: true })).data).toHaveLength(5);
    expect((await client.beta.sessions.list({ statuses: ['running'] })).data).toEqual([]);
    expect((await client.beta.sessions.list({ agent_id: 'agent_other' })).data).toEqual([]);
  });

  it('read terminated once archived, keep their history and take no events', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    expect(await client.beta.sessions.archive(id)).toMatchObject({ status: 'terminated' });
    expect((await client.beta.sessions.events.list(id)).data.length).toBeGreaterThan(5);
    await expect(client.beta.sessions.events.send(id, { events: [message('x')] })).rejects.toThrow('archived');
    await client.beta.sessions.delete(id);
    await expect(client.beta.sessions.events.send(id, { events: [message('x')] })).rejects.toThrow('does not exist');
  });

  it('can be neither archived nor deleted while they run, nor in the moment after the idle event', async () => {
    const { client, createSession, server } = await startRig({ pace: 1 });
    server.faults.apply({ archiveRaceMs: 60_000 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('slow')] });
    await expect(client.beta.sessions.archive(id)).rejects.toBeInstanceOf(BadRequestError);
    await expect(client.beta.sessions.delete(id)).rejects.toBeInstanceOf(BadRequestError);
    await client.beta.sessions.events.send(id, { events: [{ type: 'user.interrupt' }] });
    await live.idle();
    expect((await client.beta.sessions.retrieve(id)).status).toBe('running');
    await expect(client.beta.sessions.archive(id)).rejects.toThrow('running');
    server.faults.apply({ archiveRaceMs: 0 });
    expect((await client.beta.sessions.archive(id)).archived_at).not.toBeNull();
  });

  it('show usage and a cost that grows, in an event right before each idle', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    const costs: number[] = [];
    for (const text of ['tools', 'long']) {
      const from = live.events.length;
      await client.beta.sessions.events.send(id, { events: [message(text)] });
      const idle = await live.idle(from);
      const usage = live.events[live.events.indexOf(idle) - 1];
      expect(usage?.type).toBe('session.usage');
      const { list_cost } = (usage?.usage ?? {}) as { list_cost?: { amount: string } };
      costs.push(Number(list_cost?.amount));
    }
    expect(costs[1]).toBeGreaterThan(costs[0] ?? 0);
    const session = await client.beta.sessions.retrieve(id);
    expect(session.usage.list_cost?.amount).toBe(String(costs[1]));
  });
});
