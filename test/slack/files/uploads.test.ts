import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileHosts } from '../../../src/slack/files/hosts.ts';
import { type SlackTs, threadId } from '../../../src/thread/ids.ts';
import { eventually } from '../../eventually.ts';
import { ANA, GENERAL } from '../../playground/slack/bolt-app.ts';
import { dmOf, type FileSetting, fileSetting } from './setting.ts';

const WITHIN = { answerMs: 300, pauseMs: 300, totalMs: 5_000 };

let world: FileSetting;
let root: string;

const thread = (channel = GENERAL) => threadId({ team: world.slack.teamId, channel, root: root as SlackTs });
const onDisk = (name: string, text: string) => {
  const path = join(world.folder, 'a file');
  writeFileSync(path, text);
  return { path, name, size: Buffer.byteLength(text) };
};
const send = (name = 'report.csv', text = 'a,b\n', signal = new AbortController().signal) =>
  world.uploads().send(onDisk(name, text), signal);
const share = (ids: string[], comment = 'Here it is.') =>
  world.uploads().share(thread(), { files: ids.map((id) => ({ id, title: `title of ${id}` })), comment });
const replies = (channel = GENERAL) =>
  (world.slack.state().channels.find(({ id }) => id === channel)?.messages ?? []).filter(
    ({ thread_ts }) => thread_ts === root,
  );

beforeEach(async () => {
  world = await fileSetting();
  root = world.slack.act.say({ user: ANA, channel: GENERAL, text: 'chart please' }).ts;
});

afterEach(async () => {
  expect(world.slack.problems()).toEqual([]);
  await world.stop();
});

describe('an upload', () => {
  it('brings several files into the thread with one message', async () => {
    const ids = [await send('report.csv', 'a,b\n'), await send('chart.svg', '<svg/>')];
    expect(replies()).toEqual([]);
    await share(ids, 'Two files: *both* new');
    expect(await world.uploads().shared(thread(), ids)).toEqual(ids);
    expect(replies()).toMatchObject([
      {
        text: 'Two files: *both* new',
        user: world.slack.botUserId,
        files: [
          { name: 'report.csv', size: 4, mimetype: 'text/csv' },
          { name: 'chart.svg', size: 6, mimetype: 'image/svg+xml' },
        ],
      },
    ]);
    expect(world.callsTo('files.completeUploadExternal')).toHaveLength(1);
    const page = replies()[0]?.files?.[0]?.preview_url ?? '';
    expect(await (await fetch(world.slack.url + page)).text()).toBe('a,b\n');
  });

  it('says its length and what a picture shows, in the words that Slack knows', async () => {
    const file = { ...onDisk(`${'n'.repeat(300)}.svg`, '<svg/>'), alt: 'x'.repeat(2_000) };
    await world.uploads().send(file, new AbortController().signal);
    const [call] = world.callsTo('files.getUploadURLExternal');
    expect(call?.args).toMatchObject({ length: '6', alt_txt: expect.stringMatching(/^x+…$/) });
    expect(String(call?.args.alt_txt)).toHaveLength(1_000);
    expect(String(call?.args.filename)).toHaveLength(255);
    expect(call?.args.filename).toMatch(/^n+….svg$/);
  });

  it('pings nobody with its comment, whatever a file is called', async () => {
    await share([await send()], '<!channel> <@U0ANA00001> @here a&b');
    await eventually(() => expect(replies()).toHaveLength(1));
    expect(replies()[0]?.text).not.toMatch(/<!|<@|@here/);
    expect(replies()[0]?.text).toContain('a&amp;b');
  });

  it('pings nobody with a title either', async () => {
    const id = await send();
    await world.uploads().share(thread(), { files: [{ id, title: '<!here>.csv' }], comment: '' });
    expect(world.callsTo('files.completeUploadExternal')[0]?.args.files).toEqual([{ id, title: '<\u200b!here>.csv' }]);
  });

  it('takes a name or a title that looks like a path for no more than a name', async () => {
    const id = await send('/etc/passwd', 'mine');
    await world.uploads().share(thread(), { files: [{ id, title: '/etc/hosts' }], comment: '' });
    await eventually(() => expect(replies()).toHaveLength(1));
    const [file] = replies()[0]?.files ?? [];
    expect(file).toMatchObject({ name: '/etc/passwd', size: 4 });
    expect(world.callsTo('files.completeUploadExternal')[0]?.args).not.toHaveProperty('initial_comment');
  });

  it.each([[{ type: 'http_500' }], [{ type: 'reset' }], [{ type: 'reset', when: 'after' }], [{ type: 'redirect' }]])(
    'whose bytes did not arrive starts anew, after %j',
    async (broken) => {
      world.fault('files.upload', broken);
      const id = await send();
      expect(world.callsTo('files.getUploadURLExternal')).toHaveLength(2);
      await share([id]);
      expect(await world.uploads().shared(thread(), [id])).toEqual([id]);
      expect(replies()).toHaveLength(1);
    },
  );

  it('is given up the second time', async () => {
    world.fault('files.upload', { type: 'http_500' }, 2);
    await expect(send()).rejects.toMatchObject({ name: 'UploadError', code: 'unreachable' });
    expect(replies()).toEqual([]);
  });

  it('is given up when Slack does not answer', async () => {
    world.fault('files.upload', { type: 'slow', ms: 60_000 }, 2);
    const sending = world.uploads({ patience: WITHIN }).send(onDisk('a', 'b'), new AbortController().signal);
    await expect(sending).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('sends nothing to an address that is not at Slack', async () => {
    const hosts = createFileHosts({ hosts: ['files.slack.com'], apiUrl: null });
    const sending = world.uploads({ hosts }).send(onDisk('a', 'b'), new AbortController().signal);
    await expect(sending).rejects.toThrow('files.hosts');
  });

  it('ends when nobody wants it any more', async () => {
    world.fault('files.upload', { type: 'slow', ms: 60_000 });
    const controller = new AbortController();
    const sending = send('a', 'b', controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(sending).rejects.toThrow('enough');
    await expect(send('a', 'b', controller.signal)).rejects.toThrow('enough');
    expect(world.callsTo('files.getUploadURLExternal')).toHaveLength(1);
  });

  it('waits when Slack says that it is too much, and ends while it waits', async () => {
    world.fault('files.getUploadURLExternal', { type: 'rate_limited', retry_after_s: 1 });
    expect(await send()).toMatch(/^F/);
    world.fault('files.getUploadURLExternal', { type: 'rate_limited', retry_after_s: 3_600 });
    const controller = new AbortController();
    const sending = send('a', 'b', controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(sending).rejects.toThrow('enough');
  });

  it("fails with the disk's own error when the file is gone", async () => {
    const file = onDisk('a', 'b');
    rmSync(file.path);
    await expect(world.uploads().send(file, new AbortController().signal)).rejects.toThrow('ENOENT');
  });
});

describe('what Slack refuses', () => {
  it.each([
    ['missing_scope', 'no-scope', 1],
    ['file_upload_size_restricted', 'too-large', 1],
    ['file_uploads_disabled', 'not-allowed', 1],
    ['file_type_not_allowed', 'not-allowed', 1],
    ['storage_limit_reached', 'no-room', 1],
    ['invalid_auth', 'no-access', 1],
    ['something_new', 'unreachable', 2],
    ['internal_error', 'unreachable', 2],
  ])('as %s when it is announced is %s', async (error, code, times) => {
    world.fault('files.getUploadURLExternal', { type: 'error', error }, 0);
    await expect(send()).rejects.toMatchObject({ name: 'UploadError', code });
    expect(world.callsTo('files.getUploadURLExternal')).toHaveLength(times);
  });

  it.each([
    ['not_in_channel', 'no-access'],
    ['channel_not_found', 'no-access'],
    ['posting_to_channel_denied', 'not-allowed'],
    ['restricted_action_thread_locked', 'not-allowed'],
    ['file_update_failed', 'unreachable'],
  ])('as %s when it is shared is %s', async (error, code) => {
    const id = await send();
    world.fault('files.completeUploadExternal', { type: 'error', error });
    await expect(share([id])).rejects.toMatchObject({ name: 'UploadError', code });
    expect(await world.uploads().shared(thread(), [id])).toEqual([]);
    await share([id]);
    expect(await world.uploads().shared(thread(), [id])).toEqual([id]);
  });

  it('by itself, in a channel without the bot', async () => {
    const id = await send();
    world.slack.act.leaveChannel({ user: world.slack.botUserId, channel: GENERAL });
    await expect(share([id])).rejects.toMatchObject({ code: 'no-access' });
  });
});

describe('whether a file stands in the thread', () => {
  it('is known although the answer was lost', async () => {
    const id = await send();
    world.fault('files.completeUploadExternal', { type: 'reset', when: 'after' });
    await expect(share([id])).rejects.toMatchObject({ code: 'unreachable' });
    expect(await world.uploads().shared(thread(), [id])).toEqual([id]);
    expect(replies()).toHaveLength(1);
  });

  it('is looked at again, as sharing takes Slack some time', async () => {
    world.slack.faults.apply({ share_after_ms: 200 });
    const id = await send();
    await share([id]);
    expect(replies()).toEqual([]);
    expect(await world.uploads().shared(thread(), [id])).toEqual([id]);
    expect(world.callsTo('files.info').length).toBeGreaterThan(1);
  });

  it('is not, when it was never shared, or is in another thread', async () => {
    const [here, elsewhere, nowhere] = [await send(), await send(), await send()];
    await share([here]);
    const other = world.slack.act.say({ user: ANA, channel: GENERAL, text: 'another' }).ts;
    const place = threadId({ team: world.slack.teamId, channel: GENERAL, root: other as SlackTs });
    await world.uploads().share(place, { files: [{ id: elsewhere, title: '' }], comment: 'there' });
    expect(await world.uploads().shared(thread(), [nowhere, elsewhere, here])).toEqual([here]);
  });

  it('is known of a direct message, too', async () => {
    root = world.slack.act.say({ user: ANA, channel: dmOf(world.slack), text: 'chart please' }).ts;
    const id = await send();
    const direct = thread(dmOf(world.slack));
    await world.uploads().share(direct, { files: [{ id, title: 'a' }], comment: '' });
    expect(await world.uploads().shared(direct, [id])).toEqual([id]);
  });

  it('is not guessed when Slack cannot be asked', async () => {
    world.fault('files.info', { type: 'error', error: 'internal_error' }, 0);
    await expect(world.uploads().shared(thread(), ['F0SOMETHING'])).rejects.toMatchObject({ code: 'unreachable' });
  });
});
