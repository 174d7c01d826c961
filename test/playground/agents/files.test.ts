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
    await expect.poll(outputs).toHaveLength(1);
    const [output] = await outputs();
    const bytes = await client.beta.files.download(String(output?.id));
    expect(await bytes.text()).toContain('orders,2,15');
    await client.beta.sessions.delete(id);
    await expect(client.beta.files.download(String(output?.id))).rejects.toBeInstanceOf(NotFoundError);
  });

  it('of a session are listed only with the beta header', async () => {
    const { client } = await startRig();
    await expect(client.beta.files.list({ scope_id: 'sesn_1' })).rejects.toThrow('anthropic-beta');
  });
});
