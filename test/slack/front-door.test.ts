import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { fastClock, realClock } from '../../src/clock.ts';
import { createListener, type Listener, type Route } from '../../src/ops/listener.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { STOP_ACTION } from '../../src/slack/from-slack.ts';
import { createFrontDoor, type FrontDoor, type FrontDoorOptions } from '../../src/slack/front-door.ts';
import { gate, memoryPorts } from './memory-ports.ts';

const GENERAL = 'C0GENERAL1';
const PARTNERS = 'C0PARTNER4';
const ANA = 'U0ANA00001';
const ELI = 'U0ELI00005';

let slack: SlackServer;
let ports: ReturnType<typeof memoryPorts>;
let logged: string[];
const doors: FrontDoor[] = [];
const listeners: Listener[] = [];
let over: 'socket' | 'http' = 'socket';
const fatal: Error[] = [];

function buildDoor(options: Partial<FrontDoorOptions> = {}): FrontDoor {
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const { apiUrl, botToken, appToken, signingSecret } = slack;
  const onFatal = (error: Error) => void fatal.push(error);
  const transport =
    over === 'http' ? ({ type: 'http', signingSecret } as const) : ({ type: 'socket', appToken } as const);
  const door = createFrontDoor({ apiUrl, botToken, transport, clock: realClock, log, onFatal, ...options });
  doors.push(door);
  return door;
}

async function openDoor(options: Partial<FrontDoorOptions> = {}): Promise<FrontDoor> {
  const door = buildDoor(options);
  await door.start(ports);
  if (door.take) await slack.deliverTo(await listen(door.take));
  return door;
}

/** Where Slack's requests go. */
async function listen(take: Route['take']): Promise<string> {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const listener = createListener({ host: '127.0.0.1', port: 0, routes: [{ path: '/slack/events', take }], log });
  listeners.push(listener);
  await listener.start();
  return `http://127.0.0.1:${JSON.parse(lines[0] ?? '{}').port}/slack/events`;
}

const say = (text: string, fields: { channel?: string; user?: string; thread_ts?: string } = {}) =>
  slack.act.say({ user: ANA, channel: GENERAL, text, ...fields });
const mentionBot = (text: string) => say(`<@${slack.botUserId}> ${text}`);
const texts = () => ports.all().map((input) => (input.type === 'message' ? input.text : input.type));
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
/** Every event so far has been acknowledged, on a slow machine perhaps only when it came again. */
const allAcked = () =>
  until(() => {
    expect(slack.deliveries().length).toBeGreaterThan(0);
    const acked = new Set(slack.deliveries().map(({ eventId, ackedAt }) => (ackedAt === undefined ? null : eventId)));
    expect(slack.deliveries().filter(({ eventId }) => !acked.has(eventId))).toEqual([]);
  });
const methodCalls = (method: string) => slack.calls().filter((call) => call.method === method).length;

beforeEach(async () => {
  // Three seconds to acknowledge pass in 150 ms, so that a redelivery is soon seen.
  slack = await startSlackServer({ clock: fastClock(20) });
  ports = memoryPorts();
  logged = [];
  fatal.length = 0;
});

afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.stop()));
  await slack.stop();
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
});

it('can tell who we are, and look things up, before it takes anything in', async () => {
  const door = buildDoor();
  expect(() => door.identity()).toThrow();
  await door.identify();
  expect(door.identity()).toMatchObject({ botUserId: slack.botUserId, teamId: slack.teamId });
  expect(methodCalls('apps.connections.open')).toBe(0);
  await door.start(ports);
  expect(methodCalls('auth.test')).toBe(1);
  mentionBot('hello');
  await allAcked();
  expect(texts()).toEqual(['hello']);
});

describe.each(['socket', 'http'] as const)('a delivery over %s', (transport) => {
  beforeEach(() => {
    over = transport;
  });
  afterEach(() => {
    over = 'socket';
  });

  it('is acknowledged only once its input is stored, and redelivered until then', async () => {
    const storing = gate();
    ports.hooks.beforeAdd = () => storing.passed;
    await openDoor();
    mentionBot('why is it slow?');
    await until(() => expect(slack.deliveries().some(({ attempt }) => attempt > 0)).toBe(true));
    expect(slack.deliveries().filter(({ ackedAt }) => ackedAt !== undefined)).toEqual([]);
    storing.open();
    await until(() => expect(slack.deliveries().some(({ ackedAt }) => ackedAt !== undefined)).toBe(true));
    expect(texts()).toEqual(['why is it slow?']);
  });

  it('whose input cannot be stored stays unacknowledged, and its redelivery is taken in', async () => {
    let failures = 0;
    ports.hooks.beforeAdd = async () => {
      // Both events of the mention fail at their first try.
      if (failures++ < 2) throw new Error('disk full');
    };
    await openDoor();
    const { ts } = mentionBot('why is it slow?');
    await until(() => expect(ports.wakes).toContain(`${slack.teamId}/${GENERAL}/${ts}`));
    expect(texts()).toEqual(['why is it slow?']);
    const first = slack.deliveries().filter(({ attempt }) => attempt === 0);
    expect(first.map(({ ackedAt }) => ackedAt)).toEqual([undefined, undefined]);
  });

  it('makes one input of a mention that comes as two events, each of them twice', async () => {
    slack.faults.apply({ deliveries: { duplicate: true } });
    await openDoor();
    mentionBot('once, please');
    await until(() => expect(slack.deliveries().length).toBeGreaterThanOrEqual(4));
    await allAcked();
    expect(texts()).toEqual(['once, please']);
  });

  it('of our own posts and edits, of outsiders and of joins is acknowledged and ignored', async () => {
    const door = await openDoor();
    const { ts } = await door.client.chat.postMessage({ channel: GENERAL, text: `I am <@${slack.botUserId}>` });
    await door.client.chat.update({ channel: GENERAL, ts: ts ?? '', text: 'edited' });
    say(`<@${slack.botUserId}> run rm -rf`, { user: ELI, channel: PARTNERS });
    await until(() => expect(slack.deliveries().length).toBeGreaterThanOrEqual(4));
    await allAcked();
    expect(ports.all()).toEqual([]);
    expect(logged.filter((line) => line.includes('"reason":"own-echo"'))).not.toEqual([]);
    expect(logged.filter((line) => line.includes('"reason":"message_changed"'))).not.toEqual([]);
    expect(logged.filter((line) => line.includes('"reason":"outsider"'))).not.toEqual([]);
  });

  it('asks nothing of the Web API before its acknowledgement', async () => {
    await openDoor();
    const before = slack.calls().length;
    mentionBot('hi');
    await until(() => expect(slack.deliveries().length).toBeGreaterThanOrEqual(2));
    await allAcked();
    expect(slack.calls()).toHaveLength(before);
    expect(methodCalls('auth.test')).toBe(1);
  });

  it('of a click on our stop button is stored before its acknowledgement', async () => {
    const door = await openDoor();
    const { ts: root } = say('go');
    const button = { type: 'button', action_id: STOP_ACTION, text: { type: 'plain_text', text: 'Stop' } };
    const blocks = [{ type: 'actions', elements: [button] }];
    const posted = await door.client.chat.postMessage({ channel: GENERAL, thread_ts: root, text: 'Working', blocks });
    const click = { user: ANA, channel: GENERAL, message_ts: posted.ts ?? '', action_id: STOP_ACTION };
    await slack.act.click(click);
    expect(ports.all()).toMatchObject([{ type: 'stop', thread: `${slack.teamId}/${GENERAL}/${root}`, by: ANA }]);
    const interactive = slack.deliveries().filter(({ type }) => type === 'interactive');
    expect(interactive).toMatchObject([{ ackPayload: {}, ackedAt: expect.any(Number) }]);
  });

  it('of the native stop button is taken in', async () => {
    const door = await openDoor();
    const { ts: root } = say('go');
    const session = { channel_id: GENERAL, thread_ts: root, status: 'processing' as const };
    await door.client.agents.sessions.setStatus(session);
    slack.act.stop({ user: ANA, channel: GENERAL, thread_ts: root });
    await until(() => expect(ports.all()).toMatchObject([{ type: 'stop', by: ANA, said: false }]));
  });

  it('never brings what people wrote, or a token, into the log', async () => {
    await openDoor();
    mentionBot('the password is swordfish');
    await until(() => expect(slack.deliveries().length).toBeGreaterThanOrEqual(2));
    await allAcked();
    expect(logged.join('')).not.toMatch(/swordfish|xoxb-|xapp-|ticket=/);
  });
});

describe('requests', () => {
  let url: string;

  beforeEach(async () => {
    over = 'http';
    const door = await openDoor();
    url = await listen(door.take ?? expect.fail('takes no requests'));
  });
  afterEach(() => {
    over = 'socket';
  });

  const mention = () =>
    JSON.stringify({
      type: 'event_callback',
      team_id: slack.teamId,
      event: { type: 'app_mention', channel: GENERAL, user: ANA, ts: '1766458031.859009', text: 'hi' },
    });

  function post(body: string, { at = Date.now(), secret = slack.signingSecret, ...headers }: PostOptions = {}) {
    const timestamp = String(Math.floor(at / 1000));
    const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const signed = { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` };
    const all = { 'content-type': 'application/json', ...signed, ...headers };
    return fetch(url, { method: 'POST', body, headers: all });
  }
  interface PostOptions extends Record<string, unknown> {
    at?: number;
    secret?: string;
  }

  it('that Slack has signed are taken in', async () => {
    expect(await post(mention())).toMatchObject({ status: 200 });
    expect(texts()).toEqual(['hi']);
  });

  it.each<[string, () => PostOptions]>([
    ['with another secret', () => ({ secret: 'another' })],
    ['for another body', () => ({ 'x-slack-signature': `v0=${'0'.repeat(64)}` })],
    ['with no version', () => ({ 'x-slack-signature': 'x' })],
    ['not at all', () => ({ 'x-slack-signature': '' })],
    ['six minutes ago', () => ({ at: Date.now() - 360_000 })],
    ['in six minutes', () => ({ at: Date.now() + 360_000 })],
    ['at no time', () => ({ 'x-slack-request-timestamp': 'NaN' })],
  ])('signed %s are refused', async (_, options) => {
    expect(await post(mention(), options())).toMatchObject({ status: 401 });
    expect(ports.all()).toEqual([]);
    expect(logged.join('')).toContain('request refused');
  });

  it('that only look whether we are there are answered, and bring nothing in', async () => {
    const body = new URLSearchParams({ ssl_check: '1', payload: mention() }).toString();
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-slack-signature': '' };
    expect(await post(body, form)).toMatchObject({ status: 200 });
    const challenge = await post(JSON.stringify({ type: 'url_verification', challenge: 'c1' }));
    expect(await challenge.json()).toEqual({ challenge: 'c1' });
    expect(ports.all()).toEqual([]);
  });

  it('that cannot be read, or that nobody is there for, are refused', async () => {
    expect(await post('{')).toMatchObject({ status: 400 });
    expect(await post('[]')).toMatchObject({ status: 400 });
    const payload = JSON.stringify({ type: 'shortcut', callback_id: 'x', user: { id: ANA }, team: { id: 'T1' } });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await post(new URLSearchParams({ payload }).toString(), form)).toMatchObject({ status: 404 });
    expect(await fetch(url)).toMatchObject({ status: 405 });
    expect(await fetch(url.replace('/slack/events', '/'), { method: 'POST' })).toMatchObject({ status: 404 });
    expect(await post(' '.repeat(5_000_000))).toMatchObject({ status: 413 });
  });

  it('without an event are acknowledged and forgotten', async () => {
    const notice = { type: 'app_rate_limited', team_id: slack.teamId, minute_rate_limited: 1 };
    expect(await post(JSON.stringify(notice))).toMatchObject({ status: 200 });
    expect(logged.filter((line) => line.includes('"reason":"app_rate_limited"'))).toHaveLength(1);
  });

  it('are not taken in any more once the door is closed', async () => {
    await Promise.all(doors.splice(0).map((door) => door.stop()));
    expect(await post(mention())).toMatchObject({ status: 503 });
    expect(ports.all()).toEqual([]);
  });
});

describe('the connection', () => {
  it('hears on while it is refreshed: every event at its first delivery, and a click that comes just then', async () => {
    // Slower, for a slow machine: what is not acknowledged within 750 ms would be sent again.
    await slack.stop();
    slack = await startSlackServer({ clock: fastClock(4) });
    const door = await openDoor();
    const { ts: root } = say('go');
    const button = { type: 'button', action_id: STOP_ACTION, text: { type: 'plain_text', text: 'Stop' } };
    const blocks = [{ type: 'actions', elements: [button] }];
    const { ts = '' } = await door.client.chat.postMessage({ channel: GENERAL, thread_ts: root, text: 'x', blocks });
    // A next address that is long in coming: all of this happens while it is waited for.
    const slow = { method: 'apps.connections.open', fault: { type: 'slow', ms: 4_000, when: 'before' } };
    slack.faults.apply({ calls: [slow], disconnect: 'warning' });
    mentionBot('said in the gap');
    await slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: STOP_ACTION });
    expect(ports.all().map(({ type }) => type)).toContain('stop');
    await until(() => expect(texts()).toContain('said in the gap'));
    await until(() => expect(logged.filter((line) => line.includes('connected to Slack'))).toHaveLength(2));
    // The old one is closed, by us or by Slack, and the new one is all there is.
    await until(() => expect(slack.connections()).toBe(1));
    mentionBot('said to the new one');
    await until(() => expect(texts()).toContain('said to the new one'));
    await allAcked();
    expect(slack.deliveries().filter(({ attempt }) => attempt > 0)).toEqual([]);
    expect(methodCalls('apps.connections.open')).toBe(2);
  });

  it('is not kept by Slack when there are too many, and tries again', async () => {
    await openDoor({ clock: fastClock(20) });
    slack.faults.apply({ disconnect: 'too_many_websockets' });
    mentionBot('still there?');
    await until(() => expect(texts()).toEqual(['still there?']));
  });

  it('comes back at once after a refresh, and what was said meanwhile arrives', async () => {
    await openDoor();
    slack.faults.apply({ disconnect: 'refresh_requested' });
    mentionBot('said in the gap');
    await until(() => expect(texts()).toEqual(['said in the gap']));
    await allAcked();
    expect(methodCalls('apps.connections.open')).toBe(2);
  });

  it('comes back after it was cut', async () => {
    await openDoor();
    slack.faults.apply({ disconnect: 'abrupt' });
    mentionBot('still there?');
    await until(() => expect(texts()).toEqual(['still there?']));
  });

  it('comes back although Slack answers with an error at first', async () => {
    await openDoor({ clock: fastClock(20) });
    slack.faults.apply({
      calls: [
        { method: 'apps.connections.open', fault: { type: 'http_500' } },
        { method: 'apps.connections.open', fault: { type: 'reset' } },
        { method: 'apps.connections.open', fault: { type: 'rate_limited', retry_after_s: 2 } },
        { method: 'apps.connections.open', fault: { type: 'error', error: 'internal_error' } },
      ],
    });
    slack.faults.apply({ disconnect: 'abrupt' });
    await until(() => expect(slack.connections()).toBe(1));
    expect(methodCalls('apps.connections.open')).toBe(6);
    expect(fatal).toEqual([]);
  });

  it('comes back although Slack does not know its token for a moment', async () => {
    await openDoor({ clock: fastClock(20) });
    const refusal = { method: 'apps.connections.open', next: 3, fault: { type: 'error', error: 'invalid_auth' } };
    slack.faults.apply({ calls: [refusal], disconnect: 'abrupt' });
    mentionBot('still there?');
    await until(() => expect(texts()).toEqual(['still there?']));
    expect(methodCalls('apps.connections.open')).toBe(5);
    expect(fatal).toEqual([]);
    expect(logged.filter((line) => line.includes('Slack refuses us'))).toHaveLength(3);
  });

  it('reports as fatal, once, that Slack does not take us back', async () => {
    await openDoor({ clock: fastClock(100) });
    slack.faults.apply({
      calls: [{ method: 'apps.connections.open', next: 0, fault: { type: 'error', error: 'invalid_auth' } }],
    });
    slack.faults.apply({ disconnect: 'abrupt' });
    await until(() => expect(fatal).toHaveLength(1));
    expect(fatal[0]).toMatchObject({ name: 'SlackSetupError', code: 'invalid_auth' });
    expect(methodCalls('apps.connections.open')).toBe(7);
  });

  it('whose other end is gone without a word is found out before Slack does', async () => {
    await slack.stop();
    // In real time, as the client's pings are; what comes goes to the newest connection.
    slack = await startSlackServer({ random: () => 0.99 });
    await openDoor();
    slack.faults.apply({ sockets: 'half_open' });
    const from = performance.now();
    await vi.waitFor(() => expect(methodCalls('apps.connections.open')).toBe(2), { timeout: 25_000, interval: 20 });
    expect(performance.now() - from).toBeLessThan(20_000);
    await until(() => expect(slack.connections()).toBe(2));
    mentionBot('is anybody there?');
    await until(() => expect(texts()).toEqual(['is anybody there?']));
    expect(logged.filter((line) => line.includes('"reason":"lost"'))).toHaveLength(1);
  });

  it('that answers pings and hears nothing is found out by what we post', async () => {
    const door = await openDoor({ clock: fastClock(20) });
    slack.faults.apply({ sockets: 'deaf' });
    mentionBot('is anybody there?');
    await door.client.chat.postMessage({ channel: GENERAL, text: 'one moment' });
    await until(() => expect(texts()).toEqual(['is anybody there?']));
    expect(logged.filter((line) => line.includes('"reason":"deaf"'))).toHaveLength(1);
    expect(methodCalls('apps.connections.open')).toBe(2);
  });

  it('that was deaf is told of since when, as far as anybody knows', async () => {
    const clock = fastClock(20);
    const gaps: { from: number; to: number }[] = [];
    const door = await openDoor({ clock, onGap: (gap) => void gaps.push(gap) });
    mentionBot('heard');
    await until(() => expect(texts()).toEqual(['heard']));
    await allAcked();
    const deafAt = clock.now();
    slack.faults.apply({ sockets: 'deaf' });
    await door.client.chat.postMessage({ channel: GENERAL, text: 'one moment' });
    await until(() => expect(gaps).toHaveLength(1));
    const [{ from, to } = { from: 0, to: 0 }] = gaps;
    expect(from).toBeLessThanOrEqual(deafAt);
    expect(from).toBeGreaterThan(deafAt - 20_000);
    expect(to).toBeGreaterThan(deafAt);
  });

  it('that is deaf where nobody else says anything loses nothing, as it is replaced before Slack gives up', async () => {
    await openDoor({ clock: fastClock(100) });
    slack.faults.apply({ sockets: 'deaf' });
    mentionBot('is anybody there?');
    await until(() => expect(texts()).toEqual(['is anybody there?']));
    expect(logged.filter((line) => line.includes('"reason":"quiet"')).length).toBeGreaterThan(0);
    await allAcked();
    expect(logged.filter((line) => line.includes('"level":40'))).toEqual([]);
  });

  it('is not taken for a deaf one because nobody says anything', async () => {
    const door = await openDoor({ clock: fastClock(200) });
    await door.client.chat.postMessage({ channel: GENERAL, text: 'hello' });
    await allAcked();
    // A minute of the bot's time.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(methodCalls('apps.connections.open')).toBe(1);
  });

  it('reports as fatal that Socket Mode was switched off', async () => {
    await openDoor();
    slack.faults.apply({ disconnect: 'link_disabled' });
    await until(() => expect(fatal).toHaveLength(1));
    expect(fatal[0]).toMatchObject({ code: 'link_disabled', message: expect.stringContaining('Socket Mode') });
  });

  it('survives frames that it cannot read', async () => {
    await openDoor();
    slack.faults.apply({ forge: ['bad_json', 'app_rate_limited'] });
    mentionBot('still there?');
    await until(() => expect(texts()).toEqual(['still there?']));
    expect(logged.filter((line) => line.includes('Slack frame dropped'))).toHaveLength(2);
    expect(methodCalls('apps.connections.open')).toBe(1);
  });
});

describe('frames', () => {
  /** A socket that says what the test wants, behind the local server's `apps.connections.open`. */
  it.each([
    ['null', 'null'],
    ['a number', '7'],
    ['an envelope without payload', '{"type":"events_api","envelope_id":"e1"}'],
    ['a notice of dropped events', '{"type":"events_api","envelope_id":"e1","payload":{"type":"app_rate_limited"}}'],
    ['an event without a type', '{"type":"events_api","envelope_id":"e1","payload":{"event":{}}}'],
    ['an interaction without payload', '{"type":"interactive","envelope_id":"e1"}'],
    ['a kind yet to be invented', '{"type":"invented","envelope_id":"e1","payload":{}}'],
  ])('such as %s end neither the process nor the connection', async (_what, frame) => {
    const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => wss.once('listening', resolve));
    const { port } = wss.address() as { port: number };
    const acks: string[] = [];
    wss.on('connection', (socket) => {
      socket.on('message', (data) => void acks.push(String(data)));
      socket.send('{"type":"hello","num_connections":1}');
      socket.send(frame);
      const event = {
        type: 'message',
        channel: 'D1',
        channel_type: 'im',
        user: ANA,
        ts: '1766458031.859009',
        text: 'hi',
      };
      const payload = { type: 'event_callback', team_id: slack.teamId, event };
      socket.send(JSON.stringify({ type: 'events_api', envelope_id: 'e2', payload }));
    });
    const proxied = await proxyConnectionsTo(`ws://127.0.0.1:${port}`);
    try {
      await openDoor({ apiUrl: proxied.apiUrl });
      await until(() => expect(acks.join()).toContain('"envelope_id":"e2"'));
      expect(texts()).toEqual(['hi']);
      expect(wss.clients.size).toBe(1);
    } finally {
      await Promise.all(doors.splice(0).map((door) => door.stop()));
      await proxied.stop();
      wss.close();
    }
  });
});

/** A Web API that knows two methods: who we are, and where the socket is. It can be told to let calls through to another. */
async function proxyConnectionsTo(url: string) {
  const identity = { user_id: slack.botUserId, bot_id: slack.botId, team_id: slack.teamId };
  let through: string | null = null;
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    const method = request.url?.split('/').at(-1);
    const { authorization = '' } = request.headers;
    response.end(
      through === null
        ? JSON.stringify({ ok: true, ...(method === 'auth.test' ? identity : { url }) })
        : await (await fetch(`${through}${method}`, { method: 'POST', headers: { authorization } })).text(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const apiUrl = `http://127.0.0.1:${port}/api/`;
  return {
    apiUrl,
    pass(to: string | null) {
      through = to;
      return apiUrl;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('starting and stopping', () => {
  it('says who we are', async () => {
    const door = buildDoor();
    expect(() => door.identity()).toThrow('not been started');
    await door.start(ports);
    const { botUserId, botId, teamId } = slack;
    expect(door.identity()).toEqual({ botUserId, botId, teamId });
  });

  it.each([
    ['auth.test', 'invalid_auth', 'SLACK_BOT_TOKEN'],
    ['auth.test', 'account_inactive', 'SLACK_BOT_TOKEN'],
    ['apps.connections.open', 'invalid_auth', 'SLACK_APP_TOKEN'],
    ['apps.connections.open', 'not_allowed_token_type', 'SLACK_APP_TOKEN'],
    ['apps.connections.open', 'missing_scope', 'connections:write'],
    ['apps.connections.open', 'invented_by_slack', 'invented_by_slack'],
  ])('tells an operator what to do when %s answers %s', async (method, error, words) => {
    slack.faults.apply({ calls: [{ method, next: 0, fault: { type: 'error', error } }] });
    const refusal = await buildDoor()
      .start(ports)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(refusal).toMatchObject({ name: 'SlackSetupError', code: error, message: expect.stringContaining(words) });
    expect(String(refusal)).not.toMatch(/xoxb-\w{5}|xapp-\w{5}/);
  });

  it('tells a wrong token from an unreachable Slack', async () => {
    const wrong = buildDoor({ botToken: 'xoxb-wrong' });
    await expect(wrong.start(ports)).rejects.toMatchObject({ code: 'invalid_auth' });
    const nowhere = buildDoor({ apiUrl: 'http://127.0.0.1:1/api/' });
    await expect(nowhere.start(ports)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('stops with the socket closed, what had come in stored, and no way back', async () => {
    const door = await openDoor({ clock: fastClock(20) });
    const [arrived, storing] = [gate(), gate()];
    ports.hooks.beforeAdd = () => {
      arrived.open();
      return storing.passed;
    };
    mentionBot('last words');
    await arrived.passed;
    let stopped = false;
    const stopping = door.stop().then(() => {
      stopped = true;
    });
    await until(() => expect(slack.connections()).toBe(0));
    expect(stopped).toBe(false);
    storing.open();
    await stopping;
    expect(texts()).toEqual(['last words']);
    expect(methodCalls('apps.connections.open')).toBe(1);
    expect(fatal).toEqual([]);
  });

  it.each(['socket', 'http'] as const)(
    'still acknowledges over %s what came just before it was stopped',
    async (how) => {
      over = how;
      const door = await openDoor();
      over = 'socket';
      const { ts: root } = say('go');
      const button = { type: 'button', action_id: STOP_ACTION, text: { type: 'plain_text', text: 'Stop' } };
      const blocks = [{ type: 'actions', elements: [button] }];
      const { ts = '' } = await door.client.chat.postMessage({ channel: GENERAL, thread_ts: root, text: 'x', blocks });
      const arrived = gate();
      const storing = gate();
      ports.hooks.beforeAdd = () => {
        arrived.open();
        return storing.passed;
      };
      const clicking = slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: STOP_ACTION });
      await arrived.passed;
      const stopping = door.stop();
      storing.open();
      await Promise.all([clicking, stopping]);
      expect(slack.deliveries().filter(({ type }) => type === 'interactive')).toMatchObject([
        { ackPayload: {}, ackedAt: expect.any(Number) },
      ]);
      expect(slack.problems()).toEqual([]);
    },
  );

  it('can be stopped while it tries to come back', async () => {
    const door = await openDoor();
    slack.faults.apply({
      calls: [{ method: 'apps.connections.open', next: 0, fault: { type: 'http_500' } }],
      disconnect: 'abrupt',
    });
    await until(() => expect(methodCalls('apps.connections.open')).toBeGreaterThan(1));
    await door.stop();
    const tries = methodCalls('apps.connections.open');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(methodCalls('apps.connections.open')).toBe(tries);
    expect(slack.connections()).toBe(0);
  });

  describe('at an address that takes connections and says nothing', () => {
    let mute: Server;
    let proxied: Awaited<ReturnType<typeof proxyConnectionsTo>>;
    let taken: number;

    beforeEach(async () => {
      taken = 0;
      mute = createTcpServer(() => {
        taken += 1;
      });
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      proxied = await proxyConnectionsTo(`ws://127.0.0.1:${(mute.address() as { port: number }).port}/link`);
    });
    afterEach(async () => {
      await Promise.all(doors.splice(0).map((door) => door.stop()));
      await proxied.stop();
      mute.close();
    });

    async function sentThere(options: Partial<FrontDoorOptions> = {}): Promise<FrontDoor> {
      const door = await openDoor({ apiUrl: proxied.pass(slack.apiUrl), ...options });
      proxied.pass(null);
      slack.faults.apply({ disconnect: 'abrupt' });
      return door;
    }

    it('does not start', async () => {
      const door = buildDoor({ apiUrl: proxied.apiUrl, clock: fastClock(100) });
      await expect(door.start(ports)).rejects.toMatchObject({ code: 'unreachable' });
    });

    it('gives up waiting for the hello, and comes back elsewhere', async () => {
      await sentThere({ clock: fastClock(100) });
      await until(() => expect(logged.join('')).toContain('cannot be reached'));
      proxied.pass(slack.apiUrl);
      await until(() => expect(slack.connections()).toBe(1));
      expect(fatal).toEqual([]);
    });

    it('can be stopped at once', async () => {
      const door = await sentThere();
      await until(() => expect(taken).toBe(1));
      const from = performance.now();
      await door.stop();
      expect(performance.now() - from).toBeLessThan(5_000);
    });
  });

  it('keeps the pause and the retries of one client from the others', async () => {
    const door = await openDoor();
    const limited = { method: 'chat.postMessage', next: 0, fault: { type: 'rate_limited', retry_after_s: 60 } };
    slack.faults.apply({ calls: [limited] });
    const post = () => door.client.chat.postMessage({ channel: GENERAL, text: 'x' });
    await expect(post()).rejects.toMatchObject({ retryAfter: 60 });
    await expect(door.client.chat.postEphemeral({ channel: GENERAL, user: ANA, text: 'x' })).resolves.toBeTruthy();
    await expect(door.reader.users.info({ user: ANA })).resolves.toMatchObject({ ok: true });
    slack.faults.apply({ clear: true, calls: [{ method: 'chat.postMessage', next: 0, fault: { type: 'http_500' } }] });
    const before = methodCalls('chat.postMessage');
    await expect(post()).rejects.toMatchObject({ statusCode: 500 });
    expect(methodCalls('chat.postMessage')).toBe(before + 1);
  });
});
