import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, botClient, GENERAL, refusalOf } from './bolt-app.ts';

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => slack.stop());

const messagesOf = () => slack.state().channels.find(({ id }) => id === GENERAL)?.messages ?? [];
const base64 = (text: string) => Buffer.from(text).toString('base64');

function sayWithFile(): string {
  slack.act.say({
    user: ANA,
    channel: GENERAL,
    text: 'see',
    files: [{ name: 'sales data.csv', base64: base64('a,b\n1,2\n') }],
  });
  return messagesOf()[0]?.files?.[0]?.id ?? '';
}

test('a stock client uploads a file into a thread', async () => {
  const { ts } = slack.act.say({ user: ANA, channel: GENERAL, text: 'chart please' });
  await botClient(slack).filesUploadV2({
    channel_id: GENERAL,
    thread_ts: ts,
    initial_comment: 'Here it is.',
    file: Buffer.from('<svg/>'),
    filename: 'chart.svg',
  });
  await eventually(() => expect(messagesOf()).toHaveLength(2));
  expect(messagesOf()[1]).toMatchObject({
    thread_ts: ts,
    text: 'Here it is.',
    user: slack.botUserId,
    files: [{ name: 'chart.svg', mimetype: 'image/svg+xml', size: 6 }],
  });
});

test('a download wants the bearer, and gives a stranger the sign-in page', async () => {
  const { file } = await botClient(slack).files.info({ file: sayWithFile() });
  expect(file).toMatchObject({
    name: 'sales data.csv',
    size: 8,
    shares: { public: { [GENERAL]: [{ ts: messagesOf()[0]?.ts }] } },
  });
  const url = file?.url_private_download ?? '';
  const mine = await fetch(url, { headers: { authorization: `Bearer ${slack.botToken}` } });
  expect(await mine.text()).toBe('a,b\n1,2\n');
  const stranger = await fetch(url);
  expect(stranger.status).toBe(200);
  expect(stranger.headers.get('content-type')).toContain('text/html');
  slack.faults.apply({
    calls: [{ method: 'files.download', fault: { type: 'redirect', to: 'http://elsewhere.invalid/' } }],
  });
  const moved = await fetch(url, { redirect: 'manual', headers: { authorization: `Bearer ${slack.botToken}` } });
  expect(moved.status).toBe(302);
});

test('the page sees a file without a token, in a sandbox', async () => {
  sayWithFile();
  const response = await fetch(slack.url + (messagesOf()[0]?.files?.[0]?.preview_url ?? ''));
  expect(await response.text()).toBe('a,b\n1,2\n');
  expect(response.headers.get('content-security-policy')).toContain('sandbox');
});

test('people see the title of an upload, and what a picture shows', async () => {
  const client = botClient(slack);
  const args = { filename: 'chart.png', length: 3, alt_txt: 'Orders by region' };
  const { upload_url, file_id }: Record<string, unknown> = {
    ...(await client.apiCall('files.getUploadURLExternal', args)),
  };
  await fetch(String(upload_url), { method: 'POST', body: 'png' });
  const files: [{ id: string; title: string }] = [{ id: String(file_id), title: 'chart.png v2' }];
  await client.files.completeUploadExternal({ files, channel_id: GENERAL });
  await expect
    .poll(() => messagesOf()[0]?.files)
    .toMatchObject([{ name: 'chart.png', title: 'chart.png v2', alt: 'Orders by region' }]);
  const { file } = await client.files.info({ file: files[0].id });
  expect(file).toMatchObject({ title: 'chart.png v2', alt_txt: 'Orders by region' });
});

test('an upload is as long as announced, and complete before it is shared', async () => {
  const client = botClient(slack);
  const announced = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 3 });
  const files: [{ id: string }] = [{ id: announced.file_id ?? '' }];
  const complete = () => client.files.completeUploadExternal({ files, channel_id: GENERAL });
  expect(await refusalOf(complete())).toBe('file_not_found');
  const send = (body: string) => fetch(announced.upload_url ?? '', { method: 'POST', body });
  expect((await send('four')).status).toBe(400);
  expect(await (await send('abc')).text()).toBe('OK - 3');
  expect(await refusalOf(complete())).toBe('no refusal');
  expect(await refusalOf(client.files.getUploadURLExternal({ filename: 'a.txt', length: 0 }))).toBe(
    'invalid_arguments',
  );
});

const download = (file: { url_private_download?: string } | undefined) =>
  fetch(file?.url_private_download ?? '', { headers: { authorization: `Bearer ${slack.botToken}` } });
const fault = (method: string, fault: Record<string, unknown>) => slack.faults.apply({ calls: [{ method, fault }] });

test('a body can end early, be of another length, or come drop by drop', async () => {
  const { file } = await botClient(slack).files.info({ file: sayWithFile() });
  fault('files.download', { type: 'truncated' });
  await expect(download(file).then((response) => response.text())).rejects.toThrow('terminated');
  fault('files.download', { type: 'wrong_length', by: 2 });
  expect(await (await download(file)).text()).toBe('a,b\n1,2\n  ');
  fault('files.download', { type: 'wrong_length', by: -3 });
  expect(await (await download(file)).text()).toBe('a,b\n1');
  fault('files.download', { type: 'drip', ms: 1 });
  expect(await (await download(file)).text()).toBe('a,b\n1,2\n');
});

test('a file can be made of a repeated text, however large, and even empty', async () => {
  const files = [
    { name: 'big.csv', repeat: 'a,b\n', size: 1_000_001 },
    { name: 'none.csv', repeat: '-', size: 0 },
  ];
  slack.act.say({ user: ANA, channel: GENERAL, text: '', files });
  const [big, none] = messagesOf()[0]?.files ?? [];
  expect([big?.size, none?.size]).toEqual([1_000_001, 0]);
  const { file } = await botClient(slack).files.info({ file: big?.id ?? '' });
  const text = await (await download(file)).text();
  expect([text.length, text.slice(0, 8), text.slice(-5)]).toEqual([1_000_001, 'a,b\na,b\n', 'a,b\na']);
  expect(() => slack.act.say({ user: ANA, channel: GENERAL, text: '', files: [{ name: 'a', base64: '' }] })).toThrow(
    'choose another',
  );
});

test('a stub says nothing of itself until files.info is asked', async () => {
  slack.act.say({
    user: ANA,
    channel: GENERAL,
    text: '',
    files: [{ name: 'a.csv', base64: base64('a,b'), mode: 'stub' }],
  });
  slack.faults.apply({ stubs: true });
  sayWithFile();
  const client = botClient(slack);
  const { messages = [] } = await client.conversations.history({ channel: GENERAL });
  const stubs = messages.flatMap(({ files = [] }) => files);
  expect(stubs).toHaveLength(2);
  for (const stub of stubs) {
    expect(stub).toMatchObject({ mode: 'file_access', file_access: 'check_file_info', user: '' });
    expect(stub).not.toHaveProperty('name');
    const { file } = await client.files.info({ file: stub.id ?? '' });
    expect(file).toMatchObject({ mode: 'hosted', name: expect.stringMatching(/csv$/) });
  }
});

test('files whose bytes are not at Slack say so by their mode', async () => {
  const modes = ['external', 'canvas', 'list', 'email', 'tombstone', 'hidden_by_limit'] as const;
  slack.act.say({ user: ANA, channel: GENERAL, text: '', files: modes.map((mode) => ({ name: mode, mode })) });
  const client = botClient(slack);
  const { messages = [] } = await client.conversations.history({ channel: GENERAL });
  const files = messages[0]?.files ?? [];
  expect(files.map(({ mode }) => mode)).toEqual(modes);
  expect(files[0]).toMatchObject({ is_external: true, url_private: expect.stringContaining('/elsewhere/') });
  expect(files[4]).not.toHaveProperty('name');
  expect(await refusalOf(client.files.info({ file: files[4]?.id ?? '' }))).toBe('file_deleted');
});

test('a file of a conversation without the bot cannot be seen', async () => {
  const id = sayWithFile();
  slack.act.leaveChannel({ user: slack.botUserId, channel: GENERAL });
  expect(await refusalOf(botClient(slack).files.info({ file: id }))).toBe('not_visible');
});

test('an upload that fails midway makes no file, and none of several is taken for one that is missing', async () => {
  const client = botClient(slack);
  const announced = await client.files.getUploadURLExternal({ filename: 'a.txt', length: 3 });
  const send = () => fetch(announced.upload_url ?? '', { method: 'POST', body: 'abc' });
  const id = announced.file_id ?? '';
  fault('files.upload', { type: 'http_500' });
  expect((await send()).status).toBe(500);
  fault('files.upload', { type: 'reset' });
  await expect(send()).rejects.toThrow('fetch failed');
  const complete = (...ids: string[]) =>
    client.apiCall('files.completeUploadExternal', { files: ids.map((each) => ({ id: each })), channel_id: GENERAL });
  expect(await refusalOf(complete(id))).toBe('file_not_found');
  expect((await send()).status).toBe(200);
  expect(await refusalOf(complete(id, 'F0NOTHING0'))).toBe('file_not_found');
  slack.faults.apply({ share_after_ms: 60_000 });
  expect(await refusalOf(complete(id))).toBe('no refusal');
  expect((await client.files.info({ file: id })).file?.shares).toEqual({});
  const huge = client.files.getUploadURLExternal({ filename: 'a.txt', length: 2_000_000_000 });
  expect(await refusalOf(huge)).toBe('file_upload_size_restricted');
});

test("the bot's token is noticed where it does not belong", async () => {
  const headers = { authorization: `Bearer ${slack.botToken}` };
  await fetch(`${slack.url}/elsewhere/a.csv`);
  expect(slack.problems()).toEqual([]);
  await fetch(`${slack.url}/elsewhere/a.csv`, { headers });
  await fetch(`${slack.url.replace('127.0.0.1', 'localhost')}/files-pri/a/b`, { headers });
  expect(slack.problems()).toEqual([
    expect.stringMatching(/token was sent to 127.*elsewhere/),
    expect.stringMatching(/token was sent to localhost/),
  ]);
});

test('a forwarded message comes as an attachment with its files, and a pasted table as one with its cells', async () => {
  const id = sayWithFile();
  const ts = messagesOf()[0]?.ts ?? '';
  slack.act.say({ user: ANA, channel: GENERAL, text: '', forwards: { channel: GENERAL, ts }, table: [['a', '1']] });
  const { messages } = await botClient(slack).conversations.history({ channel: GENERAL, limit: 1 });
  expect(messages?.[0]?.attachments).toMatchObject([
    { is_share: true, author_name: expect.stringContaining('Ana'), text: 'see', files: [{ id, mode: 'hosted' }] },
    {
      fallback: '[no preview available]',
      blocks: [
        {
          type: 'table',
          rows: [
            [
              { type: 'raw_text', text: 'a' },
              { type: 'raw_text', text: '1' },
            ],
          ],
        },
      ],
    },
  ]);
});
