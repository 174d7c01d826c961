import { BadRequestError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import type { Script } from '../../../src/playground/agents/script.ts';
import { type LiveEvent, message, startRig, textOf } from './rig.ts';

const limit = (amount: string) => ({ type: 'limit' as const, max_list_cost: { amount, currency: 'USD' as const } });
const codeOf = async (call: Promise<unknown>) => {
  const error = (await call.catch((failure: unknown) => failure)) as BadRequestError;
  return (error.error as { error?: { details?: { error_code?: string } } }).error?.details?.error_code;
};
const reasonOf = (idle: LiveEvent) => (idle.stop_reason as { type: string }).type;

/** A session that has used up its budget in the middle of its work. */
async function capped() {
  const { client, createSession, follow } = await startRig();
  const { id } = await createSession({ budget: limit('200') });
  const live = await follow(id);
  const send = (...events: object[]) => client.beta.sessions.events.send(id, { events: events as never });
  await send(message('budget'));
  const idle = await live.idle();
  expect(reasonOf(idle)).toBe('budget_reached');
  return { client, id, live, send, idle };
}

describe('a budget', () => {
  it('is whole cents', async () => {
    const { createSession } = await startRig();
    for (const amount of ['25.00', '0', '05']) {
      const budget = { type: 'limit', max_list_cost: { amount, currency: 'USD' } };
      await expect(createSession({ budget })).rejects.toBeInstanceOf(BadRequestError);
    }
  });

  it('is told of in the documented order when it is reached, with what was used', async () => {
    const { live, idle } = await capped();
    const at = live.events.indexOf(idle);
    expect(live.events.slice(at - 2, at + 1)).toMatchObject([
      { type: 'session.thread_status_idle', stop_reason: { type: 'budget_reached' } },
      {
        type: 'session.usage',
        usage: { list_cost: { amount: '200', currency: 'USD' } },
        budget: limit('200'),
      },
      { type: 'session.status_idle', stop_reason: { type: 'budget_reached' }, stop_details: null },
    ]);
  });

  it('takes no message while it is used up, not even behind an interrupt, and an interrupt leaves no trace', async () => {
    const { client, id, send } = await capped();
    const count = async () => (await client.beta.sessions.events.list(id)).data.length;
    const before = await count();
    await expect(send(message('x'))).rejects.toThrow('budget');
    await expect(send({ type: 'user.interrupt' }, message('x'))).rejects.toThrow('budget');
    await send({ type: 'user.interrupt' });
    expect(await count()).toBe(before);
    expect((await client.beta.sessions.retrieve(id)).status).toBe('idle');
  });

  it('must be raised above what was spent, and then the work goes on by itself', async () => {
    const { client, id, live, idle } = await capped();
    const raise = (budget: ReturnType<typeof limit> | null) => client.beta.sessions.update(id, { budget });
    expect(await codeOf(raise(limit('100')))).toBe('budget_not_raised');
    expect(await codeOf(raise(limit('200')))).toBe('budget_not_raised');
    const at = live.events.indexOf(idle) + 1;
    expect(live.events).toHaveLength(at);
    await raise(limit('700'));
    expect(reasonOf(await live.idle(at))).toBe('end_turn');
    const types = live.events.slice(at).map((event) => event.type);
    expect(types.slice(0, 3)).toEqual(['session.updated', 'session.status_running', 'session.thread_status_running']);
    expect(live.events[at]).toMatchObject({ budget: limit('700') });
    expect(live.events[at]).not.toHaveProperty('title');
    const said = textOf(live.events.findLast((event) => event.type === 'agent.message'));
    expect(said).toContain('21,904 in 2026');
  });

  it('goes on when it is taken away, for good', async () => {
    const { client, id, live, idle } = await capped();
    await client.beta.sessions.update(id, { budget: null });
    expect(reasonOf(await live.idle(live.events.indexOf(idle) + 1))).toBe('end_turn');
    expect(live.events.find((event) => event.type === 'session.updated')).toMatchObject({ budget: null });
    expect(await codeOf(client.beta.sessions.update(id, { budget: limit('9000') }))).toBe('budget_create_only');
  });

  it('can be reached twice', async () => {
    const { client, id, live, send, idle } = await capped();
    await client.beta.sessions.update(id, { budget: limit('700') });
    const done = await live.idle(live.events.indexOf(idle) + 1);
    await send(message('budget'));
    const again = await live.idle(live.events.indexOf(done) + 1);
    expect(reasonOf(again)).toBe('budget_reached');
    expect((await client.beta.sessions.retrieve(id)).usage.list_cost?.amount).toBe('700');
  });

  it('waits behind a question: the session says first what it waits for', async () => {
    const spender: Script = {
      name: 'spender',
      trigger: 'spender',
      shows: 'a question asked with the last cent',
      matches: () => true,
      async run(agent) {
        await agent.think();
        agent.spendBudget();
        await agent.tool('bash', { command: 'ls' }, { permission: 'ask' });
        await agent.say('done');
      },
    };
    const { client, createSession, follow } = await startRig({ scripts: [spender] });
    const { id } = await createSession({ budget: limit('200') });
    const live = await follow(id);
    const send = (...events: object[]) => client.beta.sessions.events.send(id, { events: events as never });
    await send(message('go'));
    const asked = await live.idle();
    expect(reasonOf(asked)).toBe('requires_action');
    await expect(send(message('x'))).rejects.toThrow('waiting on responses');
    const use = live.events.find((event) => event.type === 'agent.tool_use');
    await send({ type: 'user.tool_confirmation', tool_use_id: use?.id, result: 'allow' });
    const capped = await live.idle(live.events.indexOf(asked) + 1);
    expect(reasonOf(capped)).toBe('budget_reached');
    const until = live.events.indexOf(capped);
    expect(live.events.slice(0, until).map((event) => event.type)).toContain('agent.tool_result');
    // A late answer is still taken, without effect.
    await send({ type: 'user.tool_confirmation', tool_use_id: use?.id, result: 'deny' });
    await client.beta.sessions.update(id, { budget: limit('900') });
    expect(reasonOf(await live.idle(until + 1))).toBe('end_turn');
    expect(textOf(live.events.findLast((event) => event.type === 'agent.message'))).toBe('done');
  });
});
