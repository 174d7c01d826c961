import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, BEN, botClient, GENERAL, refusalOf } from './bolt-app.ts';
import { manualClock } from './manual-clock.ts';

let slack: SlackServer;
let client: WebClient;
let clock: Clock & { advance(ms: number): void };
let root: string;

beforeEach(async () => {
  clock = manualClock();
  slack = await startSlackServer({ clock });
  client = botClient(slack);
  root = slack.act.say({ user: ANA, channel: GENERAL, text: '@Drawbridge go' }).ts;
});

afterEach(() => slack.stop());

const recipient = () => ({ recipient_team_id: slack.teamId, recipient_user_id: ANA });
const channelState = (id = GENERAL) => slack.state().channels.find((channel) => channel.id === id);
const streamAt = (ts: string) => channelState()?.messages.find((message) => message.ts === ts)?.stream;
const statusOf = (ts = root) => channelState()?.sessions.find(({ thread_ts }) => thread_ts === ts)?.status;
const text = (words: string) => ({ type: 'markdown_text' as const, text: words });
const task = (id: string, rest: object = {}) => ({
  type: 'task_update' as const,
  id,
  title: `task ${id}`,
  status: 'in_progress' as const,
  ...rest,
});

async function start(chunks: object[] = []): Promise<string> {
  const started = await client.apiCall('chat.startStream', {
    channel: GENERAL,
    thread_ts: root,
    ...recipient(),
    chunks,
  });
  return 'ts' in started ? String(started.ts) : '';
}

const append = (ts: string, fields: object) => client.apiCall('chat.appendStream', { channel: GENERAL, ts, ...fields });

test('text and tasks come in the order they were written, and a task updates in its place', async () => {
  const ts = await start([text('Looking'), task('a', { details: 'one' })]);
  await append(ts, {
    chunks: [text('Still '), text('looking'), task('a', { status: 'complete', details: ' two', output: 'x' })],
  });
  await append(ts, {
    chunks: [task('a', { status: 'complete', output: 'ignored' }), { type: 'plan_update', title: 'Plan' }],
  });
  await client.apiCall('chat.stopStream', { channel: GENERAL, ts });

  expect(streamAt(ts)).toEqual({
    state: 'completed',
    plan_title: 'Plan',
    parts: [
      { type: 'text', text: 'Looking' },
      { type: 'task', id: 'a', title: 'task a', status: 'complete', details: 'one two', output: 'x' },
      { type: 'text', text: 'Still looking' },
    ],
  });
  expect(slack.problems()).toEqual([]);
});

test('a stream in a channel needs a recipient, one in a DM does not', async () => {
  const call = (fields: object) => client.apiCall('chat.startStream', { channel: GENERAL, thread_ts: root, ...fields });
  expect(await refusalOf(call({}))).toBe('missing_recipient_team_id');
  expect(await refusalOf(call({ recipient_team_id: slack.teamId }))).toBe('missing_recipient_user_id');
  expect(await refusalOf(call({ recipient_team_id: 'T0NOWHERE0', recipient_user_id: ANA }))).toBe('team_not_found');
  expect(await refusalOf(call({ recipient_team_id: slack.teamId, recipient_user_id: 'U0NOBODY00' }))).toBe(
    'user_not_found',
  );
  expect(await refusalOf(call({ ...recipient(), thread_ts: '1111111111.000000' }))).toBe('thread_not_found');

  const dm = slack.state().channels.find(({ is_im, members }) => is_im && members.includes(ANA));
  const { ts } = slack.act.say({ user: ANA, channel: dm?.id ?? '', text: 'hello' });
  await expect(client.apiCall('chat.startStream', { channel: dm?.id, thread_ts: ts })).resolves.toMatchObject({
    ok: true,
  });
});

test('the first payload locks the mode', async () => {
  const chunked = await start([text('a')]);
  expect(await refusalOf(append(chunked, { markdown_text: 'b' }))).toBe('streaming_mode_mismatch');
  const plain = await start();
  await append(plain, { markdown_text: 'a' });
  expect(await refusalOf(append(plain, { chunks: [text('b')] }))).toBe('streaming_mode_mismatch');
});

test('what is too long, too much or misshapen is refused and writes nothing', async () => {
  const ts = await start([text('kept')]);
  const refused = (chunks: unknown) => refusalOf(append(ts, { chunks }));
  expect(await refusalOf(append(ts, {}))).toBe('no_text');
  expect(await refused([text('x'.repeat(12_001))])).toBe('msg_too_long');
  expect(await refused([text('x'.repeat(12_000)), text('y'.repeat(1_300))])).toBe('msg_too_long');
  expect(await refused([task('a', { title: 'x'.repeat(257) })])).toBe('msg_too_long');
  expect(await refused([task('a', { status: 'done' })])).toBe('invalid_chunks');
  expect(await refused([{ type: 'poem' }])).toBe('invalid_chunks');
  expect(await refused(Array.from({ length: 51 }, (_, index) => task(String(index))))).toBe('invalid_chunks');
  expect(streamAt(ts)?.parts).toEqual([{ type: 'text', text: 'kept' }]);
});

test('a stream belongs to its app, exists, and runs', async () => {
  expect(await refusalOf(append(root, { chunks: [text('a')] }))).toBe('message_not_owned_by_app');
  expect(await refusalOf(append('1111111111.000000', { chunks: [text('a')] }))).toBe('message_not_found');
  const posted = await client.chat.postMessage({ channel: GENERAL, thread_ts: root, text: 'plain' });
  expect(await refusalOf(append(String(posted.ts), { chunks: [text('a')] }))).toBe('message_not_in_streaming_state');
});

test('a running stream cannot be updated; a finished one is replaced as a whole', async () => {
  const ts = await start([task('a')]);
  expect(await refusalOf(client.chat.update({ channel: GENERAL, ts, text: 'new' }))).toBe('streaming_state_conflict');
  await client.apiCall('chat.stopStream', { channel: GENERAL, ts });
  await client.chat.update({ channel: GENERAL, ts, text: 'new' });
  const message = channelState()?.messages.find((each) => each.ts === ts);
  expect(message).toMatchObject({ text: 'new', edited: { user: slack.botUserId } });
  expect(message?.stream).toBeUndefined();
});

test('a stream expires after 306 seconds and leaves its session active', async () => {
  const ts = await start([text('slow')]);
  expect(statusOf()).toBe('processing');
  clock.advance(305_000);
  await append(ts, { chunks: [text(' but there')] });
  clock.advance(1_500);
  expect(streamAt(ts)?.state).toBe('expired');
  expect(statusOf()).toBe('active');
  expect(await refusalOf(append(ts, { chunks: [text('late')] }))).toBe('message_not_in_streaming_state');
  expect(await refusalOf(client.apiCall('chat.stopStream', { channel: GENERAL, ts }))).toBe(
    'message_not_in_streaming_state',
  );
});

test('the stop button ends the streams, leaves the status, and tells the app', async () => {
  const ts = await start([text('on it')]);
  slack.act.stop({ user: BEN, channel: GENERAL, thread_ts: root });
  expect(streamAt(ts)?.state).toBe('stopped');
  expect(statusOf()).toBe('processing');
  expect(await refusalOf(append(ts, { chunks: [text('more')] }))).toBe('stopped_by_user');
  expect(slack.problems().join()).toContain('left processing');
});

test('stopStream sets the status it is told, or active', async () => {
  const first = await start();
  await client.apiCall('chat.stopStream', { channel: GENERAL, ts: first, session_status: 'suspended' });
  expect(statusOf()).toBe('suspended');
  const second = await start();
  await client.apiCall('chat.stopStream', { channel: GENERAL, ts: second });
  expect(statusOf()).toBe('active');
});

test("Slack's own streamer writes through it", async () => {
  const streamer = client.chatStream({ channel: GENERAL, thread_ts: root, ...recipient(), buffer_size: 4 });
  await streamer.append({ markdown_text: 'Hello ' });
  await streamer.append({ markdown_text: 'world.' });
  await streamer.stop({ blocks: [{ type: 'divider' }] });
  const message = channelState()?.messages.at(-1);
  expect(message?.text).toBe('Hello world.');
  expect(message?.stream?.parts.at(-1)).toMatchObject({ type: 'blocks' });
});

test('the older status writes the same place, and goes away by itself or with a post', async () => {
  const thread = { channel_id: GENERAL, thread_ts: root };
  const setStatus = (status: string) => client.assistant.threads.setStatus({ ...thread, status });
  await setStatus('is thinking…');
  expect(statusOf()).toBe('processing');
  await client.chat.postMessage({ channel: GENERAL, thread_ts: root, text: 'done' });
  expect(statusOf()).toBe('active');
  await setStatus('is thinking…');
  clock.advance(120_001);
  expect(statusOf()).toBe('active');
  await setStatus('again');
  await setStatus('');
  expect(statusOf()).toBe('active');
  await client.assistant.threads.setTitle({ ...thread, title: 'A title' });
  expect(channelState()?.sessions[0]?.title).toBe('A title');
  const prompts = (count: number) => Array.from({ length: count }, () => ({ title: 'a', message: 'b' }));
  const suggest = (count: number) =>
    refusalOf(
      client.apiCall('assistant.threads.setSuggestedPrompts', { channel_id: GENERAL, prompts: prompts(count) }),
    );
  expect([await suggest(4), await suggest(5)]).toEqual(['no refusal', 'invalid_arguments']);
});

test('a session has a status and a title, and a forgotten one ends after an hour', async () => {
  const set = (fields: object) => client.apiCall('agents.sessions.setStatus', { channel_id: GENERAL, ...fields });
  expect(await refusalOf(set({ status: 'processing' }))).toBe('thread_ts_required');
  expect(await refusalOf(set({ status: 'busy', thread_ts: root }))).toBe('invalid_status');
  expect(await refusalOf(set({ status: 'active', thread_ts: root, initiator_user_id: 'U0NOBODY00' }))).toBe(
    'user_not_found',
  );
  const rename = (title: string) =>
    client.apiCall('agents.sessions.rename', { channel_id: GENERAL, thread_ts: root, title });
  expect(await refusalOf(rename('early'))).toBe('session_not_found');

  const answer = await set({ status: 'processing', thread_ts: root, title: 'Latency' });
  expect(answer).toMatchObject({ status: 'processing', agent_status: 'processing', title: 'Latency' });
  await rename('Checkout latency');
  expect(channelState()?.sessions[0]).toMatchObject({ title: 'Checkout latency', status: 'processing' });
  clock.advance(3_600_001);
  await eventually(() => expect(statusOf()).toBe('active'));
});
