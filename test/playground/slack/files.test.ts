import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
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
  await vi.waitFor(() => expect(messagesOf()).toHaveLength(2));
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
