import { BadRequestError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import type { Script } from '../../../src/playground/agents/script.ts';
import { follow, type LiveEvent, message, startRig, textOf } from './rig.ts';

async function ask(text: string, options: Parameters<typeof startRig>[0] & { faults?: object } = {}) {
  const { faults = {}, ...rig } = options;
  const { client, createSession, server } = await startRig(rig);
  server.faults.apply(faults);
  const { id } = await createSession();
  const live = await follow(client, id, { previews: false });
  const send = (...events: object[]) => client.beta.sessions.events.send(id, { events: events as never });
  await send(message(text));
  const idle = await live.idle();
  return { client, id, live, send, idle, server };
}

const reasonOf = (idle: LiveEvent) => idle.stop_reason as { type: string; event_ids?: string[] };
const confirm = (tool_use_id: string | undefined, result: string, more = {}) => ({
  type: 'user.tool_confirmation',
  tool_use_id,
  result,
  ...more,
});
const answer = (custom_tool_use_id: string | undefined, text = 'staging') => ({
  type: 'user.custom_tool_result',
  custom_tool_use_id,
  content: [{ type: 'text', text }],
});

describe('a tool that asks', () => {
  it('idles with the id of the call, and runs once it is allowed', async () => {
    const { live, send, idle } = await ask('deploy checkout');
    const use = live.events.find((event) => event.type === 'agent.tool_use');
    expect(use).toMatchObject({ evaluated_permission: 'ask', evaluation: { type: 'always_ask' } });
    expect(reasonOf(idle)).toEqual({ type: 'requires_action', event_ids: [use?.id] });
    const from = live.events.length;
    await send(confirm(use?.id, 'allow'));
    expect(reasonOf(await live.idle(from)).type).toBe('end_turn');
    const types = live.events.slice(from).map((event) => event.type);
    expect(types.slice(0, 5)).toEqual([
      'user.tool_confirmation',
      'user.tool_confirmation',
      'session.status_running',
      'session.thread_status_running',
      'agent.tool_result',
    ]);
    expect(textOf(live.events.findLast((event) => event.type === 'agent.message'))).toContain('Deployed');
  });

  it('tells the agent why it was denied', async () => {
    const { live, send } = await ask('deploy checkout');
    const from = live.events.length;
    const use = live.events.find((event) => event.type === 'agent.tool_use');
    await send(confirm(use?.id, 'deny', { deny_message: 'freeze until Monday' }));
    await live.idle(from);
    expect(live.events.find((event) => event.type === 'agent.tool_result')).toMatchObject({ is_error: true });
    const said = textOf(live.events.findLast((event) => event.type === 'agent.message'));
    expect(said).toContain('freeze until Monday');
  });

  it('refuses a message while it waits, in the words of the platform', async () => {
    const { send, idle } = await ask('deploy checkout');
    const [call] = reasonOf(idle).event_ids ?? [];
    const refused = await send(message('hello?')).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BadRequestError);
    expect((refused as BadRequestError).apiMessage).toBe(
      `Invalid user.message event at events[0]: waiting on responses to events [${call}]; only \`user.tool_confirmation\`, \`user.custom_tool_result\`, \`user.tool_result\`, or \`user.interrupt\` may be sent`,
    );
  });

  it('takes an interrupt together with a message: the call is closed with an error and a new turn starts', async () => {
    const { live, send, idle } = await ask('deploy checkout');
    const from = live.events.length;
    await send({ type: 'user.interrupt' }, message('forget that'));
    const first = await live.idle(from);
    expect(reasonOf(first).type).toBe('end_turn');
    const until = live.events.indexOf(first);
    const types = live.events.slice(from, until + 1).map((event) => event.type);
    expect(types).toEqual([
      'user.interrupt',
      'user.message',
      'agent.tool_result',
      'user.interrupt',
      'session.thread_status_idle',
      'session.usage',
      'session.status_idle',
    ]);
    expect(live.events[from + 2]).toMatchObject({ is_error: true, tool_use_id: reasonOf(idle).event_ids?.[0] });
    expect(textOf(live.events[from + 2])).toBe('Tool execution was interrupted before completion. Please retry.');
    await live.idle(until + 1);
    expect(textOf(live.events.findLast((event) => event.type === 'agent.message'))).toContain('forget that');
  });

  it('accepts a late confirmation without effect and refuses unknown ids', async () => {
    const { live, send, idle } = await ask('deploy checkout');
    const [call] = reasonOf(idle).event_ids ?? [];
    const from = live.events.length;
    await send(confirm(call, 'allow'));
    await live.idle(from);
    const before = live.events.filter((event) => event.type === 'session.status_running').length;
    await send(confirm(call, 'deny'));
    expect(live.events.filter((event) => event.type === 'session.status_running')).toHaveLength(before);
    await expect(send(confirm('sevt_unknown', 'allow'))).rejects.toBeInstanceOf(BadRequestError);
    await expect(send(confirm(call, 'allow', { deny_message: 'x' }))).rejects.toThrow('deny_message');
  });
});

const usesOf = (events: LiveEvent[]) => events.filter((event) => event.type === 'agent.tool_use');
const idsOf = (events: LiveEvent[]) => usesOf(events).map((event) => event.id);

describe('several tools that ask at once', () => {
  it('are listed five at a time, wait for the last answer, and each ends as it was decided', async () => {
    const { live, send, idle } = await ask('12 at once');
    const all = idsOf(live.events);
    expect(all).toHaveLength(12);
    expect(reasonOf(idle).event_ids).toEqual(all.slice(0, 5));
    let from = live.events.length;
    await send(confirm(all[0], 'allow'), confirm(all[11], 'deny', { deny_message: 'not that one' }));
    expect(reasonOf(await live.idle(from)).event_ids).toEqual(all.slice(1, 6));
    expect(live.events.slice(from).map((event) => event.type)).not.toContain('agent.tool_result');
    from = live.events.length;
    await send(...all.slice(1, 11).map((id) => confirm(id, 'allow')));
    expect(reasonOf(await live.idle(from)).type).toBe('end_turn');
    const results = live.events.filter((event) => event.type === 'agent.tool_result');
    expect(results.map((event) => event.is_error)).toEqual([...Array(11).fill(false), true]);
    const said = textOf(live.events.findLast((event) => event.type === 'agent.message'));
    expect(said).toContain('`checkout`: restarted');
    expect(said).toContain('`payments-2`: restarted');
    expect(said).toContain('`catalogue-2`: left alone, because: not that one');
    expect(said.match(/left alone/g)).toHaveLength(1);
  });

  it('may list no ids again after a partial answer', async () => {
    const { live, send, idle } = await ask('two at once', { faults: { emptyEventIds: 2 } });
    expect(reasonOf(idle).event_ids).toEqual([]);
    const from = live.events.length;
    const [first, second] = idsOf(live.events);
    await send(confirm(first, 'allow'));
    const again = await live.idle(from);
    expect(reasonOf(again)).toEqual({ type: 'requires_action', event_ids: [] });
    await send(confirm(second, 'allow'));
    expect(reasonOf(await live.idle(live.events.indexOf(again) + 1)).type).toBe('end_turn');
  });
});

describe('a verdict', () => {
  it('that no client knows waits for people too', async () => {
    const { live, send, idle } = await ask('tools', { faults: { unknownPermissions: 1 } });
    const [use] = usesOf(live.events);
    expect(use).toMatchObject({ evaluated_permission: 'escalate', evaluation: { type: 'committee' } });
    expect(reasonOf(idle)).toEqual({ type: 'requires_action', event_ids: [use?.id] });
    const from = live.events.length;
    await send(confirm(use?.id, 'allow'));
    expect(reasonOf(await live.idle(from)).type).toBe('end_turn');
    expect(usesOf(live.events.slice(from))[0]).toMatchObject({ evaluated_permission: 'allow' });
  });

  it('of the platform itself denies with an error result, and the session goes on', async () => {
    const script: Script = {
      name: 'risky',
      trigger: 'risky',
      shows: 'a call that the platform denies',
      matches: () => true,
      async run(agent) {
        const { allowed } = await agent.tool('bash', { command: 'rm -rf /' }, { permission: 'deny' });
        await agent.say(allowed ? 'gone' : 'not allowed');
      },
    };
    const { live, idle } = await ask('anything', { scripts: [script] });
    expect(reasonOf(idle).type).toBe('end_turn');
    const use = usesOf(live.events)[0];
    expect(use).toMatchObject({ evaluated_permission: 'deny', evaluation: { type: 'auto' } });
    const result = live.events.find((event) => event.type === 'agent.tool_result');
    expect(result).toMatchObject({ tool_use_id: use?.id, is_error: true });
    expect(textOf(result)).toBe('Permission to use bash has been denied.');
    expect(textOf(live.events.findLast((event) => event.type === 'agent.message'))).toBe('not allowed');
  });

  it('of the automatic policy says that it was judged', async () => {
    const { client, server, follow } = await startRig();
    const auto = { enabled: true, permission_policy: { type: 'auto' } };
    const agent = await client.beta.agents.create({
      name: 'judged',
      model: 'claude-opus-5',
      tools: [{ type: 'agent_toolset_20260401', default_config: auto as never }],
    });
    const { id } = await client.beta.sessions.create({ agent: agent.id, environment_id: server.environmentId });
    const live = await follow(id);
    await client.beta.sessions.events.send(id, { events: [message('tools')] });
    await live.idle();
    expect(usesOf(live.events)[0]).toMatchObject({
      evaluated_permission: 'allow',
      evaluation: { type: 'auto', evaluated_permission: { type: 'allow' } },
    });
  });
});

describe('an answer whose outcome the client cannot know', () => {
  it.each(['reset', 'error'] as const)('was stored all the same: %s', async (answer) => {
    const { live, send, server, idle } = await ask('deploy checkout');
    server.faults.apply({ eventsSendStored: { answer } });
    const [call] = reasonOf(idle).event_ids ?? [];
    const from = live.events.length;
    await expect(send(confirm(call, 'allow'))).rejects.toThrow();
    expect(reasonOf(await live.idle(from)).type).toBe('end_turn');
    const before = live.events.filter((event) => event.type === 'agent.tool_result').length;
    await send(confirm(call, 'allow'));
    expect(live.events.filter((event) => event.type === 'agent.tool_result')).toHaveLength(before);
  });

  it('and a result that was stored is refused when it is sent again', async () => {
    const { live, send, server, idle } = await ask('ask me');
    server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    const [call] = reasonOf(idle).event_ids ?? [];
    const from = live.events.length;
    await expect(send(answer(call))).rejects.toThrow();
    await live.idle(from);
    await expect(send(answer(call))).rejects.toThrow('already has a result');
  });
});

describe('custom tools', () => {
  it('give their result to the agent', async () => {
    const { live, send, idle } = await ask('ask me');
    const from = live.events.length;
    await send(answer(reasonOf(idle).event_ids?.[0], 'production'));
    await live.idle(from);
    expect(textOf(live.events.findLast((event) => event.type === 'agent.message'))).toContain('You said: production');
  });

  it('are listed five at a time and idle again with the remainder after a partial answer', async () => {
    const { live, send, idle } = await ask('many questions 7');
    const all = live.events.filter((event) => event.type === 'agent.custom_tool_use').map((event) => event.id);
    expect(all).toHaveLength(7);
    expect(reasonOf(idle).event_ids).toEqual(all.slice(0, 5));
    let from = live.events.length;
    await send(answer(all[1]), answer(all[6]));
    const again = await live.idle(from);
    expect(reasonOf(again)).toEqual({ type: 'requires_action', event_ids: [all[0], all[2], all[3], all[4], all[5]] });
    expect(live.events.slice(from).map((event) => event.type)).not.toContain('session.status_running');
    from = live.events.length;
    await send(...[0, 2, 3, 4, 5].map((index) => answer(all[index])));
    expect(reasonOf(await live.idle(from)).type).toBe('end_turn');
  });

  it('may be answered once only: a second answer, an unknown id or a wrong kind refuses the whole request', async () => {
    const { live, send } = await ask('many questions 2');
    const all = live.events.filter((event) => event.type === 'agent.custom_tool_use').map((event) => event.id);
    await expect(send(answer(all[0]), answer(all[0]))).rejects.toThrow('already has a result');
    await expect(send(answer(all[0]), answer('sevt_no'))).rejects.toThrow(
      'does not match any custom_tool_use event in this session',
    );
    await expect(send(confirm(all[0], 'allow'))).rejects.toBeInstanceOf(BadRequestError);
    const from = live.events.length;
    await send(answer(all[0]), answer(all[1]));
    await live.idle(from);
    await expect(send(answer(all[0]))).rejects.toThrow('already has a result');
  });

  it('may be told to list no ids at all', async () => {
    const { client, createSession, server } = await startRig();
    server.faults.apply({ emptyEventIds: 1 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('ask me')] });
    expect(reasonOf(await live.idle())).toEqual({ type: 'requires_action', event_ids: [] });
  });
});

it("shows a child thread's question while the session stays running", async () => {
  const { client, createSession } = await startRig();
  const { id } = await createSession();
  const live = await follow(client, id);
  await client.beta.sessions.events.send(id, { events: [message('child')] });
  const use = await live.until((event) => event.type === 'agent.tool_use');
  const waiting = await live.until(
    (event) => event.type === 'session.thread_status_idle' && reasonOf(event).type === 'requires_action',
  );
  expect(use.session_thread_id).toBe(waiting.session_thread_id);
  expect((await client.beta.sessions.retrieve(id)).status).toBe('running');
  await client.beta.sessions.events.send(id, { events: [confirm(use.id, 'allow') as never] });
  expect(reasonOf(await live.idle()).type).toBe('end_turn');
  const threads = await client.beta.sessions.threads.list(id);
  expect(threads.data.map((thread) => thread.parent_thread_id === null)).toEqual([true, false]);
});
