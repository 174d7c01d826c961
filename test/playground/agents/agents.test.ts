import { BadRequestError, ConflictError, NotFoundError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { startRig } from './rig.ts';

const TOOLSET = { type: 'agent_toolset_20260401' as const };

describe('agents', () => {
  it('grow a version with each effective change, and not with a no-op', async () => {
    const { client } = await startRig();
    const made = await client.beta.agents.create({ name: 'A', model: 'claude-opus-5', metadata: { a: '1', b: '2' } });
    expect(made).toMatchObject({ version: 1, model: { id: 'claude-opus-5', effort: { type: 'high' } }, tools: [] });
    const second = await client.beta.agents.update(made.id, {
      version: 1,
      system: 'hi',
      metadata: { a: null, c: '3' } as never,
    });
    expect(second).toMatchObject({ version: 2, system: 'hi', metadata: { b: '2', c: '3' } });
    expect(await client.beta.agents.update(made.id, { system: 'hi' })).toMatchObject({ version: 2 });
    expect(await client.beta.agents.retrieve(made.id, { version: 1 })).toMatchObject({ system: null });
    const versions = await client.beta.agents.versions.list(made.id);
    expect(versions.data.map((agent) => agent.version)).toEqual([2, 1]);
  });

  it('refuse a stale version with a conflict, even when nothing would change', async () => {
    const { client } = await startRig();
    const { id } = await client.beta.agents.create({ name: 'A', model: 'claude-opus-5' });
    await client.beta.agents.update(id, { name: 'B' });
    const refused = await client.beta.agents.update(id, { version: 1, name: 'B' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConflictError);
    expect((refused as ConflictError).type).toBe('conflict_error');
  });

  it('replace tools whole and resolve their defaults', async () => {
    const { client } = await startRig();
    const custom = {
      type: 'custom' as const,
      name: 'ask_user',
      description: 'asks',
      input_schema: { type: 'object' as const },
    };
    const { id } = await client.beta.agents.create({ name: 'A', model: 'claude-opus-5', tools: [TOOLSET, custom] });
    const changed = await client.beta.agents.update(id, { tools: [TOOLSET] });
    expect(changed.tools).toEqual([
      { ...TOOLSET, default_config: { enabled: true, permission_policy: { type: 'always_allow' } }, configs: [] },
    ]);
    expect((await client.beta.agents.update(id, { tools: null })).tools).toEqual([]);
  });

  it('need servers and toolsets to name each other', async () => {
    const { client } = await startRig();
    const orphan = {
      name: 'A',
      model: 'claude-opus-5',
      tools: [{ type: 'mcp_toolset' as const, mcp_server_name: 'linear' }],
    };
    await expect(client.beta.agents.create(orphan)).rejects.toBeInstanceOf(BadRequestError);
  });

  it('need the tool read for skills, and say the version of each', async () => {
    const { client } = await startRig();
    const skills = [{ type: 'anthropic' as const, skill_id: 'xlsx' }];
    const make = (more: object) => client.beta.agents.create({ name: 'A', model: 'claude-opus-5', skills, ...more });
    await expect(make({})).rejects.toThrow('read tool');
    const closed = { ...TOOLSET, configs: [{ name: 'read', enabled: false }] };
    await expect(make({ tools: [closed] })).rejects.toThrow('read tool');
    expect((await make({ tools: [TOOLSET] })).skills).toEqual([{ ...skills[0], version: expect.any(String) }]);
  });

  it('work with others by default in everything but an advisor', async () => {
    const { client } = await startRig();
    const made = await client.beta.agents.create({
      name: 'A',
      model: 'claude-opus-5',
      multiagent: { type: 'multiagent_20261001', workflows: null },
    });
    const on = { type: 'enabled', inline_agents: { type: 'enabled' }, predefined_agents: [] };
    expect(made.multiagent).toMatchObject({ advisor: { type: 'disabled' }, subagents: on, workflows: on });
  });

  it('cannot be updated or used once archived', async () => {
    const { client, createSession } = await startRig();
    const { id } = await client.beta.agents.create({ name: 'A', model: 'claude-opus-5' });
    expect((await client.beta.agents.archive(id)).archived_at).not.toBeNull();
    await expect(client.beta.agents.update(id, { name: 'B' })).rejects.toBeInstanceOf(BadRequestError);
    await expect(createSession({ agent: id })).rejects.toThrow('archived');
    const listed = (await client.beta.agents.list()).data.map((agent) => agent.id);
    expect(listed).not.toContain(id);
    await expect(client.beta.agents.retrieve('agent_none')).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('environments', () => {
  it('have unique names, merge updates and cannot change their kind', async () => {
    const { client } = await startRig();
    const made = await client.beta.environments.create({ name: 'bridge' });
    expect(made).toMatchObject({ config: { type: 'cloud', networking: { type: 'unrestricted' } } });
    await expect(client.beta.environments.create({ name: 'bridge' })).rejects.toBeInstanceOf(ConflictError);
    const changed = await client.beta.environments.update(made.id, { metadata: { owner: 'ops' } });
    expect(changed).toMatchObject({ name: 'bridge', metadata: { owner: 'ops' } });
    const refused = await client.beta.environments
      .update(made.id, { config: { type: 'self_hosted' } })
      .catch((error: unknown) => error);
    expect((refused as BadRequestError).errorCode).toBe('invalid_config_type_change');
  });

  it('refuse new sessions once archived, and are gone once deleted', async () => {
    const { client, createSession } = await startRig();
    const { id } = await client.beta.environments.create({ name: 'bridge' });
    await client.beta.environments.archive(id);
    const refused = await createSession({ environment_id: id }).catch((error: unknown) => error);
    expect((refused as BadRequestError).errorCode).toBe('environment_archived');
    expect(await client.beta.environments.delete(id)).toEqual({ id, type: 'environment_deleted' });
    await expect(client.beta.environments.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
  });
});
