import { afterEach, describe, expect, it } from 'vitest';
import { sessionId } from '../../src/thread/ids.ts';
import { eventually, message, type Rig, type RigOptions, script, startRig } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

function userMessages(session: Parameters<Rig['record']>[0]) {
  return rig.record(session).events.filter((event) => event.type === 'user.message');
}

it('puts the marker in a block of its own before the words', async () => {
  const { sessions } = await start();
  const session = await rig.open();
  const outgoing = message('hello');
  await sessions.send(session, { ...outgoing, blocks: ['the thread so far', 'hello'] });
  expect(userMessages(session)).toMatchObject([
    {
      content: [
        { type: 'text', text: '[Slack message 1700000000.000100 from Ana (U1) in #ops]' },
        { type: 'text', text: 'the thread so far' },
        { type: 'text', text: 'hello' },
      ],
    },
  ]);
});

describe('a message whose sending ended without an answer', () => {
  it.each(['reset', 'error'] as const)('was stored (%s) and stands in the session once', async (answer) => {
    const { sessions, server } = await start();
    const session = await rig.open();
    server.faults.apply({ eventsSendStored: { answer } });
    await sessions.send(session, message('hello'));
    expect(userMessages(session)).toHaveLength(1);
    expect(server.records().requests['events.send']).toBe(1);
  });

  it.each([1_500, 4_000])('is found by another look when the list lags by %i ms', async (listLagMs) => {
    const { sessions, server } = await start();
    const session = await rig.open();
    server.faults.apply({ eventsSendStored: { answer: 'reset' }, listLagMs });
    await sessions.send(session, message('hello'));
    expect(userMessages(session)).toHaveLength(1);
  });

  it('to an earlier process is looked for before it is sent, and again while the list may lag', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    server.faults.apply({ listLagMs: 4_000 });
    await sessions.send(session, message('hello'));
    await rig.another({}).send(session, message('hello'), { isTried: true });
    expect(userMessages(session)).toHaveLength(1);
    await rig.another({}).send(session, message('never sent', '1700000001.000100'), { isTried: true });
    expect(userMessages(session)).toHaveLength(2);
  });

  it.each([500, 529, 408])('was not stored (%i) and is sent again', async (status) => {
    const { sessions, server } = await start();
    const session = await rig.open();
    server.faults.failNext('events.send', { status });
    await sessions.send(session, message('hello'));
    expect(userMessages(session)).toHaveLength(1);
    expect(server.records().requests['events.send']).toBe(2);
    expect(server.records().requests['events.list']).toBe(3);
  });

  it('is not mistaken for another message of the same session', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    await sessions.send(session, message('same words', '1700000001.000100'));
    server.faults.failNext('events.send', { status: 500 });
    await sessions.send(session, message('same words', '1700000002.000100'));
    expect(userMessages(session)).toHaveLength(2);
  });

  it('is looked for by a later call when the look itself failed', async () => {
    const { sessions, server } = await start({ speed: 200 });
    const session = await rig.open();
    server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    server.faults.failNext('events.list', { status: 503, times: 1_000_000 });
    await expect(sessions.send(session, message('hello'))).rejects.toMatchObject({ code: 'unreachable' });
    server.faults.clear();
    await sessions.send(session, message('hello'));
    expect(userMessages(session)).toHaveLength(1);
    expect(server.records().requests['events.send']).toBe(1);
  });
});

describe('a message that was refused', () => {
  it('for the rate is sent again after the wait the API asks for, without looking', async () => {
    const { sessions, server, clock } = await start();
    const session = await rig.open();
    server.faults.failNext('events.send', { status: 429, retryAfter: 5 });
    const startedAt = clock.now();
    await sessions.send(session, message('hello'));
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(4_900);
    expect(userMessages(session)).toHaveLength(1);
    expect(server.records().requests['events.list']).toBeUndefined();
  });

  it('again and again ends as unreachable after four tries', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    server.faults.failNext('events.send', { status: 429, times: 9 });
    await expect(sessions.send(session, message('hello'))).rejects.toMatchObject({ code: 'unreachable' });
    expect(server.records().requests['events.send']).toBe(4);
  });

  it('again and again with long waits ends after about a minute', async () => {
    const { sessions, server, clock } = await start({ speed: 200 });
    const session = await rig.open();
    server.faults.failNext('events.send', { status: 429, times: 9, retryAfter: 3_600 });
    const startedAt = clock.now();
    await expect(sessions.send(session, message('hello'))).rejects.toMatchObject({ code: 'unreachable' });
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(59_000);
    expect(server.records().requests['events.send']).toBeLessThanOrEqual(4);
  });

  it('because the session waits for people says waiting', async () => {
    const { sessions } = await start({
      scripts: [script(async (agent) => void (await agent.tool('bash', { command: 'ls' }, { permission: 'ask' })))],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_idle');
    expect(follower.events.at(-1)).toMatchObject({ reason: 'requires_action', eventIds: [expect.any(String)] });
    await expect(sessions.send(session, message('more', '1700000001.000100'))).rejects.toMatchObject({
      name: 'SessionError',
      code: 'waiting',
    });
  });

  it('because the budget is used up says budget', async () => {
    const { sessions } = await start({
      scripts: [
        script(async (agent) => {
          agent.spendBudget();
          await agent.say('too much');
        }),
      ],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_idle');
    expect(follower.events.at(-1)).toMatchObject({ reason: 'budget_reached' });
    await expect(sessions.send(session, message('more', '1700000001.000100'))).rejects.toMatchObject({
      code: 'budget',
    });
  });

  it('because the session is archived, deleted or terminated says gone', async () => {
    const { sessions, api } = await start({
      scripts: [script(async (agent) => void (await agent.terminate({ type: 'unknown_error', message: 'broken' })))],
    });
    const [archived, deleted, terminated] = [await rig.open('a'), await rig.open('b'), await rig.open('c')];
    await api.beta.sessions.archive(archived);
    await api.beta.sessions.delete(deleted);
    await sessions.send(terminated, message('hello'));
    await eventually(() => expect(rig.record(terminated).status).toBe('terminated'));
    for (const session of [archived, deleted, terminated, sessionId('sesn_none')]) {
      await expect(sessions.send(session, message('x', '1700000009.000100'))).rejects.toMatchObject({ code: 'gone' });
    }
  });

  it.each([
    [401, 'credentials'],
    [403, 'credentials'],
    [400, 'request'],
    [413, 'request'],
  ])('with %i says %s and is not tried again', async (status, code) => {
    const { sessions, server } = await start();
    const session = await rig.open();
    server.faults.failNext('events.send', { status });
    await expect(sessions.send(session, message('hello'))).rejects.toMatchObject({ code });
    expect(server.records().requests['events.send']).toBe(1);
  });
});

it('never lets the SDK try again by itself', async () => {
  const counts: (string | null)[] = [];
  const { sessions, server } = await start({
    fetch: (url, init) => {
      counts.push(new Headers(init?.headers).get('x-stainless-retry-count'));
      return fetch(url, init);
    },
  });
  const session = await rig.open();
  server.faults.failNext('events.send', { status: 500 });
  await sessions.send(session, message('hello'));
  expect(new Set(counts)).toEqual(new Set(['0']));
});

describe('interrupt', () => {
  it('stops a running turn', async () => {
    const { sessions } = await start({
      scripts: [script((agent) => agent.say('and so on '.repeat(1_000), { everyMs: 1_000, unpaced: true }))],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('event_delta');
    await sessions.interrupt(session);
    await follower.heard('session.status_idle');
    expect(follower.types()).toContain('user.interrupt');
    expect(follower.types()).not.toContain('agent.message');
  });

  it('is harmless when nothing runs, and tried again when the outcome is unknown', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    await sessions.interrupt(session);
    server.faults.failNext('events.send', { status: 500 });
    await sessions.interrupt(session);
    expect(server.records().requests['events.send']).toBe(3);
    expect(rig.record(session).status).toBe('idle');
  });

  it('of a session that is gone says gone', async () => {
    const { sessions, api } = await start();
    const session = await rig.open();
    await api.beta.sessions.archive(session);
    await expect(sessions.interrupt(session)).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('a message sent instead of an answer', () => {
  const asking = (outcomes: unknown[] = []) =>
    script(async (agent) => {
      if (agent.heard().all.length > 1) return agent.say('all right');
      outcomes.push(await agent.tool('bash', { command: 'rm -r build' }, { permission: 'ask' }));
    });

  async function waiting() {
    const session = await rig.open();
    await rig.sessions.send(session, message('clean up'));
    await eventually(() => expect(rig.record(session).status).toBe('idle'));
    return session;
  }

  it('goes out in one request with the interrupt, which closes what was open', async () => {
    const outcomes: unknown[] = [];
    const { sessions, server } = await start({ scripts: [asking(outcomes)] });
    const session = await waiting();
    const before = server.records().requests['events.send'] ?? 0;
    await sessions.send(session, message('leave it', '1700000001.000100'), { interrupting: true });
    await eventually(() => expect(userMessages(session)).toHaveLength(2));
    expect((server.records().requests['events.send'] ?? 0) - before).toBe(1);
    const types = rig.record(session).events.map(({ type }) => type);
    expect(types).toContain('user.interrupt');
    expect(rig.record(session).events.find(({ type }) => type === 'agent.tool_result')).toMatchObject({
      is_error: true,
    });
    expect(outcomes).toEqual([]);
  });

  it.each(['reset', 'error'] as const)('is not sent twice when its outcome is unknown (%s)', async (answer) => {
    const { sessions, server } = await start({ scripts: [asking()] });
    const session = await waiting();
    server.faults.apply({ eventsSendStored: { answer } });
    await sessions.send(session, message('leave it', '1700000001.000100'), { interrupting: true });
    expect(userMessages(session)).toHaveLength(2);
    expect(rig.record(session).events.filter(({ type }) => type === 'user.interrupt')).toHaveLength(1);
  });

  it('interrupts nothing when it was not stored, and does both on the next try', async () => {
    const { sessions, server } = await start({ scripts: [asking()] });
    const session = await waiting();
    server.faults.failNext('events.send', { status: 400, message: 'no' });
    await expect(
      sessions.send(session, message('leave it', '1700000001.000100'), { interrupting: true }),
    ).rejects.toMatchObject({ code: 'request' });
    expect(rig.record(session).events.map(({ type }) => type)).not.toContain('user.interrupt');
    server.faults.failNext('events.send', { status: 500 });
    await sessions.send(session, message('leave it', '1700000001.000100'), { interrupting: true });
    expect(userMessages(session)).toHaveLength(2);
  });
});
