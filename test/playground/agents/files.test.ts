import { request } from 'node:http';
import Anthropic, { type BadRequestError, NotFoundError, toFile } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { follow, message, startRig, textOf } from './rig.ts';

const BETAS: Anthropic.Beta.AnthropicBeta[] = ['managed-agents-2026-04-01'];
const CSV = 'region,orders,note\nnorth,10,"a, b"\nsouth,20,\n';

const upload = (client: Anthropic, name = 'report.csv') =>
  toFile(Buffer.from(CSV), name, { type: 'text/csv' }).then((file) => client.beta.files.upload({ file }));

describe('files', () => {
  it('can be uploaded, looked up and deleted, but not downloaded again', async () => {
    const { client } = await startRig();
    const file = await upload(client);
    expect(file).toMatchObject({
      filename: 'report.csv',
      mime_type: 'text/csv',
      size_bytes: CSV.length,
      downloadable: false,
    });
    const refused = await client.beta.files.download(file.id).catch((error: unknown) => error);
    expect((refused as BadRequestError).errorCode).toBe('file_not_downloadable');
    expect((await client.beta.files.list({ ids: [file.id, 'file_none'] })).data.map(({ id }) => id)).toEqual([file.id]);
    expect(await client.beta.files.delete(file.id)).toEqual({ id: file.id, type: 'file_deleted' });
    await expect(client.beta.files.retrieveMetadata(file.id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('are mounted as copies under the uploads folder', async () => {
    const { client, createSession } = await startRig();
    const file = await upload(client);
    const { id, resources } = await createSession({
      resources: [{ type: 'file', file_id: file.id, mount_path: '/report.csv' }],
    });
    expect(resources[0]).toMatchObject({ type: 'file', mount_path: '/mnt/session/uploads/report.csv' });
    expect((resources[0] as { file_id: string }).file_id).not.toBe(file.id);
    const added = await client.beta.sessions.resources.add(id, { type: 'file', file_id: file.id });
    expect(added.mount_path).toBe(`/mnt/session/uploads/${file.id}`);
    expect((await client.beta.sessions.resources.list(id)).data).toHaveLength(2);
    await client.beta.sessions.resources.delete(added.id, { session_id: id });
    expect((await client.beta.sessions.resources.list(id)).data).toHaveLength(1);
  });

  it('never echo a repository token', async () => {
    const { createSession } = await startRig();
    const repository = { type: 'github_repository', url: 'https://github.com/acme/app', authorization_token: 'ghp_1' };
    const { resources } = await createSession({ resources: [repository] });
    expect(resources[0]).toMatchObject({ mount_path: '/workspace/app' });
    expect(JSON.stringify(resources)).not.toContain('ghp_1');
  });

  it('that the agent writes are listed for its session a bit late, and can be downloaded', async () => {
    const { client, createSession, server } = await startRig();
    server.faults.apply({ outputsLagMs: 100 });
    const file = await upload(client);
    const { id } = await createSession({ resources: [{ type: 'file', file_id: file.id, mount_path: '/report.csv' }] });
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('look at the csv please')] });
    await live.idle();
    const said = live.events.filter((event) => event.type === 'agent.message').map(textOf);
    expect(said.join('\n')).toContain('2 rows and 3 columns');
    expect(said.join('\n')).toContain('| orders | 2 | 15 |');
    const outputs = async () =>
      (await client.beta.files.list({ scope_id: id, betas: BETAS })).data.filter((entry) => entry.downloadable);
    await expect.poll(outputs).toHaveLength(2);
    const listed = await outputs();
    expect(listed.map(({ filename }) => filename).sort()).toEqual(['chart.png', 'summary.csv']);
    const output = listed.find(({ filename }) => filename === 'summary.csv');
    const bytes = await client.beta.files.download(String(output?.id));
    expect(await bytes.text()).toContain('orders,2,15');
    await client.beta.sessions.delete(id);
    await expect(client.beta.files.download(String(output?.id))).rejects.toBeInstanceOf(NotFoundError);
  });

  it('larger than 500 MB are refused by what the request says of its size', async () => {
    const { server } = await startRig();
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${server.apiKey}`, 'content-length': 600_000_000 };
      const ask = request(`${server.url}/v1/files`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        ask.destroy();
      });
      ask.once('error', reject).flushHeaders();
    });
    expect(answer).toBe(413);
  });

  it.each(['a/b.csv', 'a"b.csv', 'a\\b', 'who?', 'x'.repeat(256)])('named %s are refused', async (name) => {
    const { client } = await startRig();
    await expect(upload(client, name)).rejects.toThrow('filename');
  });

  it.each(['größe – 1.csv', '🙂 (2).csv', 'a, b;c.csv', "it's %41.csv"])('named %s keep their name', async (name) => {
    const { client } = await startRig();
    expect((await upload(client, name)).filename).toBe(name);
  });

  it('of several megabytes come back as they were written', async () => {
    const { client, createSession, server } = await startRig();
    server.faults.apply({ outputsLagMs: 0 });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('3 MB output')] });
    await live.idle();
    const [output] = (await client.beta.files.list({ scope_id: id, betas: BETAS })).data;
    expect(output).toMatchObject({ filename: 'big.log', size_bytes: 3_000_000, mime_type: 'text/plain' });
    const text = await (await client.beta.files.download(String(output?.id))).text();
    expect([text.length, new Set(text.slice(0, 2_999_990).split('\n')).size]).toEqual([3_000_000, 2]);
  });

  it('are mounted once at a path, and all of a request or none', async () => {
    const { client, createSession } = await startRig();
    const file = await upload(client);
    const mount = { type: 'file' as const, file_id: file.id, mount_path: '/report.csv' };
    await expect(createSession({ resources: [mount, mount] })).rejects.toThrow('already used');
    await expect(createSession({ resources: [mount, { ...mount, file_id: 'file_none' }] })).rejects.toThrow(
      'file_none',
    );
    expect((await client.beta.files.list()).data.map(({ id }) => id)).toEqual([file.id]);
    const { id } = await createSession({ resources: [mount] });
    await expect(client.beta.sessions.resources.add(id, mount)).rejects.toThrow('already used');
    const copies = (await client.beta.files.list({ scope_id: id, betas: BETAS })).data;
    expect(copies).toMatchObject([{ filename: 'report.csv', downloadable: false, scope: { type: 'session', id } }]);
  });

  it('shown to the model must exist and be of a type that can be shown', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const csv = await upload(client);
    const send = (type: 'image' | 'document', file_id: string) => {
      const block = { type, source: { type: 'file' as const, file_id } };
      return client.beta.sessions.events.send(id, { events: [{ type: 'user.message', content: [block] }] });
    };
    await expect(send('image', 'file_none')).rejects.toThrow("File 'file_none' does not exist");
    await expect(send('image', csv.id)).rejects.toThrow('image blocks take image/png');
    await expect(send('document', csv.id)).rejects.toThrow('document blocks take application/pdf, text/plain');
    const block = { type: 'document' as const, source: { type: 'file' as const, file_id: csv.id } };
    const initial_events = [{ type: 'user.message' as const, content: [block] }];
    await expect(createSession({ initial_events })).rejects.toThrow('document blocks take');
  });

  it('shown in initial events are a hundred documents at most', async () => {
    const { client, createSession } = await startRig();
    const note = await toFile(Buffer.from('note'), 'note.txt', { type: 'text/plain' });
    const { id } = await client.beta.files.upload({ file: note });
    const start = (count: number) => {
      const content = Array(count).fill({ type: 'document', source: { type: 'file', file_id: id } });
      return createSession({ initial_events: [{ type: 'user.message', content }] });
    };
    await expect(start(101)).rejects.toThrow('at most 100 documents');
    expect((await start(100)).status).toBe('running');
  });

  it('of a session are listed only with the beta header', async () => {
    const { client } = await startRig();
    await expect(client.beta.files.list({ scope_id: 'sesn_1' })).rejects.toThrow('anthropic-beta');
  });
});
