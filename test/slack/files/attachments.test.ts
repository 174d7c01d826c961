import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileHosts } from '../../../src/slack/files/hosts.ts';
import type { Fetched, FetchOptions, Unread } from '../../../src/thread/file-ports.ts';
import type { InputFile } from '../../../src/thread/input.ts';
import { base64, type FileSetting, fileSetting } from './setting.ts';

const CSV = 'name,n\nZoë,1\n';
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const WITHIN = { answerMs: 200, pauseMs: 200, totalMs: 5_000 };

let world: FileSetting;

const one = async (file: Parameters<FileSetting['sent']>[0]) => {
  const [input] = await world.sent(file);
  if (!input) throw new Error('no file came');
  return input;
};
const csv = () => one({ name: 'a b.csv', base64: base64(CSV) });
const fetchIt = (file: InputFile, other?: Partial<FetchOptions>) => world.attachments().fetch(file, world.how(other));
const why = (outcome: Fetched | Unread) => (outcome.type === 'unread' ? outcome.why : outcome.type);

beforeEach(async () => {
  world = await fileSetting();
});

afterEach(async () => {
  expect(world.slack.problems()).toEqual([]);
  await world.stop();
});

describe('a file that is read', () => {
  it('is on disk, for nobody else, with what is known of it', async () => {
    const fetched = await fetchIt(await csv());
    if (fetched.type !== 'fetched') throw new Error(fetched.why);
    const { path, ...known } = fetched;
    expect(known).toEqual({
      type: 'fetched',
      name: 'a b.csv',
      size: Buffer.byteLength(CSV),
      sha256: createHash('sha256').update(CSV).digest('hex'),
      mimetype: 'text/csv',
      isText: true,
    });
    expect(readFileSync(path, 'utf8')).toBe(CSV);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(path.startsWith(world.folder)).toBe(true);
    expect(path).not.toContain('csv');
  });

  it.each(['../../etc/passwd', 'a"b\'.csv', '📈.csv', `${'x'.repeat(300)}.csv`, 'a/b\\c%2f.csv'])(
    'may be called %j, which names nothing on disk',
    async (name) => {
      const fetched = await fetchIt(await one({ name, base64: base64(CSV) }));
      expect(fetched).toMatchObject({ type: 'fetched', name });
      expect(world.left()).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    },
  );

  it('is kept apart from another of the same name', async () => {
    const files = await world.sent(
      { name: 'a.csv', base64: base64('1') },
      { name: 'a.csv', base64: base64('2') },
      { name: 'a.png', base64: base64(PNG) },
    );
    const outcomes = await Promise.all(files.map((file) => fetchIt(file)));
    const contents = outcomes.map((each) => (each.type === 'fetched' ? readFileSync(each.path, 'latin1') : each.why));
    expect(contents).toEqual(['1', '2', PNG.toString('latin1')]);
    expect(outcomes[2]).toMatchObject({ mimetype: 'image/png', isText: false });
  });

  it('may be a snippet', async () => {
    expect(await fetchIt(await one({ name: 'a.py', base64: base64('print(1)'), mode: 'snippet' }))).toMatchObject({
      type: 'fetched',
      isText: true,
    });
  });

  it('has the type that its bytes say', async () => {
    const file = await one({ name: 'a.jpg', base64: base64(PNG) });
    expect(await fetchIt(file)).toMatchObject({ mimetype: 'image/png' });
  });

  it('may be a page, and its own', async () => {
    const page = await one({ name: 'a.html', base64: base64('<!doctype html><p>Report</p>') });
    expect(await fetchIt(page)).toMatchObject({ type: 'fetched', mimetype: 'text/html', isText: true });
  });
});

describe('a stub', () => {
  const stub = () => one({ name: 'theirs.csv', base64: base64(CSV), mode: 'stub' });

  it('is asked about, and read', async () => {
    const file = await stub();
    expect(file).toMatchObject({ mode: 'stub', url: null, size: 0 });
    expect(await fetchIt(file)).toMatchObject({ type: 'fetched', name: 'theirs.csv', mimetype: 'text/csv' });
  });

  it.each([
    ['file_not_found', 'no-access', 2],
    ['not_visible', 'no-access', 2],
    ['access_denied', 'no-access', 2],
    ['missing_scope', 'no-access', 1],
    ['file_deleted', 'deleted', 1],
    ['internal_error', 'unreachable', 2],
  ])('that Slack answers %s about is %s, after asking %i times', async (error, expected, times) => {
    const file = await stub();
    world.fault('files.info', { type: 'error', error }, 0);
    expect(why(await fetchIt(file))).toBe(expected);
    expect(world.callsTo('files.info')).toHaveLength(times);
  });

  it('that comes a moment late is read all the same', async () => {
    const file = await stub();
    world.fault('files.info', { type: 'error', error: 'file_not_found' });
    expect(why(await fetchIt(file))).toBe('fetched');
  });

  it('without an id cannot be read', async () => {
    expect(why(await fetchIt({ ...(await stub()), id: null }))).toBe('no-access');
    expect(world.callsTo('files.info')).toHaveLength(0);
  });

  it('may turn out to be external', async () => {
    const external = await one({ name: 'a.csv', mode: 'external' });
    const file: InputFile = { ...external, mode: 'stub', url: null };
    expect(why(await fetchIt(file))).toBe('external');
  });
});

describe('what has no bytes at Slack', () => {
  it.each([
    ['external', 'external'],
    ['canvas', 'canvas'],
    ['list', 'not-a-file'],
    ['email', 'not-a-file'],
    ['tombstone', 'deleted'],
    ['hidden_by_limit', 'hidden'],
  ] as const)('%s says so, and nothing is asked', async (mode, expected) => {
    const file = await one({ name: 'a', mode });
    const calls = world.slack.calls().length;
    const fetch = () => Promise.reject(new Error('it was asked for'));
    expect(why(await world.attachments({ fetch }).fetch(file, world.how()))).toBe(expected);
    expect(world.slack.calls()).toHaveLength(calls);
  });
});

describe('a file that is not what it should be', () => {
  afterEach(() => expect(world.left()).toEqual([]));

  it('is too large, by what Slack says, by what is announced, or by what comes', async () => {
    const file = await csv();
    const few = { maxBytes: 5 };
    expect(why(await fetchIt(file, few))).toBe('too-large');
    expect(why(await fetchIt({ ...file, size: 0 }, few))).toBe('too-large');
    const unannounced = () => Promise.resolve(new Response(CSV));
    const attachments = world.attachments({ fetch: unannounced });
    expect(why(await attachments.fetch({ ...file, size: 0 }, world.how(few)))).toBe('too-large');
  });

  it('is empty', async () => {
    expect(why(await fetchIt(await one({ name: 'none.csv', repeat: '-', size: 0 })))).toBe('empty');
  });

  it.each([-3, 4])('has %i bytes more than Slack says', async (by) => {
    const file = await csv();
    world.fault('files.download', { type: 'wrong_length', by });
    expect(why(await fetchIt(file))).toBe('not-as-announced');
  });

  it('has fewer bytes than its answer says', async () => {
    const file = await csv();
    const fetch = () => Promise.resolve(new Response(CSV, { headers: { 'content-length': '999' } }));
    const outcome = await world.attachments({ fetch }).fetch({ ...file, size: 0 }, world.how());
    expect(why(outcome)).toBe('not-as-announced');
  });

  it.each(['image/png', 'application/pdf', 'application/zip', XLSX])(
    'is declared %s, and is a page',
    async (mimetype) => {
      const file = await one({ name: 'a', base64: base64('<!doctype html><p>No</p>'), mimetype });
      expect(why(await fetchIt(file))).toBe('not-as-announced');
    },
  );

  it("is Slack's sign-in page", async () => {
    const file = await csv();
    world.fault('files.download', { type: 'html' });
    expect(why(await fetchIt(file))).toBe('no-access');
  });

  it("is Slack's sign-in page, where a page was to be expected", async () => {
    const page = await one({ name: 'a.html', base64: base64('<!doctype html><p>Report</p>') });
    world.fault('files.download', { type: 'html' });
    expect(why(await fetchIt(page))).toBe('no-access');
  });

  it('is what another token may not read', async () => {
    const file = await csv();
    const attachments = world.attachments({ botToken: 'xoxb-another' });
    expect(why(await attachments.fetch(file, world.how()))).toBe('no-access');
  });
});

describe('the token', () => {
  const TOKEN = 'xoxb-secret';
  const file = (url: string): InputFile => ({
    id: 'F1',
    url,
    mode: 'hosted',
    name: 'a.csv',
    mimetype: 'text/csv',
    size: 0,
  });

  /** A web of addresses; tells who was asked, and with which token. */
  const web = (answers: Record<string, () => Response>) => {
    const asked: [address: string, token: string | null][] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const address = String(input);
      asked.push([address, new Headers(init?.headers).get('authorization')]);
      expect(init?.redirect).toBe('manual');
      return answers[address]?.() ?? new Response('', { status: 404 });
    };
    const hosts = createFileHosts({ hosts: ['files.slack.com', '*.slack-edge.com'], apiUrl: null });
    return { asked, attachments: world.attachments({ botToken: TOKEN, hosts, fetch }) };
  };
  const to = (location: string, status = 302) => new Response('', { status, headers: { location } });

  it('goes to the hosts that are named, and to no host that a redirect leads to below them', async () => {
    const { asked, attachments } = web({
      'https://files.slack.com/a': () => to('https://cdn.slack-edge.com/b', 307),
      'https://cdn.slack-edge.com/b': () => to('/c'),
      'https://cdn.slack-edge.com/c': () => new Response('a,b'),
    });
    expect(why(await attachments.fetch(file('https://files.slack.com/a'), world.how()))).toBe('fetched');
    expect(asked).toEqual([
      ['https://files.slack.com/a', `Bearer ${TOKEN}`],
      ['https://cdn.slack-edge.com/b', null],
      ['https://cdn.slack-edge.com/c', null],
    ]);
  });

  it.each([
    'https://evil.example/a',
    'http://files.slack.com/a',
    'https://files.slack.com@evil.example/a',
    'http://127.0.0.1/a',
    'nowhere',
  ])('stays here when the address is %s, which is not even asked', async (address) => {
    const { asked, attachments } = web({});
    expect(why(await attachments.fetch(file(address), world.how()))).toBe('wrong-host');
    expect(asked).toEqual([]);
  });

  it.each(['https://evil.example/a', 'http://files.slack.com/a', '//evil.example/a', 'http://[', 'file:///etc/passwd'])(
    'does not follow a redirect to %s',
    async (location) => {
      const { asked, attachments } = web({ 'https://files.slack.com/a': () => to(location) });
      expect(why(await attachments.fetch(file('https://files.slack.com/a'), world.how()))).toBe('wrong-host');
      expect(asked).toHaveLength(1);
    },
  );

  it('does not go round in circles', async () => {
    const { asked, attachments } = web({ 'https://files.slack.com/a': () => to('/a') });
    expect(why(await attachments.fetch(file('https://files.slack.com/a'), world.how()))).toBe('unreachable');
    expect(asked.length).toBeLessThan(10);
  });

  it('is not seen by a host that the local Slack redirects to', async () => {
    const input = await csv();
    const stranger = `${world.slack.url.replace('127.0.0.1', 'localhost')}/elsewhere/a.csv`;
    world.fault('files.download', { type: 'redirect', to: stranger });
    expect(why(await fetchIt(input))).toBe('wrong-host');
  });
});

describe('what breaks on the way', () => {
  it.each([
    [{ type: 'http_500' }],
    [{ type: 'reset' }],
    [{ type: 'truncated' }],
    [{ type: 'rate_limited', retry_after_s: 2 }],
  ])('is tried again from the start, after %j', async (broken) => {
    const file = await csv();
    world.fault('files.download', broken);
    expect(why(await fetchIt(file))).toBe('fetched');
    expect(world.left()).toHaveLength(1);
  });

  it.each([
    [{ type: 'http_500' }],
    [{ type: 'reset' }],
    [{ type: 'truncated' }],
    [{ type: 'rate_limited', retry_after_s: 1 }],
  ])('is given up the second time, after %j', async (broken) => {
    const file = await csv();
    world.fault('files.download', broken, 2);
    expect(why(await fetchIt(file))).toBe('unreachable');
    expect(world.left()).toEqual([]);
    expect(why(await fetchIt(file))).toBe('fetched');
  });

  it('is given up at once when Slack asks for more patience than anybody has', async () => {
    const file = await csv();
    world.fault('files.download', { type: 'rate_limited', retry_after_s: 3_600 });
    expect(why(await fetchIt(file))).toBe('unreachable');
  });

  it.each([
    ['an answer that does not come', { type: 'slow', ms: 60_000 }],
    ['a body that stops', { type: 'drip', ms: 60_000 }],
  ])('is %s', async (_, slow) => {
    const file = await csv();
    world.fault('files.download', slow, 2);
    expect(why(await world.attachments({ patience: WITHIN }).fetch(file, world.how()))).toBe('unreachable');
    expect(world.left()).toEqual([]);
  });

  it('is a body that takes for ever, drop by drop', async () => {
    const file = await one({ name: 'a.txt', repeat: 'x', size: 1_000 });
    world.fault('files.download', { type: 'drip', ms: 50 }, 2);
    const patience = { ...WITHIN, totalMs: 300 };
    const startedAt = Date.now();
    expect(why(await world.attachments({ patience }).fetch(file, world.how()))).toBe('unreachable');
    expect(Date.now() - startedAt).toBeLessThan(3_000);
  });

  it('says when a file is gone', async () => {
    const gone = (status: number) => world.attachments({ fetch: async () => new Response('', { status }) });
    const file = await csv();
    expect(why(await gone(404).fetch(file, world.how()))).toBe('deleted');
    expect(why(await gone(403).fetch(file, world.how()))).toBe('no-access');
    expect(why(await gone(418).fetch(file, world.how()))).toBe('unreachable');
  });

  it('rejects, and leaves nothing, when nobody wants it any more', async () => {
    const file = await one({ name: 'a.txt', repeat: 'x', size: 1_000 });
    world.fault('files.download', { type: 'drip', ms: 1_000 });
    const controller = new AbortController();
    const fetching = fetchIt(file, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(fetching).rejects.toThrow('enough');
    expect(world.left()).toEqual([]);
    await expect(fetchIt(file, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('rejects when the disk fails', async () => {
    await expect(fetchIt(await csv(), { folder: '/nowhere' })).rejects.toThrow('ENOENT');
  });
});
