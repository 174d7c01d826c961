import { LogLevel, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { ANA, BEN, botClient, GENERAL, refusalOf } from './bolt-app.ts';
import { manualClock } from './manual-clock.ts';

let slack: SlackServer;
let client: WebClient;

beforeEach(async () => {
  slack = await startSlackServer();
  client = botClient(slack);
});

afterEach(() => slack.stop());

const post = (fields: object) => refusalOf(client.apiCall('chat.postMessage', { channel: GENERAL, ...fields }));
const section = (text: string, rest: object = {}) => ({ type: 'section', text: { type: 'mrkdwn', text }, ...rest });
const buttons = (...elements: object[]) => ({
  type: 'actions',
  elements: elements.map((element) => ({
    type: 'button',
    text: { type: 'plain_text', text: 'Go' },
    ...element,
  })),
});

test('who may call what depends on the token', async () => {
  const withToken = (token: string | undefined, method: string) =>
    refusalOf(new WebClient(token, { slackApiUrl: slack.apiUrl, logLevel: LogLevel.ERROR }).apiCall(method));
  expect(await withToken(undefined, 'auth.test')).toBe('not_authed');
  expect(await withToken('xoxb-wrong', 'auth.test')).toBe('invalid_auth');
  expect(await withToken(slack.appToken, 'auth.test')).toBe('not_allowed_token_type');
  expect(await withToken(slack.botToken, 'apps.connections.open')).toBe('not_allowed_token_type');
  expect(await withToken(slack.botToken, 'chat.shout')).toBe('unknown_method');
});

test('a missing argument is named', async () => {
  const response = await fetch(`${slack.apiUrl}chat.update`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: GENERAL }),
  });
  expect(await response.json()).toEqual({
    ok: false,
    error: 'invalid_arguments',
    response_metadata: { messages: ['[ERROR] missing required field: ts'] },
  });
});

test('a conversation must exist, be open, and have the bot in it', async () => {
  expect(await post({ channel: 'C0NOWHERE0', text: 'a' })).toBe('channel_not_found');
  expect(await post({ channel: 'C0RANDOM05', text: 'a' })).toBe('not_in_channel');
  expect(await post({ channel: 'C0ARCHIVE6', text: 'a' })).toBe('is_archived');
  expect(await post({ thread_ts: '1111111111.000000', text: 'a' })).toBe('thread_not_found');
  expect(await post({ thread_ts: 'yesterday', text: 'a' })).toBe('invalid_thread_ts');
});

test('a message says something, once, in blocks that Slack takes', async () => {
  expect(await post({})).toBe('no_text');
  expect(await post({ text: 'a', markdown_text: 'b' })).toBe('markdown_text_conflict');
  expect(await post({ markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
  expect(await post({ blocks: 'nonsense' })).toBe('invalid_blocks_format');
  expect(await post({ blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) })).toBe('invalid_blocks');
  expect(await post({ blocks: [section('x'.repeat(3_001))] })).toBe('invalid_blocks');
  expect(await post({ blocks: [section('a', { block_id: 'b' }), section('c', { block_id: 'b' })] })).toBe(
    'invalid_blocks',
  );
  expect(await post({ blocks: [buttons({ action_id: 'a' }, { action_id: 'a' })] })).toBe('invalid_blocks');
  expect(await post({ blocks: [buttons({ action_id: 'a', value: 'x'.repeat(2_001) })] })).toBe('invalid_blocks');
  expect(await post({ blocks: [buttons({ text: { type: 'plain_text', text: 'x'.repeat(76) } })] })).toBe(
    'invalid_blocks',
  );
  expect(await post({ blocks: Array.from({ length: 5 }, () => section('x'.repeat(2_700))) })).toBe(
    'msg_blocks_too_long',
  );
  expect(await post({ text: 'a', metadata: { event_type: 'x' } })).toBe('invalid_metadata_format');
  expect(slack.state().channels.flatMap(({ messages }) => messages)).toEqual([]);
});

test('tables keep to their limits', async () => {
  const text = (words: string) => ({ type: 'raw_text', text: words });
  const bold = (words: string) => ({
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: words, style: { bold: true } }] }],
  });
  const rows = (count: number, words = 'x') => Array.from({ length: count }, () => [text(words), bold('y')]);
  const table = (content: unknown[][], rest: object = {}) => ({ type: 'table', rows: content, ...rest });
  const data = (content: unknown[][], rest: object = {}) => ({
    type: 'data_table',
    caption: 'numbers',
    rows: [[text('a'), text('b')], ...content],
    ...rest,
  });
  const blocks = (...all: object[]) => post({ text: 'a table', blocks: all });

  expect(await blocks(table(rows(100), { column_settings: [{ align: 'right' }] }))).toBe('no refusal');
  expect(await blocks(table(rows(101)))).toBe('invalid_blocks');
  expect(await blocks(table([Array.from({ length: 21 }, () => text('x'))]))).toBe('invalid_blocks');
  expect(await blocks(table(rows(2)), table(rows(2)))).toBe('invalid_blocks');
  expect(await blocks(table(rows(10, 'x'.repeat(1_001))))).toBe('invalid_blocks');
  expect(await blocks(table([[text('')]]))).toBe('invalid_blocks');
  expect(await blocks(table([[bold('')]]))).toBe('invalid_blocks');
  expect(await blocks(table(rows(2), { column_settings: [{ align: 'justify' }] }))).toBe('invalid_blocks');

  expect(await blocks(table(rows(2)), data(rows(3)), data(rows(200), { page_size: 100 }))).toBe('no refusal');
  expect(await blocks(data(rows(201)))).toBe('invalid_blocks');
  expect(await blocks(data([]))).toBe('invalid_blocks');
  expect(await blocks(data(rows(2), { page_size: 101 }))).toBe('invalid_blocks');
  expect(await blocks(data(rows(2), { caption: '' }))).toBe('invalid_blocks');
  expect(await blocks({ ...data([]), rows: [[bold('a')], [text('b')]] })).toBe('invalid_blocks');
  expect(await blocks(data([[text('one cell only')]]))).toBe('invalid_blocks');
  // Each is legal alone; what all blocks of a message may hold is less.
  expect(await blocks(data(rows(13, 'x'.repeat(1_000))), { type: 'markdown', text: 'y'.repeat(1_000) })).toBe(
    'msg_blocks_too_long',
  );
});

test('an overlong text is cut, and the answer says so', async () => {
  const answer = await client.chat.postMessage({ channel: GENERAL, text: 'x'.repeat(40_001) });
  expect(answer.response_metadata?.warnings).toEqual(['message_truncated']);
  expect(answer.message?.text).toHaveLength(40_000);
});

test('an update replaces what it names, and only of the own messages', async () => {
  const { ts = '' } = await client.chat.postMessage({
    channel: GENERAL,
    text: 'a',
    blocks: [section('a')],
    metadata: { event_type: 'reply', event_payload: { key: 'k' } },
  });
  await client.chat.update({ channel: GENERAL, ts, text: 'b' });
  const [message] =
    (await client.conversations.history({ channel: GENERAL, include_all_metadata: true })).messages ?? [];
  expect(message).toMatchObject({ text: 'b', metadata: { event_type: 'reply', event_payload: { key: 'k' } } });
  expect(message?.blocks).toBeUndefined();
  expect(await refusalOf(client.chat.update({ channel: GENERAL, ts, text: 'x'.repeat(4_001) }))).toBe('msg_too_long');

  const theirs = slack.act.say({ user: ANA, channel: GENERAL, text: 'mine' }).ts;
  expect(await refusalOf(client.chat.update({ channel: GENERAL, ts: theirs, text: 'b' }))).toBe('cant_update_message');
  expect(await refusalOf(client.chat.delete({ channel: GENERAL, ts: theirs }))).toBe('cant_delete_message');
  await client.chat.delete({ channel: GENERAL, ts });
  expect(await refusalOf(client.chat.delete({ channel: GENERAL, ts }))).toBe('message_not_found');
});

test('a thread is read in pages, its root first on each', async () => {
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  for (const text of ['1', '2', '3']) slack.act.say({ user: BEN, channel: GENERAL, thread_ts: ts, text });
  const first = await client.conversations.replies({ channel: GENERAL, ts, limit: 2 });
  expect(first.messages?.map(({ text }) => text)).toEqual(['root', '1', '2']);
  expect(first.messages?.[0]).toMatchObject({ reply_count: 3, thread_ts: ts });
  const cursor = first.response_metadata?.next_cursor ?? '';
  const rest = await client.conversations.replies({ channel: GENERAL, ts, limit: 2, cursor });
  expect(rest.messages?.map(({ text }) => text)).toEqual(['root', '3']);
  expect(rest.has_more).toBe(false);
  const oldest = first.messages?.[2]?.ts ?? '';
  const newer = await client.conversations.replies({ channel: GENERAL, ts, oldest });
  expect(newer.messages?.map(({ text }) => text)).toEqual(['root', '3']);
  expect(await refusalOf(client.conversations.replies({ channel: GENERAL, ts: '1111111111.000000' }))).toBe(
    'thread_not_found',
  );
});

test('an ephemeral message is seen by one person and stored nowhere', async () => {
  await client.chat.postEphemeral({ channel: GENERAL, user: ANA, text: 'just you' });
  const general = slack.state().channels.find(({ id }) => id === GENERAL);
  expect(general?.ephemerals).toMatchObject([{ to: ANA, text: 'just you' }]);
  expect((await client.conversations.history({ channel: GENERAL })).messages).toEqual([]);
  const outside = client.chat.postEphemeral({ channel: GENERAL, user: 'U0ELI00005', text: 'a' });
  expect(await refusalOf(outside)).toBe('user_not_in_channel');
});

test('a deleted root leaves its thread, which takes no more replies', async () => {
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  const reply = slack.act.say({ user: BEN, channel: GENERAL, thread_ts: ts, text: 'reply' });
  const { permalink } = await client.chat.getPermalink({ channel: GENERAL, message_ts: reply.ts });
  expect(permalink).toContain(`/archives/${GENERAL}/p${reply.ts.replace('.', '')}?thread_ts=${ts}`);
  slack.act.remove({ user: ANA, channel: GENERAL, ts });
  const { messages } = await client.conversations.replies({ channel: GENERAL, ts });
  expect(messages).toMatchObject([{ subtype: 'tombstone' }, { text: 'reply' }]);
  expect(await post({ thread_ts: ts, text: 'late' })).toBe('cannot_reply_to_message');
});

test('a reaction is added once and removed once', async () => {
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'look' });
  const item = { channel: GENERAL, timestamp: ts, name: 'eyes' };
  await client.reactions.add(item);
  expect(await refusalOf(client.reactions.add(item))).toBe('already_reacted');
  await client.reactions.remove(item);
  expect(await refusalOf(client.reactions.remove(item))).toBe('no_reaction');
  expect(await refusalOf(client.reactions.add({ ...item, timestamp: 'now' }))).toBe('bad_timestamp');
  expect(await refusalOf(client.reactions.add({ ...item, name: 'EYES!' }))).toBe('invalid_name');
});

test('people and conversations can be looked up', async () => {
  expect((await client.users.info({ user: ANA })).user).toMatchObject({ real_name: 'Ana Silva', is_bot: false });
  expect((await client.users.info({ user: 'U0ELI00005' })).user).toMatchObject({ is_stranger: true });
  expect(await refusalOf(client.users.info({ user: 'U0NOBODY00' }))).toBe('user_not_found');
  expect((await client.bots.info({ bot: slack.botId })).bot).toMatchObject({ name: 'Drawbridge' });
  expect((await client.conversations.info({ channel: GENERAL })).channel).toMatchObject({
    name: 'general',
    is_member: true,
  });
  expect((await client.conversations.members({ channel: GENERAL })).members).toContain(ANA);
  slack.install({ ...slack.installed(), scopes: [...slack.installed().scopes, 'im:write'] });
  const dm = (await client.conversations.open({ users: ANA })).channel?.id ?? '';
  expect((await client.conversations.info({ channel: dm })).channel).toMatchObject({ is_im: true, user: ANA });
});

test('the tiers answer 429 with the time to wait, for one channel only', async () => {
  await slack.stop();
  const clock = manualClock();
  slack = await startSlackServer({ tiers: true, clock });
  client = botClient(slack);
  const say = (channel: string) => client.chat.postMessage({ channel, text: 'hi' });
  for (let count = 0; count < 3; count += 1) await say(GENERAL);
  await expect(say(GENERAL)).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
  await expect(say('C0OPS00002')).resolves.toMatchObject({ ok: true });
  clock.advance(1_000);
  await expect(say(GENERAL)).resolves.toMatchObject({ ok: true });
});

test('a reviewer is told of pings, repeats, hasty edits and replies to replies', async () => {
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'root' });
  const { ts: replyTs = '' } = await client.chat.postMessage({ channel: GENERAL, thread_ts: ts, text: 'same' });
  await client.chat.postMessage({ channel: GENERAL, thread_ts: ts, text: 'same' });
  expect(slack.problems()).toEqual([expect.stringContaining('repeats')]);
  await client.chat.update({ channel: GENERAL, ts: replyTs, text: 'one' });
  await client.chat.update({ channel: GENERAL, ts: replyTs, text: 'two' });
  await client.chat.postMessage({ channel: GENERAL, thread_ts: replyTs, text: '<!channel> wake up' });
  const problems = slack.problems().join('\n');
  expect(problems).toContain('edited twice within a second');
  expect(problems).toContain('pings everyone');
  expect(problems).toContain('is a reply');
});
