import { afterEach, describe, expect, it } from 'vitest';
import type { Followed } from '../../src/thread/event.ts';
import { sessionId } from '../../src/thread/ids.ts';
import { door, eventually, message, type Rig, type RigOptions, script, startRig } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

/** Ids that came more than once, but for what people sent, which comes queued and stamped. */
function repeated(events: Followed[]): string[] {
  const ids = events.flatMap((event) => ('id' in event && event.type !== 'user.message' ? [event.id] : []));
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

const signs = ['follow.live', 'follow.lost', 'session.status_running', 'session.status_idle', 'agent.message'];
const story = (types: string[]) => types.filter((type) => signs.includes(type));

/** Cuts the streams and keeps the follower out until `reconnect`. */
async function cut() {
  rig.server.faults.failNext('events.stream', { status: 503, times: 1_000_000 });
  rig.server.faults.streams('reset');
  return { reconnect: () => rig.server.faults.clear() };
}

function idleRecorded(session: Parameters<Rig['record']>[0]) {
  return eventually(() => expect(rig.record(session).status).toBe('idle'));
}

describe('an undisturbed turn', () => {
  it('is heard whole and in order by whoever follows before sending', async () => {
    const { sessions } = await start();
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_idle');

    const types = follower.types();
    expect(types.indexOf('event_start')).toBeLessThan(types.indexOf('event_delta'));
    expect(types.lastIndexOf('event_delta')).toBeLessThan(types.indexOf('agent.message'));
    expect(types.indexOf('agent.message')).toBeLessThan(types.indexOf('session.usage'));
    const spoken = follower.events.filter((event) => event.type === 'user.message');
    expect(spoken).toMatchObject([
      { at: null, slackTs: '1700000000.000100' },
      { at: expect.any(String), slackTs: '1700000000.000100' },
    ]);
    expect(repeated(follower.events)).toEqual([]);
  });

  it('previews a prefix of the final text', async () => {
    const { sessions } = await start({ scripts: [script((agent) => agent.say('one two three four', { chunk: 3 }))] });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_idle');
    const pieces = follower.events.map((event) => (event.type === 'event_delta' ? event.text : ''));
    expect(pieces.join('')).toBe('one two three four');
    expect(follower.events.find((event) => event.type === 'agent.message')).toMatchObject({
      text: 'one two three four',
    });
  });

  it('is read from history by whoever comes late, before going live', async () => {
    const { sessions } = await start();
    const session = await rig.open();
    await sessions.send(session, message('hello'));
    await idleRecorded(session);
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    expect(story(follower.types())).toEqual([
      'session.status_running',
      'agent.message',
      'session.status_idle',
      'follow.live',
    ]);
  });

  it('passes event types nobody knows by name', async () => {
    const { sessions } = await start({
      scripts: [script(async (agent) => agent.emit('agent.dreaming', { of: 'sheep' }))],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_idle');
    expect(follower.events).toContainEqual({ type: 'ignored', name: 'agent.dreaming' });
  });
});

describe('since', () => {
  it('leaves out what needs no attention any more', async () => {
    const { sessions } = await start();
    const session = await rig.open();
    await sessions.send(session, message('first'));
    await idleRecorded(session);
    const since = rig.record(session).events.at(-1)?.processed_at ?? null;
    await sessions.send(session, message('second', '1700000001.000100'));
    await eventually(() => expect(rig.record(session).events.filter(isIdle)).toHaveLength(2));
    const follower = rig.follow(session, { since });
    await follower.heard('follow.live');
    expect(story(follower.types())).toEqual([
      'session.status_running',
      'agent.message',
      'session.status_idle',
      'follow.live',
    ]);
    expect(follower.events).not.toContainEqual(expect.objectContaining({ slackTs: '1700000000.000100' }));
  });

  it('does not hide a message that is still queued and so has no time to compare', async () => {
    const working = door();
    const { sessions } = await start({ scripts: [script(() => working.passed)] });
    const session = await rig.open();
    await sessions.send(session, message('first'));
    await sessions.send(session, message('second', '1700000001.000100'));
    const since = rig.record(session).events.find((event) => event.type === 'session.status_running')?.processed_at;
    const follower = rig.follow(session, { since: since ?? null });
    await follower.heard('follow.live');
    expect(follower.events).toContainEqual({
      type: 'user.message',
      id: expect.any(String),
      at: null,
      slackTs: '1700000001.000100',
      author: 'U1',
    });
    working.open();
  });
});

describe('a broken stream', () => {
  it.each(['reset', 'eof'] as const)('is opened again after a %s in the middle of a turn', async (how) => {
    const working = door();
    const { sessions, server } = await start({
      scripts: [
        script(async (agent) => {
          await agent.say('before');
          await working.passed;
          await agent.say('after');
        }),
      ],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('agent.message');
    server.faults.streams(how);
    await follower.heard('follow.live', 2);
    working.open();
    await follower.heard('session.status_idle');
    expect(story(follower.types())).toEqual([
      'follow.live',
      'session.status_running',
      'agent.message',
      'follow.lost',
      'follow.live',
      'agent.message',
      'session.status_idle',
    ]);
    expect(repeated(follower.events)).toEqual([]);
  });

  it('that only fell silent is noticed and opened again', async () => {
    const working = door();
    const { sessions, server } = await start({ silenceMs: 3_000, scripts: [script(() => working.passed)] });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_running');
    server.faults.streams('stall');
    working.open();
    await follower.heard('session.status_idle');
    expect(repeated(follower.events)).toEqual([]);
  });

  it('is opened again quietly while a long tool call says nothing', async () => {
    const working = door();
    const { sessions } = await start({ silenceMs: 1_000, scripts: [script(() => working.passed)] });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_running');
    const before = follower.events.length;
    await follower.heard('follow.live', 3);
    const since = new Set(follower.types().slice(before));
    for (const type of ['follow.live', 'follow.lost']) since.delete(type);
    // Echo, thread status and span may still have been on their way; nothing else may come of reconnecting.
    expect([...since].filter((type) => type !== 'ignored' && type !== 'user.message')).toEqual([]);
    expect(repeated(follower.events)).toEqual([]);
    working.open();
  });

  it('waits longer after each failure to open it', async () => {
    const { server, clock } = await start();
    const session = await rig.open();
    server.faults.failNext('events.stream', { status: 529, times: 3 });
    const startedAt = clock.now();
    await rig.follow(session).heard('follow.live');
    // 500, 1,000 and 2,000 ms; timers may fire a real millisecond early.
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(3_400);
  });

  it('waits as long as a rate limit asks', async () => {
    const { server, clock } = await start();
    const session = await rig.open();
    server.faults.failNext('events.stream', { status: 429, retryAfter: 5 });
    const startedAt = clock.now();
    await rig.follow(session).heard('follow.live');
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(4_900);
  });

  it.each([408, 409, 429, 500, 503])('does not give up on status %i', async (status) => {
    const { server } = await start();
    const session = await rig.open();
    server.faults.failNext('events.stream', { status });
    await rig.follow(session).heard('follow.live');
  });
});

describe('history', () => {
  it('is read again before going live when reading it failed', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    await sessions.send(session, message('hello'));
    await idleRecorded(session);
    server.faults.failNext('events.list', { status: 500, times: 2 });
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    expect(story(follower.types())).toEqual([
      'session.status_running',
      'agent.message',
      'session.status_idle',
      'follow.live',
    ]);
  });

  it('brings the idle that happened while nobody listened', async () => {
    const working = door();
    const { sessions } = await start({ scripts: [script(() => working.passed)] });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_running');
    const { reconnect } = await cut();
    await follower.heard('follow.lost');
    working.open();
    await idleRecorded(session);
    reconnect();
    await follower.heard('follow.live', 2);
    expect(story(follower.types()).slice(-3)).toEqual(['follow.lost', 'session.status_idle', 'follow.live']);
  });

  it('that lags is read again, so that an idle on neither list nor stream is heard', async () => {
    const working = door();
    // Without the watchdog, which would find the idle too, a minute later.
    const { sessions, server } = await start({ silenceMs: 3_600_000, scripts: [script(() => working.passed)] });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_running');
    const { reconnect } = await cut();
    await follower.heard('follow.lost');
    working.open();
    await idleRecorded(session);
    reconnect();
    server.faults.apply({ listLagMs: 5_000 });
    await follower.heard('session.status_idle');
    expect(story(follower.types()).filter((type) => type === 'session.status_idle')).toHaveLength(1);
    expect(repeated(follower.events)).toEqual([]);
  });

  it('that lags is waited for before the end of a turn is believed', async () => {
    const speaking = door();
    const working = door();
    const { sessions, server } = await start({
      scripts: [
        script(async (agent) => {
          await speaking.passed;
          await agent.say('said while nobody listened');
          await working.passed;
        }),
      ],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_running');
    const { reconnect } = await cut();
    await follower.heard('follow.lost');
    speaking.open();
    await eventually(() => expect(rig.record(session).events.some((one) => one.type === 'agent.message')).toBe(true));
    reconnect();
    server.faults.apply({ listLagMs: 4_000 });
    await follower.heard('follow.live', 2);
    working.open();
    await follower.heard('session.status_idle');
    expect(story(follower.types()).slice(-2)).toEqual(['agent.message', 'session.status_idle']);
    expect(repeated(follower.events)).toEqual([]);
  });

  it('that lags is waited for before a text is believed, so that texts come in their order', async () => {
    const doors = { first: door(), second: door() };
    const { sessions, server } = await start({
      scripts: [
        script(async (agent) => {
          await doors.first.passed;
          await agent.say('said while nobody listened');
          await doors.second.passed;
          await agent.say('said to whoever listened again');
          await agent.tool('bash', { command: 'sleep 60' }, { ms: 60_000 });
        }),
      ],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    await follower.heard('session.status_running');
    const { reconnect } = await cut();
    await follower.heard('follow.lost');
    doors.first.open();
    await eventually(() => expect(rig.record(session).events.some((one) => one.type === 'agent.message')).toBe(true));
    reconnect();
    server.faults.apply({ listLagMs: 3_000 });
    await follower.heard('follow.live', 2);
    doors.second.open();
    await follower.heard('agent.message', 2);
    const said = follower.events.flatMap((event) => (event.type === 'agent.message' ? [event.text] : []));
    expect(said).toEqual(['said while nobody listened', 'said to whoever listened again']);
    const previewed = follower.types().slice(0, follower.types().indexOf('agent.message'));
    expect(previewed).not.toContain('event_delta');
    expect(repeated(follower.events)).toEqual([]);
  });

  it('is read with the stream open, so that nothing is missed in between', async () => {
    const reading = door();
    const asked: string[] = [];
    const { sessions, api } = await start({
      async fetch(url, init) {
        const { pathname } = new URL(url instanceof Request ? url.url : url);
        const response = await fetch(url, init);
        if (init?.method?.toUpperCase() === 'POST') return response;
        asked.push(pathname.split('/').slice(4).join('/'));
        // The list is answered, but the follower gets to see the answer only when the turn is over.
        if (pathname.endsWith('/events')) await reading.passed;
        return response;
      },
    });
    const session = await rig.open();
    await api.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }] });
    const follower = rig.follow(session);
    await eventually(() => expect(asked).toEqual(['events/stream', 'events']));
    await sessions.send(session, message('hello'));
    await idleRecorded(session);
    reading.open();
    await follower.heard('session.status_idle');
    expect(story(follower.types())).toEqual([
      'follow.live',
      'session.status_running',
      'agent.message',
      'session.status_idle',
    ]);
    expect(follower.types().indexOf('user.interrupt')).toBeLessThan(follower.types().indexOf('follow.live'));
  });

  it('of a resting session is read once', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    await sessions.send(session, message('hello'));
    await idleRecorded(session);
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('again', '1700000001.000100'));
    await follower.heard('session.status_idle', 2);
    expect(server.records().requests['events.list']).toBe(1);
  });
});

describe('the end', () => {
  it('comes with session.status_terminated', async () => {
    const { sessions } = await start({
      scripts: [script(async (agent) => void (await agent.terminate({ type: 'unknown_error', message: 'broken' })))],
    });
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await sessions.send(session, message('hello'));
    expect(await follower.ended).toBeUndefined();
    expect(follower.types().at(-1)).toBe('session.status_terminated');
    expect(follower.types()).not.toContain('follow.lost');
    // And whoever comes later finds it in history.
    const late = rig.follow(session);
    expect(await late.ended).toBeUndefined();
    expect(late.types().at(-1)).toBe('session.status_terminated');
  });

  it('comes with session.deleted', async () => {
    const { api } = await start();
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await api.beta.sessions.delete(session);
    expect(await follower.ended).toBeUndefined();
    expect(follower.types()).toEqual(['follow.live', 'session.deleted']);
  });

  it('comes when the signal aborts, and leaves no stream open', async () => {
    const { server } = await start();
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await follower.stop();
    expect(await follower.ended).toBeUndefined();
    await eventually(() => expect(server.records().openStreams).toBe(0));
  });

  it('comes at once when the signal aborts during a wait', async () => {
    await start();
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    await cut();
    await follower.heard('follow.lost');
    await follower.stop();
    expect(await follower.ended).toBeUndefined();
  });

  it('comes when whoever is told leaves, and leaves no stream open', async () => {
    const { sessions, server } = await start();
    const session = await rig.open();
    const leaving = new AbortController();
    const tell = ({ type }: { type: string }) => {
      if (type === 'follow.live') leaving.abort();
    };
    await sessions.follow(session, { since: null, tell, signal: leaving.signal });
    await eventually(() => expect(server.records().openStreams).toBe(0));
  });
});

describe('a refusal', () => {
  it('of a session that does not exist says gone', async () => {
    await start();
    expect(await rig.follow(sessionId('sesn_none')).ended).toMatchObject({ name: 'SessionError', code: 'gone' });
  });

  it('while reconnecting to a deleted session says gone', async () => {
    const { api } = await start();
    const session = await rig.open();
    const follower = rig.follow(session);
    await follower.heard('follow.live');
    const { reconnect } = await cut();
    await follower.heard('follow.lost');
    await api.beta.sessions.delete(session);
    reconnect();
    expect(await follower.ended).toMatchObject({ code: 'gone' });
  });

  it.each([
    [400, 'Session is archived.', 'gone'],
    [409, 'Session does not exist.', 'gone'],
    [401, 'no', 'credentials'],
    [403, 'no', 'credentials'],
    [400, 'event_deltas: wrong', 'request'],
    [422, 'no', 'request'],
  ])('with %i "%s" ends following with %s', async (status, words, code) => {
    const { server } = await start();
    const session = await rig.open();
    server.faults.failNext('events.stream', { status, message: words });
    expect(await rig.follow(session).ended).toMatchObject({ name: 'SessionError', code });
  });
});

it('logs neither keys nor what people wrote', async () => {
  const { sessions, server } = await start();
  const session = await rig.open();
  const follower = rig.follow(session);
  await follower.heard('follow.live');
  server.faults.streams('reset');
  server.faults.failNext('events.send', { status: 500, message: 'quoting: a secret plan' });
  await sessions.send(session, message('a secret plan'));
  await follower.heard('session.status_idle');
  expect(rig.logged()).toContain(session);
  expect(rig.logged()).not.toContain('secret plan');
  expect(rig.logged()).not.toContain(server.apiKey);
});

function isIdle(event: { type: string }): boolean {
  return event.type === 'session.status_idle';
}
