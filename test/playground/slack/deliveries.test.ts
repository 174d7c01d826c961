import type { App } from '@slack/bolt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, botClient, GENERAL, startBoltApp } from './bolt-app.ts';
import { manualClock } from './manual-clock.ts';

type Frame = {
  type: string;
  envelope_id: string;
  reason?: string;
  retry_attempt: number;
  retry_reason: string;
  payload: Body;
};
type Body = { event: Record<string, unknown>; event_id: string; is_ext_shared_channel: boolean };

let slack: SlackServer;
let clock: ReturnType<typeof manualClock>;
let app: App | undefined;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  clock = manualClock();
  slack = await startSlackServer({ clock });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await app?.stop();
  app = undefined;
  await slack.stop();
});

function subscribe(event: string): void {
  const app = slack.installed();
  slack.install({ ...app, events: [...app.events, event] });
}

async function link(): Promise<string> {
  const response = await fetch(`${slack.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.appToken}` },
  });
  return ((await response.json()) as { url: string }).url;
}

/** A socket that collects frames and acknowledges nothing by itself. */
async function connect(url?: string) {
  const socket = new WebSocket(url ?? (await link()));
  sockets.push(socket);
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  socket.on('error', () => {});
  const ack = (frame: Frame | undefined) =>
    socket.send(JSON.stringify({ envelope_id: frame?.envelope_id, payload: {} }));
  return { socket, frames, ack, events: () => frames.filter(({ type }) => type === 'events_api') };
}

test('a link lets one connection in', async () => {
  const url = await link();
  const first = await connect(url);
  await eventually(() => expect(first.frames[0]).toMatchObject({ type: 'hello', num_connections: 1 }));
  const second = await connect(url);
  await eventually(() => expect(second.socket.readyState).toBe(WebSocket.CLOSED));
  expect(slack.connections()).toBe(1);
});

test('the eleventh connection is turned away', async () => {
  for (let count = 0; count < 10; count += 1) await connect();
  await eventually(() => expect(slack.connections()).toBe(10));
  const late = await connect();
  await eventually(() => expect(late.frames).toMatchObject([{ type: 'disconnect', reason: 'too_many_websockets' }]));
});

test('what happens while nobody is connected is delivered on connection, in order', async () => {
  for (const text of ['one', 'two']) slack.act.say({ user: ANA, channel: GENERAL, text });
  const { events } = await connect();
  await eventually(() => expect(events().map(({ payload }) => payload.event.text)).toEqual(['one', 'two']));
});

test('an event that is not acknowledged comes again: at once, after a minute, after five', async () => {
  const { events, ack } = await connect();
  slack.act.say({ user: ANA, channel: GENERAL, text: 'hello' });
  const waits = [3_000, 3_000 + 60_000, 3_000 + 300_000];
  for (const [index, waitMs] of waits.entries()) {
    await eventually(() => expect(events()).toHaveLength(index + 1));
    clock.advance(3_000);
    await eventually(() => expect(slack.deliveries()).toHaveLength(index + 1));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(waitMs - 3_000);
  }
  await eventually(() => expect(events()).toHaveLength(4));
  ack(events()[3]);
  await eventually(() => expect(slack.deliveries()[3]).toMatchObject({ attempt: 3, ackedAt: clock.now() }));
  expect(events().map((frame) => [frame.retry_attempt, frame.retry_reason])).toEqual([
    [0, ''],
    [1, 'timeout'],
    [2, 'timeout'],
    [3, 'timeout'],
  ]);
  expect(new Set(events().map(({ payload }) => payload.event_id)).size).toBe(1);
});

test('an event on a socket that breaks goes to the next one', async () => {
  const first = await connect();
  slack.act.say({ user: ANA, channel: GENERAL, text: 'hello' });
  await eventually(() => expect(first.events()).toHaveLength(1));
  first.socket.terminate();
  const second = await connect();
  await eventually(() => expect(second.events()).toMatchObject([{ retry_attempt: 1 }]));
});

test('a mention is two events with one ts, in either order, and the mention names no channel type', async () => {
  const { events } = await connect();
  slack.act.say({ user: ANA, channel: GENERAL, text: 'Hey @Drawbridge, is a < b & c?' });
  await eventually(() => expect(events()).toHaveLength(2));
  const [mention, message] = events()
    .map(({ payload }) => payload.event)
    .sort((a, b) => String(a.type).localeCompare(String(b.type)));
  expect(mention).toMatchObject({ type: 'app_mention', ts: message?.ts, client_msg_id: message?.client_msg_id });
  expect(mention).not.toHaveProperty('channel_type');
  expect(message).toMatchObject({
    channel_type: 'channel',
    text: `Hey <@${slack.botUserId}>, is a &lt; b &amp; c?`,
    blocks: [
      {
        type: 'rich_text',
        elements: [
          {
            elements: [
              { type: 'text', text: 'Hey ' },
              { type: 'user', user_id: slack.botUserId },
              { type: 'text', text: ', is a < b & c?' },
            ],
          },
        ],
      },
    ],
  });
});

test('a mention in a DM is one event', async () => {
  const { events } = await connect();
  const dm = slack.state().channels.find(({ is_im, members }) => is_im && members.includes(ANA))?.id ?? '';
  slack.act.say({ user: ANA, channel: dm, text: '@Drawbridge hi' });
  slack.act.say({ user: ANA, channel: dm, text: 'second' });
  await eventually(() => expect(events().map(({ payload }) => payload.event.type)).toEqual(['message', 'message']));
  expect(events()[0]?.payload.event).toMatchObject({ channel_type: 'im' });
});

test('edits, deletions, uploads, broadcasts and the own posts come as Slack sends them', async () => {
  const { events } = await connect();
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  slack.act.edit({ user: ANA, channel: GENERAL, ts, text: 'new root' });
  slack.act.say({ user: ANA, channel: GENERAL, thread_ts: ts, text: 'all', reply_broadcast: true });
  const file = { name: 'a.csv', base64: Buffer.from('a,b').toString('base64') };
  const upload = slack.act.say({ user: ANA, channel: GENERAL, thread_ts: ts, text: '', files: [file] });
  slack.act.remove({ user: ANA, channel: GENERAL, ts: upload.ts });
  await botClient(slack).chat.postMessage({ channel: GENERAL, text: 'mine' });
  await eventually(() => expect(events()).toHaveLength(6));
  expect(events().map(({ payload }) => payload.event)).toMatchObject([
    { text: 'root' },
    {
      subtype: 'message_changed',
      hidden: true,
      message: { text: 'new root', edited: { user: ANA } },
      previous_message: { text: 'root' },
    },
    { subtype: 'thread_broadcast', thread_ts: ts, root: { ts } },
    {
      subtype: 'file_share',
      thread_ts: ts,
      parent_user_id: ANA,
      files: [{ name: 'a.csv', size: 3, mimetype: 'text/csv' }],
    },
    { subtype: 'message_deleted', hidden: true, deleted_ts: upload.ts },
    { user: slack.botUserId, bot_id: slack.botId, app_id: slack.appId, bot_profile: { name: 'Drawbridge' } },
  ]);
  expect(events()[1]?.payload.event).not.toHaveProperty('user');
  expect(events()[5]?.payload.event).not.toHaveProperty('subtype');
});

test("an outsider's message in a shared channel says whose it is, and its file is a stub", async () => {
  const { events } = await connect();
  const file = { name: 'a.csv', base64: Buffer.from('a,b').toString('base64') };
  slack.act.say({ user: 'U0ELI00005', channel: 'C0PARTNER4', text: 'hi', files: [file] });
  await eventually(() => expect(events()).toHaveLength(1));
  expect(events()[0]?.payload).toMatchObject({
    is_ext_shared_channel: true,
    event: { user_team: 'T0PARTNERS', files: [{ file_access: 'check_file_info' }] },
  });
  expect(JSON.stringify(events()[0]?.payload)).not.toContain('a.csv');
});

test('the app hears nothing of a channel it is not in, until it is added', async () => {
  subscribe('member_joined_channel');
  const { events } = await connect();
  slack.act.say({ user: ANA, channel: 'C0RANDOM05', text: '@Drawbridge anyone?' });
  slack.act.joinChannel({ user: slack.botUserId, channel: 'C0RANDOM05' });
  await eventually(() =>
    expect(events().map(({ payload }) => payload.event.type)).toEqual(['member_joined_channel', 'message']),
  );
});

test('the stop button arrives as an event that names no team', async () => {
  const { events } = await connect();
  const client = botClient(slack);
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  const stream = await client.apiCall('chat.startStream', {
    channel: GENERAL,
    thread_ts: ts,
    recipient_team_id: slack.teamId,
    recipient_user_id: ANA,
  });
  slack.act.stop({ user: ANA, channel: GENERAL, thread_ts: ts });
  await eventually(() => expect(events().at(-1)?.payload.event.type).toBe('agent_session_stopped'));
  expect(events().at(-1)?.payload.event).toEqual({
    type: 'agent_session_stopped',
    channel: GENERAL,
    user: ANA,
    thread_ts: ts,
    streaming_message_ts: ['ts' in stream && stream.ts],
    event_ts: expect.any(String),
  });
});

test('an edit that adds a mention is told as one, with the same ts', async () => {
  const { events } = await connect();
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'hm' });
  slack.act.edit({ user: ANA, channel: GENERAL, ts, text: 'hm @Drawbridge' });
  await eventually(() => expect(events()).toHaveLength(3));
  expect(events()[2]?.payload.event).toMatchObject({ type: 'app_mention', ts, edited: { user: ANA } });
});

test('a title that a person gives is told with the one before', async () => {
  subscribe('agent_session_title_changed');
  const { events } = await connect();
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  const session = { channel_id: GENERAL, thread_ts: ts };
  await botClient(slack).apiCall('agents.sessions.setStatus', { ...session, status: 'active', title: 'Old' });
  slack.act.rename({ user: ANA, channel: GENERAL, thread_ts: ts, title: 'New' });
  await eventually(() => expect(events()).toHaveLength(2));
  expect(events()[1]?.payload.event).toMatchObject({
    type: 'agent_session_title_changed',
    team_id: slack.teamId,
    title: 'New',
    previous_title: 'Old',
  });
});

test('each event goes to one of the open sockets', async () => {
  const [first, second] = [await connect(), await connect()];
  await eventually(() => expect(slack.connections()).toBe(2));
  for (let count = 0; count < 40; count += 1) slack.act.say({ user: ANA, channel: GENERAL, text: String(count) });
  await eventually(() => expect(first.events().length + second.events().length).toBe(40));
  expect(first.events().length).toBeGreaterThan(0);
  expect(second.events().length).toBeGreaterThan(0);
});

test.each(['warning', 'refresh_requested', 'link_disabled', 'too_many_websockets'] as const)(
  'a socket can be told to go because of %s',
  async (reason) => {
    const { frames } = await connect();
    await eventually(() => expect(frames).toHaveLength(1));
    slack.faults.apply({ disconnect: reason });
    await eventually(() => expect(frames[1]).toMatchObject({ type: 'disconnect', reason }));
  },
);

test('the socket closes with a proper handshake', async () => {
  const { socket, frames } = await connect();
  await eventually(() => expect(frames).toHaveLength(1));
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.close(1000);
  expect(await closed).toBe(1000);
  await eventually(() => expect(slack.connections()).toBe(0));
});

test('deliveries can be doubled, and forged frames be sent', async () => {
  const { frames, events } = await connect();
  slack.faults.apply({ deliveries: { duplicate: true } });
  slack.act.say({ user: ANA, channel: GENERAL, text: 'twice' });
  await eventually(() => expect(events()).toHaveLength(2));
  expect(new Set(events().map(({ payload }) => payload.event_id)).size).toBe(1);
  slack.faults.apply({ clear: true, forge: ['app_rate_limited'] });
  await eventually(() => expect(frames.at(-1)?.payload).toMatchObject({ type: 'app_rate_limited' }));
  expect(frames.at(-1)?.payload).not.toHaveProperty('event');
});

test('a stock Bolt app comes back after it was told to refresh, and misses nothing', async () => {
  const heard: string[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.message(async ({ message }) => {
      heard.push('text' in message ? String(message.text) : '');
    });
  });
  await eventually(() => expect(slack.connections()).toBe(1));
  slack.faults.apply({ disconnect: 'refresh_requested' });
  slack.act.say({ user: ANA, channel: GENERAL, text: 'in the gap' });
  await eventually(() => expect(heard).toEqual(['in the gap']));
});

test('any number of messages wait for the app without a warning', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error) => void warnings.push(warning);
  process.on('warning', listen);
  for (let number = 1; number <= 30; number += 1) {
    await slack.act.say({ user: ANA, channel: GENERAL, text: `message ${number}` });
  }
  const { events } = await connect();
  await eventually(() => expect(events()).toHaveLength(30));
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});

test('a warning announces the end of a socket that is heard on until then', async () => {
  const { socket, frames, events, ack } = await connect();
  await eventually(() => expect(slack.connections()).toBe(1));
  slack.faults.apply({ disconnect: 'warning' });
  slack.act.say({ user: ANA, channel: GENERAL, text: 'hello' });
  await eventually(() => expect(events()).toHaveLength(1));
  ack(events()[0]);
  await eventually(() => expect(slack.deliveries()[0]?.ackedAt).toBeDefined());
  expect(frames).toContainEqual(expect.objectContaining({ type: 'disconnect', reason: 'warning' }));
  expect(socket.readyState).toBe(WebSocket.OPEN);
  clock.advance(10_000);
  await eventually(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
});

test.each(['half_open', 'deaf'] as const)('what goes to a %s socket is lost, and comes again', async (sockets) => {
  const first = await connect();
  await eventually(() => expect(first.frames).toMatchObject([{ type: 'hello' }]));
  slack.faults.apply({ sockets });
  const pongs: Buffer[] = [];
  first.socket.on('pong', (data) => pongs.push(data));
  first.socket.ping('there?');
  slack.act.say({ user: ANA, channel: GENERAL, text: 'hello' });
  await eventually(() => expect(slack.deliveries()).toHaveLength(1));
  if (sockets === 'deaf') await eventually(() => expect(pongs.map(String)).toEqual(['there?']));
  const second = await connect();
  await eventually(() => expect(second.frames).toMatchObject([{ type: 'hello' }]));
  first.socket.terminate();
  // Slack takes a half-open socket for a good one for half a minute, and may try it once more.
  if (sockets === 'half_open') clock.advance(30_000);
  await eventually(() => expect(slack.connections()).toBe(1));
  await eventually(() => {
    clock.advance(3_000);
    expect(second.events()).toHaveLength(1);
  });
  expect(second.events()[0]?.retry_attempt).toBeGreaterThan(0);
  expect(first.events()).toEqual([]);
  expect(pongs).toHaveLength(sockets === 'deaf' ? 1 : 0);
});

test('an event that no app was there for is brought within six minutes, and lost after that', async () => {
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  slack.act.say({ user: ANA, channel: GENERAL, text: 'lost' });
  clock.advance(3 * 60_000);
  slack.act.say({ user: ANA, channel: GENERAL, text: 'kept' });
  await settled();
  clock.advance(3 * 60_000 + 1);
  await settled();
  const { frames } = await connect();
  const texts = () => frames.flatMap(({ payload }) => payload?.event?.text ?? []);
  await eventually(() => expect(texts()).toContain('kept'));
  expect(texts()).toEqual(['kept']);
});
