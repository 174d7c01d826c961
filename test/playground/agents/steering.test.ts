import { describe, expect, it } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import type { Script } from '../../../src/playground/agents/script.ts';
import { follow, message, startRig, textOf } from './rig.ts';

/** Says a first thing, waits for a message to come, says a second. */
function patient(): { script: Script; go: () => void } {
  let go = () => {};
  const wait = new Promise<void>((resolve) => {
    go = resolve;
  });
  const script: Script = {
    name: 'patient',
    trigger: '',
    shows: '',
    matches: (text) => text === 'first',
    async run(agent) {
      await agent.say('one');
      await wait;
      await agent.say('two');
    },
  };
  return { script, go: () => go() };
}
const echo: Script = {
  name: 'echo',
  trigger: '',
  shows: '',
  matches: () => true,
  run: (agent) => agent.say(`heard ${agent.text}`),
};

async function steer(steering: 'absorb' | 'own-turn') {
  const { script, go } = patient();
  const { client, createSession } = await startRig({ scripts: [script, echo], steering });
  const { id } = await createSession();
  const live = await follow(client, id, { previews: false });
  await client.beta.sessions.events.send(id, { events: [message('first')] });
  await live.until((event) => event.type === 'agent.message');
  const sent = await client.beta.sessions.events.send(id, { events: [message('second')] });
  go();
  const answered = await live.until((event) => textOf(event) === 'heard second');
  await live.idle(live.events.indexOf(answered));
  return { live, sentId: sent.data?.[0]?.id };
}

describe('a message sent while the agent works', () => {
  it('is absorbed into the running turn: one idle, and stamped before the next model request answers', async () => {
    const { live, sentId } = await steer('absorb');
    expect(live.types().filter((type) => type === 'session.status_idle')).toHaveLength(1);
    const stamps = live.events.filter((event) => event.id === sentId);
    expect(stamps.map((event) => event.processed_at === null)).toEqual([true, false]);
    const said = live.events.filter((event) => event.type === 'agent.message').map(textOf);
    expect(said).toEqual(['one', 'two', 'heard second']);
    expect(live.events.findIndex((event) => event.id === sentId && event.processed_at)).toBeLessThan(
      live.events.findIndex((event) => textOf(event) === 'two'),
    );
  });

  it('is part of one turn when it comes in the same burst', async () => {
    const { client, createSession } = await startRig({ scripts: [echo] });
    const { id } = await createSession();
    const live = await follow(client, id, { previews: false });
    await client.beta.sessions.events.send(id, { events: [message('a'), message('b')] });
    await live.idle();
    const said = live.events.filter((event) => event.type === 'agent.message').map(textOf);
    expect(said).toEqual(['heard a', 'heard b']);
    expect(live.types().filter((type) => type === 'session.status_running')).toHaveLength(1);
  });

  it('or gets a turn of its own: two idles', async () => {
    const { live, sentId } = await steer('own-turn');
    expect(live.types().filter((type) => type === 'session.status_idle')).toHaveLength(2);
    const firstIdle = live.types().indexOf('session.status_idle');
    const stamp = live.events.findIndex((event) => event.id === sentId && event.processed_at);
    expect(stamp).toBeGreaterThan(firstIdle);
  });

  it('changes the course of the slow script, which quotes it', async () => {
    const { client, createSession } = await startRig({ clock: fastClock(20), pace: 1 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('take your time')] });
    await live.until((event) => event.type === 'agent.tool_use');
    await client.beta.sessions.events.send(id, { events: [message('only look at the queue')] });
    const course = await live.until(
      (event) => event.type === 'agent.message' && textOf(event).includes('Changing course'),
    );
    expect(textOf(course)).toContain('> only look at the queue');
    await live.idle();
    expect(live.types().filter((type) => type === 'session.status_idle')).toHaveLength(1);
  });
});

describe('an interrupt', () => {
  it('cuts a half-written message, which is never stored, closes its span and ends the turn', async () => {
    const { client, createSession } = await startRig({ pace: 1 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('minutes 3')] });
    await live.until((event) => event.type === 'event_start');
    const from = live.events.length;
    const sent = await client.beta.sessions.events.send(id, { events: [{ type: 'user.interrupt' }] });
    expect(sent.data?.[0]?.processed_at).toBeNull();
    const idle = await live.idle();
    expect(idle.stop_reason).toEqual({ type: 'end_turn' });
    const types = live.types().slice(from);
    expect(types.filter((type) => type !== 'event_delta')).toEqual([
      'user.interrupt',
      'span.model_request_end',
      'user.interrupt',
      'session.thread_status_idle',
      'session.usage',
      'session.status_idle',
    ]);
    const listed = await client.beta.sessions.events.list(id);
    expect(listed.data.map((event) => event.type)).not.toContain('agent.message');
  });

  it('closes a running tool with an error result, and what is queued becomes the next turn', async () => {
    const { client, createSession } = await startRig({ pace: 1 });
    const { id } = await createSession();
    const live = await follow(client, id, { previews: false });
    await client.beta.sessions.events.send(id, { events: [message('slow')] });
    await live.until((event) => event.type === 'agent.tool_use');
    await client.beta.sessions.events.send(id, { events: [{ type: 'user.interrupt' }, message('unrelated')] });
    const first = await live.idle();
    expect(live.events.find((event) => event.type === 'agent.tool_result')).toMatchObject({ is_error: true });
    await live.idle(live.events.indexOf(first) + 1);
    expect(textOf(live.events.findLast((event) => event.type === 'agent.message'))).toContain('unrelated');
  });

  it('does nothing on an idle session', async () => {
    const { client, createSession, server } = await startRig();
    const { id } = await createSession();
    const sent = await client.beta.sessions.events.send(id, { events: [{ type: 'user.interrupt' }] });
    expect(sent.data?.[0]?.processed_at).not.toBeNull();
    expect(server.records().sessions[0]?.events.map((event) => event.type)).toEqual(['user.interrupt']);
  });
});
