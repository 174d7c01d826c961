import { BadRequestError, NotFoundError } from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { startRig } from './rig.ts';

it('are made, changed and archived, under a beta of their own', async () => {
  const { client } = await startRig();
  const stores = client.beta.memoryStores;
  const made = await stores.create({ name: 'Team handbook', metadata: { a: '1' } });
  expect(made).toMatchObject({ id: expect.stringMatching(/^memstore_/), description: '', archived_at: null });
  expect(await stores.update(made.id, { description: 'How we work.', metadata: { a: null, b: '2' } })).toMatchObject({
    name: 'Team handbook',
    description: 'How we work.',
    metadata: { b: '2' },
  });
  expect((await stores.list()).data).toHaveLength(1);
  await stores.archive(made.id);
  expect((await stores.list()).data).toEqual([]);
  await expect(stores.update(made.id, { name: 'x' })).rejects.toThrow('archived');
  await expect(stores.retrieve('memstore_none')).rejects.toBeInstanceOf(NotFoundError);
  const both = stores.list({ betas: ['managed-agents-2026-04-01'] });
  await expect(both).rejects.toBeInstanceOf(BadRequestError);
});

it('are mounted into sessions, eight at most, and not when archived', async () => {
  const { client, createSession } = await startRig();
  const store = await client.beta.memoryStores.create({ name: 'Team handbook' });
  const mount = { type: 'memory_store' as const, memory_store_id: store.id };
  const session = await createSession({ resources: [{ ...mount, access: 'read_only' }] });
  expect(session.resources).toMatchObject([{ ...mount, access: 'read_only', mount_path: '/mnt/memory/team-handbook' }]);
  await expect(createSession({ resources: Array(9).fill(mount) })).rejects.toThrow('at most 8 memory stores');
  await expect(createSession({ resources: [{ ...mount, memory_store_id: 'memstore_none' }] })).rejects.toThrow('exist');
  await client.beta.memoryStores.archive(store.id);
  await expect(createSession({ resources: [mount] })).rejects.toThrow('archived');
});
