import { NotFoundError } from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { startRig } from './rig.ts';

it('keeps what a credential is for, and never gives its secret back', async () => {
  const { client } = await startRig();
  const vault = await client.beta.vaults.create({ display_name: 'Shared' });
  expect(vault).toMatchObject({ id: expect.stringMatching(/^vlt_/), archived_at: null });
  await client.beta.vaults.credentials.create(vault.id, {
    auth: { type: 'static_bearer', mcp_server_url: 'https://mcp.example.com/mcp', token: 'secret-token' },
  });
  const { data } = await client.beta.vaults.credentials.list(vault.id);
  expect(data).toMatchObject([{ auth: { type: 'static_bearer', mcp_server_url: 'https://mcp.example.com/mcp' } }]);
  expect(JSON.stringify(data)).not.toContain('secret-token');
});

it('takes no more credentials once it is archived, and knows no other vault', async () => {
  const { client } = await startRig();
  const { id } = await client.beta.vaults.create({ display_name: 'Shared' });
  expect((await client.beta.vaults.archive(id)).archived_at).not.toBeNull();
  const auth = { type: 'static_bearer' as const, mcp_server_url: 'https://mcp.example.com', token: 'x' };
  await expect(client.beta.vaults.credentials.create(id, { auth })).rejects.toThrow('archived');
  expect((await client.beta.vaults.list()).data).toEqual([]);
  await expect(client.beta.vaults.retrieve('vlt_none')).rejects.toBeInstanceOf(NotFoundError);
});
