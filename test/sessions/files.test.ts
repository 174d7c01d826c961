import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileId } from '../../src/thread/file-ports.ts';
import { sessionId } from '../../src/thread/ids.ts';
import { eventually, message, type Rig, type RigOptions, script, startRig, THREAD } from './rig.ts';

let rig: Rig;
let folder: string;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-test-'));
});
afterEach(async () => {
  await rig?.stop();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;

function local(name: string, content: string | Uint8Array = 'a,b\n1,2\n', mimetype = 'text/csv') {
  const path = join(folder, name.replaceAll('/', '_'));
  writeFileSync(path, content);
  return { path, name, mimetype };
}

/** Lets the first of these requests reach the server and loses its answer. */
function losingFirst(method: string, path: RegExp): typeof fetch {
  let lost = false;
  return async (url, init) => {
    const response = await fetch(url, init);
    if (lost || init?.method?.toUpperCase() !== method || !path.test(String(url))) return response;
    lost = true;
    await response.text();
    throw new TypeError('fetch failed');
  };
}

/** A session whose agent answers every message with these outputs. */
async function startWriter(
  outputs: Record<string, string | Uint8Array>,
  { lagMs = 0, ...options }: RigOptions & { lagMs?: number } = {},
) {
  const { sessions, server } = await start({
    scripts: [
      script(async (agent) => {
        for (const [name, content] of Object.entries(outputs)) {
          const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
          await agent.session.files.write({ name, mimeType: 'text/plain', bytes });
        }
        await agent.say('done');
      }),
    ],
    ...options,
  });
  server.faults.apply({ outputsLagMs: lagMs });
  const session = await rig.open();
  await sessions.send(session, message('go'));
  await eventually(() => expect(rig.record(session).events.at(-1)?.type).toBe('session.status_idle'));
  return session;
}

describe('upload', () => {
  it('brings a file with its name and type', async () => {
    const { files, api } = await start();
    const id = await files.upload(local('größe 🙂.csv'), never);
    expect(await api.beta.files.retrieveMetadata(id)).toMatchObject({
      filename: 'größe 🙂.csv',
      mime_type: 'text/csv',
      size_bytes: 8,
    });
  });

  it('never holds the whole file', async () => {
    const { files, api } = await start();
    const file = local('big.bin', '');
    truncateSync(file.path, 200_000_000);
    const before = process.memoryUsage().arrayBuffers;
    let peak = before;
    const watching = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }, 5);
    const id = await files.upload(file, never);
    clearInterval(watching);
    expect((await api.beta.files.retrieveMetadata(id)).size_bytes).toBe(200_000_000);
    expect(peak - before).toBeLessThan(100_000_000);
  });

  it.each([500, 503, 529, 429, 408])('is tried again after %i', async (status) => {
    const { files, api, server } = await start();
    server.faults.failNext('files.upload', { status, times: 2 });
    const id = await files.upload(local('a.csv'), never);
    expect((await api.beta.files.list()).data.map((file) => file.id)).toEqual([id]);
    expect(server.records().requests['files.upload']).toBe(3);
  });

  it('whose answer was lost is made again: the first one harms nobody', async () => {
    const { files, api } = await start({ fetch: losingFirst('POST', /\/v1\/files$/) });
    const id = await files.upload(local('a.csv'), never);
    const { data } = await api.beta.files.list();
    expect(data).toHaveLength(2);
    expect(data[0]?.id).toBe(id);
  });

  it('that is too large says so, and is not tried again', async () => {
    const { files, server } = await start();
    server.faults.failNext('files.upload', { status: 413, times: 9 });
    await expect(files.upload(local('a.csv'), never)).rejects.toMatchObject({
      name: 'SessionError',
      code: 'request',
      message: expect.stringContaining('500 MB'),
    });
    expect(server.records().requests['files.upload']).toBe(1);
  });

  it('of more than the API takes is refused before its bytes are sent', async () => {
    const { files } = await start();
    const file = local('big.bin', '');
    truncateSync(file.path, 501_000_000); // sparse: it takes no room on the disk
    await expect(files.upload(file, never)).rejects.toMatchObject({
      code: 'request',
      message: expect.stringContaining('500 MB'),
    });
  });

  it('that finds the storage full says what to do', async () => {
    const { files, server } = await start();
    server.faults.failNext('files.upload', { status: 400, code: 'storage_quota_exceeded' });
    await expect(files.upload(local('a.csv'), never)).rejects.toMatchObject({
      code: 'request',
      message: expect.stringContaining('delete files'),
    });
  });

  it('with bad credentials says so', async () => {
    const { files, server } = await start();
    server.faults.failNext('files.upload', { status: 401 });
    await expect(files.upload(local('a.csv'), never)).rejects.toMatchObject({ code: 'credentials' });
  });

  it('again and again in vain ends as unreachable', async () => {
    const { files, server } = await start();
    server.faults.failNext('files.upload', { status: 503, times: 99 });
    await expect(files.upload(local('a.csv'), never)).rejects.toMatchObject({ code: 'unreachable' });
    expect(server.records().requests['files.upload']).toBe(4);
  });

  it('ends with the reason of its signal, also while it waits for another try', async () => {
    const { files, server } = await start({ speed: 1 });
    server.faults.failNext('files.upload', { status: 429, retryAfter: 3_600, times: 99 });
    const stopping = new AbortController();
    const uploading = files.upload(local('a.csv'), stopping.signal);
    await eventually(() => expect(rig.logged()).toContain('trying again'));
    stopping.abort(new Error('stopped'));
    await expect(uploading).rejects.toThrow('stopped');
    await expect(files.upload(local('b.csv'), stopping.signal)).rejects.toThrow('stopped');
    expect(server.records().requests['files.upload']).toBe(1);
  });
});

describe('mount', () => {
  const paths = async (session: string) =>
    (await rig.api.beta.sessions.resources.list(session)).data.map((one) =>
      'mount_path' in one ? one.mount_path : '',
    );

  it('puts the file where its name says', async () => {
    const { files } = await start();
    const session = await rig.open();
    await files.mount(session, { fileId: await files.upload(local('a.csv'), never), name: 'a (2).csv' });
    expect(await paths(session)).toEqual(['/mnt/session/uploads/a (2).csv']);
  });

  it('whose answer was lost is found again by its path', async () => {
    const { files, server } = await start({ fetch: losingFirst('POST', /\/resources$/) });
    const session = await rig.open();
    await files.mount(session, { fileId: await files.upload(local('a.csv'), never), name: 'a.csv' });
    expect(await paths(session)).toHaveLength(1);
    expect(server.records().requests['resources.add']).toBe(1);
  });

  it('that did not land is made again', async () => {
    const { files, server } = await start();
    const session = await rig.open();
    server.faults.failNext('resources.add', { status: 500 });
    await files.mount(session, { fileId: await files.upload(local('a.csv'), never), name: 'a.csv' });
    expect(await paths(session)).toHaveLength(1);
    expect(server.records().requests['resources.add']).toBe(2);
  });

  it('is harmless twice, also by a process that does not remember the first', async () => {
    const { files } = await start();
    const session = await rig.open();
    const file = { fileId: await files.upload(local('a.csv'), never), name: 'a.csv' };
    await files.mount(session, file);
    await files.mount(session, file);
    expect(await paths(session)).toHaveLength(1);
  });

  it.each(['resources.list', 'files.list'])('that stands is found though %s fails at first', async (route) => {
    const { files, server } = await start();
    const session = await rig.open();
    const file = { fileId: await files.upload(local('a.csv'), never), name: 'a.csv' };
    await files.mount(session, file);
    server.faults.failNext(route, { status: 503, times: 2 });
    await files.mount(session, file);
    server.faults.failNext(route, { status: 503, times: 50 });
    await expect(files.mount(session, file)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is refused where another file stands', async () => {
    const { files } = await start();
    const session = await rig.open();
    await files.mount(session, { fileId: await files.upload(local('a.csv'), never), name: 'a.csv' });
    const other = { fileId: await files.upload(local('a.csv', 'other,bytes\n'), never), name: 'a.csv' };
    await expect(files.mount(session, other)).rejects.toMatchObject({ code: 'request' });
  });

  it('into a session that is gone says gone', async () => {
    const { files, api } = await start();
    const [archived, deleted] = [await rig.open('a'), await rig.open('b')];
    await api.beta.sessions.archive(archived);
    await api.beta.sessions.delete(deleted);
    const file = { fileId: await files.upload(local('a.csv'), never), name: 'a.csv' };
    for (const session of [archived, deleted, sessionId('sesn_none')]) {
      await expect(files.mount(session, file)).rejects.toMatchObject({ code: 'gone' });
    }
  });

  it('of a file that is gone does not say that the session is', async () => {
    const { files, sessions } = await start();
    const session = await rig.open();
    const fileId = 'file_none' as FileId;
    const refused = { code: 'request', message: expect.stringContaining('file does not exist') };
    await expect(files.mount(session, { fileId, name: 'a.csv' })).rejects.toMatchObject(refused);
    const shown = { ...message('look'), blocks: ['look', { type: 'image' as const, fileId, title: 'a.png' }] };
    await expect(sessions.send(session, shown)).rejects.toMatchObject(refused);
    const spec = {
      thread: THREAD,
      key: 'key-2',
      title: '',
      requester: 'U1',
      triedSince: null,
      mounts: [{ fileId, name: 'a.csv' }],
    };
    await expect(sessions.create(spec)).rejects.toMatchObject(refused);
  });
});

it('files go with a new session and are shown with a message', async () => {
  const { files, sessions, api } = await start();
  const fileId = await files.upload(local('q3.pdf', '%PDF-1.4', 'application/pdf'), never);
  const image = await files.upload(local('a.png', 'png', 'image/png'), never);
  const mounts = [{ fileId, name: 'q3.pdf' }];
  const session = await sessions.create({
    thread: THREAD,
    key: 'key-1',
    title: '',
    requester: 'U1',
    triedSince: null,
    mounts,
  });
  const { resources } = await api.beta.sessions.retrieve(session);
  expect(resources).toMatchObject([{ type: 'file', mount_path: '/mnt/session/uploads/q3.pdf' }]);
  const document = { type: 'document' as const, fileId, title: 'q3.pdf' };
  const shown = {
    ...message('look'),
    blocks: ['look', document, { type: 'image' as const, fileId: image, title: 'a.png' }],
  };
  await sessions.send(session, shown);
  const sent = rig.record(session).events.find(({ type }) => type === 'user.message');
  expect(sent?.content).toMatchObject([
    { type: 'text' },
    { type: 'text', text: 'look' },
    { type: 'document', title: 'q3.pdf', source: { type: 'file', file_id: fileId } },
    { type: 'image', source: { type: 'file', file_id: image } },
  ]);
});

describe('outputs', () => {
  it('are what the agent wrote, oldest first, without what was mounted', async () => {
    const session = await startWriter({ 'b.txt': '22', 'a.txt': '1' });
    const { files } = rig;
    await files.mount(session, { fileId: await files.upload(local('in.csv'), never), name: 'in.csv' });
    expect(await files.outputs(session)).toEqual([
      { id: expect.any(String), name: 'b.txt', mimetype: 'text/plain', size: 2, writtenAt: expect.any(String) },
      { id: expect.any(String), name: 'a.txt', mimetype: 'text/plain', size: 1, writtenAt: expect.any(String) },
    ]);
    expect(await files.outputs(await rig.open('another'))).toEqual([]);
  });

  it('are all pages', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_005 }, (_, index) => [`${index}.txt`, 'x']));
    const session = await startWriter(many);
    const outputs = await rig.files.outputs(session);
    expect(outputs.map(({ name }) => name)).toEqual(Object.keys(many));
    expect(rig.server.records().requests['files.list']).toBe(2);
  });

  it('that come late are listed by a later call', async () => {
    const session = await startWriter({ 'late.txt': '1' }, { lagMs: 20_000 });
    expect(await rig.files.outputs(session)).toEqual([]);
    await expect.poll(() => rig.files.outputs(session), { timeout: 10_000 }).toHaveLength(1);
  });

  it('of another session are left out, whatever the API lists', async () => {
    const session = await startWriter(
      { 'a.txt': '1' },
      {
        fetch: (url, init) => fetch(String(url).replace(/scope_id=[^&]*&?/, ''), init),
      },
    );
    const other = await rig.open('another');
    expect(await rig.files.outputs(other)).toEqual([]);
    expect(await rig.files.outputs(session)).toHaveLength(1);
  });

  it('are asked for again when the API is busy', async () => {
    const session = await startWriter({ 'a.txt': '1' });
    rig.server.faults.failNext('files.list', { status: 529 });
    expect(await rig.files.outputs(session)).toHaveLength(1);
  });
});

describe('download', () => {
  const BYTES = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);

  async function startDownload(options: RigOptions = {}, content: string | Uint8Array = BYTES) {
    const session = await startWriter({ 'a.bin': content }, options);
    const [output] = await rig.files.outputs(session);
    if (!output) throw new Error('nothing was written');
    const path = join(folder, 'a.bin');
    return { path, get: (more = {}) => rig.files.download(output.id, { path, maxBytes: 1e9, signal: never, ...more }) };
  }

  it('brings the bytes to disk, with their size and hash', async () => {
    const { path, get } = await startDownload();
    expect(await get()).toEqual({ size: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') });
    expect(readFileSync(path).equals(BYTES)).toBe(true);
  });

  it('brings a file of no bytes', async () => {
    const { path, get } = await startDownload({}, '');
    expect(await get()).toMatchObject({ size: 0 });
    expect(readFileSync(path)).toHaveLength(0);
  });

  it('of more than is wanted leaves nothing behind, and is not tried again', async () => {
    const { path, get } = await startDownload();
    await expect(get({ maxBytes: BYTES.length - 1 })).rejects.toMatchObject({ code: 'request' });
    expect(existsSync(path)).toBe(false);
    expect(rig.server.records().requests['files.content']).toBe(1);
  });

  it('of more than is wanted is noticed too when nobody says how much comes', async () => {
    const { path, get } = await startDownload({
      async fetch(url, init) {
        const response = await fetch(url, init);
        return String(url).endsWith('/content') ? new Response(response.body) : response;
      },
    });
    await expect(get({ maxBytes: BYTES.length - 1 })).rejects.toMatchObject({ code: 'request' });
    expect(existsSync(path)).toBe(false);
    expect(await get({ maxBytes: BYTES.length })).toMatchObject({ size: BYTES.length });
  });

  it.each(['cut', 'stall'] as const)('that ends in its middle (%s) is begun anew', async (how) => {
    const { path, get } = await startDownload({ idleMs: 200 });
    rig.server.faults.apply({ downloads: { how } });
    expect(await get()).toMatchObject({ size: BYTES.length });
    expect(readFileSync(path).equals(BYTES)).toBe(true);
  });

  it.each(['cut', 'stall'] as const)('that ends in its middle twice (%s) leaves nothing behind', async (how) => {
    const { path, get } = await startDownload({ idleMs: 200 });
    rig.server.faults.apply({ downloads: { how, times: 2 } });
    await expect(get()).rejects.toMatchObject({ code: 'unreachable' });
    expect(existsSync(path)).toBe(false);
    expect(rig.server.records().requests['files.content']).toBe(2);
  });

  it('ends with the reason of its signal, and leaves nothing behind', async () => {
    const { path, get } = await startDownload();
    rig.server.faults.apply({ downloads: { how: 'stall', times: 9 } });
    const stopping = new AbortController();
    const downloading = get({ signal: stopping.signal });
    await eventually(() => expect(existsSync(path)).toBe(true));
    stopping.abort(new Error('stopped'));
    await expect(downloading).rejects.toThrow('stopped');
    expect(existsSync(path)).toBe(false);
  });

  it('onto a disk that fails says that it is the disk', async () => {
    const { get } = await startDownload();
    const path = join(folder, 'nowhere', 'a.bin');
    await expect(get({ path })).rejects.toMatchObject({ code: 'request', message: expect.stringContaining('disk') });
    expect(rig.server.records().requests['files.content']).toBe(1);
  });

  it('of an upload, or of nothing, is refused in words', async () => {
    const { files } = await start();
    const id = await files.upload(local('a.csv'), never);
    const options = { path: join(folder, 'out'), maxBytes: 100, signal: never };
    await expect(files.download(id, options)).rejects.toMatchObject({
      code: 'request',
      message: expect.stringContaining('only files that the agent made'),
    });
    await expect(files.download('file_none' as FileId, options)).rejects.toMatchObject({ code: 'request' });
  });
});
