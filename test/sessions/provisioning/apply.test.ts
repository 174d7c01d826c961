import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError } from '../../../src/sessions/provisioning/conflict-error.ts';
import { EMPTY_LOCK } from '../../../src/sessions/provisioning/lock.ts';
import { hasChanges } from '../../../src/sessions/provisioning/plan.ts';
import { actions, fields, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const SMALL = `
agents: { helper: { model: claude-opus-5, system: Be brief. } }
environments: { cloud: {} }
`;
/** Everything that can be declared. */
const WHOLE = `
agents:
  helper:
    name: Slack helper
    model: { id: claude-opus-5, effort: low, speed: fast, inference_geo: us }
    system: "Be brief.\\nAlways."
    description: Helps.
    toolset:
      default: { permission: always_ask }
      bash: { permission: auto }
      read: { permission: always_ask } # as the default says
      write: { enabled: false }
      web_search: { allowed_domains: [example.com] }
    mcp_servers:
      linear:
        url: https://mcp.linear.app/mcp
        tools: { list_issues: { permission: always_allow }, get_issue: {} }
    custom_tools: [deploy, ask_user]
    skills: [xlsx, { id: pdf, version: "2" }]
    multiagent: { advisor: claude-opus-5, subagents: { agents: [researcher], inline: false } }
    metadata: { owner: ops }
  researcher: { model: claude-haiku-5-5, toolset: {} }
environments:
  cloud:
    description: For helpers.
    networking: { allowed_hosts: [b.com, a.com], allow_package_managers: true }
    packages: { pip: [pandas, numpy] }
  open: { networking: unrestricted }
memory_stores:
  handbook: { description: How we do things. }
routing: { default: { agent: helper, environment: cloud } }
`;

describe('from nothing', () => {
  it('plans all of it, makes it, and then has no more to do', async () => {
    const plan = await rig.apply(WHOLE);
    expect(actions(plan)).toEqual([
      'create environments.cloud',
      'create environments.open',
      'create memory_stores.handbook',
      'create agents.researcher',
      'create agents.helper',
    ]);
    expect(hasChanges(plan)).toBe(true);
    const again = await rig.plan(WHOLE);
    expect(fields(again)).toEqual([]);
    expect(actions(again)).toEqual([]);
    expect(hasChanges(again)).toBe(false);
  });

  it('makes what is declared, with tools as code has them', async () => {
    await rig.apply(WHOLE);
    const { helper, researcher } = rig.lock.agents;
    const agent = await rig.api.beta.agents.retrieve(helper?.id ?? '');
    const always = (type: string) => ({ enabled: true, permission_policy: { type } });
    expect(agent).toMatchObject({
      version: 1,
      name: 'Slack helper',
      model: { id: 'claude-opus-5', effort: { type: 'low' }, speed: 'fast', inference_geo: 'us' },
      system: 'Be brief.\nAlways.',
      tools: [
        {
          type: 'agent_toolset_20260401',
          default_config: always('always_ask'),
          configs: [
            { name: 'bash', ...always('auto') },
            { name: 'write', ...always('always_ask'), enabled: false },
            { name: 'web_search', allowed_domains: ['example.com'], ...always('always_ask') },
          ],
        },
        {
          type: 'mcp_toolset',
          mcp_server_name: 'linear',
          default_config: always('always_ask'),
          configs: [{ name: 'list_issues', ...always('always_allow') }],
        },
        { type: 'custom', name: 'deploy', description: 'Deploys.', input_schema: { type: 'object' } },
        { type: 'custom', name: 'ask_user' },
      ],
      skills: [
        { type: 'anthropic', skill_id: 'xlsx' },
        { type: 'anthropic', skill_id: 'pdf', version: '2' },
      ],
      multiagent: {
        type: 'multiagent_20261001',
        advisor: { type: 'enabled', model: 'claude-opus-5' },
        subagents: { type: 'enabled', predefined_agents: [{ type: 'agent', id: researcher?.id, version: 1 }] },
        workflows: { type: 'disabled' },
      },
      metadata: { owner: 'ops', drawbridge: 'helper' },
    });
  });

  it('closes an environment that says nothing of its network', async () => {
    await rig.apply(SMALL);
    const { config } = await rig.api.beta.environments.retrieve(rig.lock.environments.cloud?.id ?? '');
    expect(config).toMatchObject({
      networking: { type: 'limited', allowed_hosts: [], allow_mcp_servers: false, allow_package_managers: false },
    });
  });
});

describe('a change', () => {
  it('is shown field by field, and is a new version', async () => {
    await rig.apply(WHOLE);
    const changed = WHOLE.replace('Be brief.', 'Be kind.')
      .replace('effort: low', 'effort: max')
      .replace('bash: { permission: auto }', 'edit: { enabled: false }')
      .replace('owner: ops', 'team: ops')
      .replace('[deploy, ask_user]', '[ask_user]')
      .replace('[b.com, a.com]', '[a.com]');
    const plan = await rig.apply(changed);
    expect(actions(plan)).toEqual(['update environments.cloud', 'update agents.helper']);
    expect(fields(plan)).toEqual([
      'networking.allowed_hosts: ["a.com","b.com"] → ["a.com"]',
      'model.effort: "low" → "max"',
      'system: "Be brief.\\nAlways." → "Be kind.\\nAlways."',
      'toolset.tools.edit.enabled: undefined → false',
      'toolset.tools.edit.permission: undefined → "always_ask"',
      'metadata.team: undefined → "ops"',
      'toolset.tools.bash.enabled: true → undefined',
      'toolset.tools.bash.permission: "auto" → undefined',
      'custom_tools.deploy.description: "Deploys." → undefined',
      'custom_tools.deploy.input_schema: {"type":"object"} → undefined',
      'metadata.owner: "ops" → undefined',
    ]);
    expect(actions(await rig.plan(changed))).toEqual([]);
    const agent = await rig.api.beta.agents.retrieve(rig.lock.agents.helper?.id ?? '');
    expect(agent).toMatchObject({ version: 2, metadata: { team: 'ops', drawbridge: 'helper' } });
    expect(agent.metadata).not.toHaveProperty('owner');
  });

  it('clears what is taken away, and leaves the effort to the API', async () => {
    await rig.apply(WHOLE);
    const bare = 'agents: { helper: { model: claude-opus-5 }, researcher: { model: claude-haiku-5-5, toolset: {} } }';
    await rig.apply(`${bare}\nenvironments: { cloud: {}, open: {} }\nmemory_stores: { handbook: {} }`);
    expect(await rig.api.beta.agents.retrieve(rig.lock.agents.helper?.id ?? '')).toMatchObject({
      name: 'helper',
      model: { effort: { type: 'low' }, speed: 'standard' },
      system: null,
      description: null,
      tools: [],
      mcp_servers: [],
      skills: [],
      multiagent: null,
    });
    expect(await rig.api.beta.memoryStores.retrieve(rig.lock.memory_stores.handbook?.id ?? '')).toMatchObject({
      description: '',
    });
  });

  it('of an agent is one of those that are made with it, too', async () => {
    await rig.apply(WHOLE);
    const plan = await rig.apply(WHOLE.replace('claude-haiku-5-5', 'claude-sonnet-5'));
    expect(fields(plan)).toEqual([
      'model.id: "claude-haiku-5-5" → "claude-sonnet-5"',
      // Another model has another default.
      'model.effort: "high" → undefined',
      'multiagent.subagents.agents.researcher: 1 → 2',
    ]);
    expect(actions(await rig.plan(WHOLE.replace('claude-haiku-5-5', 'claude-sonnet-5')))).toEqual([]);
  });

  it('leaves a running session at its version, and gives the new one to the next', async () => {
    await rig.apply(SMALL);
    const session = () =>
      rig.api.beta.sessions.create({
        agent: rig.lock.agents.helper?.id ?? '',
        environment_id: rig.lock.environments.cloud?.id ?? '',
      });
    const before = await session();
    await rig.apply(SMALL.replace('brief', 'kind'));
    expect((await rig.api.beta.sessions.retrieve(before.id)).agent).toMatchObject({ version: 1, system: 'Be brief.' });
    expect((await session()).agent).toMatchObject({ version: 2, system: 'Be kind.' });
  });
});

describe('somebody else', () => {
  const changed = SMALL.replace('brief', 'kind');

  it('who changed the agent since it was applied is not overwritten, unless asked for', async () => {
    await rig.apply(SMALL);
    const id = rig.lock.agents.helper?.id ?? '';
    await rig.api.beta.agents.update(id, { description: 'From the Console.' });
    const plan = await rig.plan(changed);
    expect(actions(plan)).toEqual(['conflict agents.helper']);
    expect(plan.steps.at(-1)?.change.meanwhile).toEqual([
      { path: ['description'], old: undefined, new: 'From the Console.' },
    ]);
    await expect(rig.apply(changed)).rejects.toMatchObject({ code: 'conflict' });
    expect(await rig.api.beta.agents.retrieve(id)).toMatchObject({ version: 2, system: 'Be brief.' });

    await rig.apply(changed, { overwrite: true });
    expect(await rig.api.beta.agents.retrieve(id)).toMatchObject({ version: 3, system: 'Be kind.', description: null });
    expect(actions(await rig.plan(changed))).toEqual([]);
  });

  it('whose change is taken over into the file is no conflict any more', async () => {
    await rig.apply(SMALL);
    await rig.api.beta.agents.update(rig.lock.agents.helper?.id ?? '', { system: 'Be kind.' });
    expect(actions(await rig.plan(changed))).toEqual([]);
  });

  it('who changes the agent between the plan and its end is shown, and not overwritten or asked again', async () => {
    await rig.apply(SMALL);
    const id = rig.lock.agents.helper?.id ?? '';
    const plan = await rig.plan(changed);
    await rig.api.beta.agents.update(id, { description: 'Quick.' });
    const before = rig.server.records().requests['agents.update'] ?? 0;
    const refused = await plan.steps
      .at(-1)
      ?.run()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConflictError);
    expect((refused as ConflictError).meanwhile).toEqual([{ path: ['description'], old: undefined, new: 'Quick.' }]);
    expect(rig.server.records().requests['agents.update']).toBe(before + 1);
    expect(await rig.api.beta.agents.retrieve(id)).toMatchObject({ system: 'Be brief.', description: 'Quick.' });
  });

  it('who changes an environment in between is found just before, as it has no versions', async () => {
    await rig.apply(SMALL);
    const plan = await rig.plan(SMALL.replace('cloud: {}', 'cloud: { description: Ours. }'));
    const id = rig.lock.environments.cloud?.id ?? '';
    await rig.api.beta.environments.update(id, { description: 'Theirs.' });
    await expect(plan.steps[0]?.run()).rejects.toMatchObject({
      name: 'ConflictError',
      meanwhile: [{ path: ['description'], old: undefined, new: 'Theirs.' }],
    });
    expect(await rig.api.beta.environments.retrieve(id)).toMatchObject({ description: 'Theirs.' });
  });

  it('who has an environment of that name is named before anything is made', async () => {
    const { id } = await rig.api.beta.environments.create({ name: 'cloud' });
    await expect(rig.plan(SMALL)).rejects.toThrow(`there is an environment of that name already, ${id}`);
    expect(rig.server.records().requests['agents.create']).toBeUndefined();
  });
});

describe('an interruption', () => {
  it('between environment and agent leaves the first, and the next run goes on from there', async () => {
    rig.server.faults.failNext('agents.create', { status: 503 });
    await expect(rig.apply(SMALL)).rejects.toMatchObject({ code: 'unreachable' });
    expect(rig.lock.environments).toHaveProperty('cloud');
    expect(actions(await rig.apply(SMALL))).toEqual(['create agents.helper']);
    expect(await count()).toEqual({ agents: 1, environments: 1 });
  });

  it('after something was made and before it was noted makes no second one', async () => {
    const plan = await rig.plan(WHOLE);
    for (const step of plan.steps) await step.run();
    const again = await rig.apply(WHOLE);
    expect(new Set(actions(again).map((action) => action.split(' ')[0]))).toEqual(new Set(['adopt']));
    expect(actions(await rig.plan(WHOLE))).toEqual([]);
    expect(await count()).toEqual({ agents: 2, environments: 2 });
  });

  it('that loses the answer to a create makes no second one', async () => {
    let lost = 0;
    const remote = rig.remote({
      async fetch(url, init) {
        const answer = await fetch(url, init);
        if (init?.method !== 'POST') return answer;
        await answer.text();
        lost += 1;
        throw new TypeError('fetch failed');
      },
    });
    await expect(rig.apply(SMALL, { remote })).rejects.toMatchObject({ code: 'unreachable' });
    await expect(rig.apply(SMALL, { remote })).rejects.toMatchObject({ code: 'unreachable' });
    expect(lost).toBe(2);
    await rig.apply(SMALL);
    expect(await count()).toEqual({ agents: 1, environments: 1 });
  });

  it('that loses the lock file finds all again by its metadata', async () => {
    await rig.apply(WHOLE);
    const { lock } = rig;
    rig.lock = EMPTY_LOCK;
    const plan = await rig.plan(WHOLE.replace('Be brief.', 'Be kind.'));
    expect(actions(plan)).toEqual([
      'adopt environments.cloud',
      'adopt environments.open',
      'adopt memory_stores.handbook',
      'adopt agents.researcher',
      'update agents.helper',
    ]);
    expect(hasChanges(plan)).toBe(true);
    await rig.apply(WHOLE);
    expect(rig.lock).toEqual(lock);
  });

  it('that leaves two of one name asks which one it is', async () => {
    const metadata = { drawbridge: 'helper' };
    const one = await rig.api.beta.agents.create({ name: 'x', model: 'claude-opus-5', metadata });
    const two = await rig.api.beta.agents.create({ name: 'x', model: 'claude-opus-5', metadata });
    const refused = rig.plan(SMALL);
    await expect(refused).rejects.toThrow('all say that they are this one');
    await expect(refused).rejects.toThrow(one.id);
    await expect(refused).rejects.toThrow(two.id);
  });
});

describe('what is declared no more', () => {
  const without = 'environments: { cloud: {} }';

  it('is left alone, and archived only when asked for', async () => {
    await rig.apply(SMALL);
    const id = rig.lock.agents.helper?.id ?? '';
    const plan = await rig.apply(without);
    expect(actions(plan)).toEqual(['orphan agents.helper']);
    expect(hasChanges(plan)).toBe(false);
    expect(rig.lock.agents).toHaveProperty('helper');
    expect(actions(await rig.apply(without, { archive: true }))).toEqual(['archive agents.helper']);
    expect((await rig.api.beta.agents.retrieve(id)).archived_at).not.toBeNull();
    expect(rig.lock.agents).toEqual({});
    expect(actions(await rig.plan(without, { archive: true }))).toEqual([]);
  });

  it('or was archived elsewhere is made anew when it is declared', async () => {
    await rig.apply(SMALL);
    const id = rig.lock.agents.helper?.id ?? '';
    await rig.api.beta.agents.archive(id);
    expect(actions(await rig.apply(SMALL))).toEqual(['create agents.helper']);
    expect(rig.lock.agents.helper?.id).not.toBe(id);
  });
});

it('says who refuses a wrong key', async () => {
  const remote = rig.remote({ apiKey: 'sk-ant-wrong' });
  await expect(rig.plan(SMALL, { remote })).rejects.toMatchObject({
    code: 'credentials',
    message: expect.stringContaining('refuses ANTHROPIC_API_KEY'),
  });
});

it('uses agents that are looked after elsewhere, and never changes them', async () => {
  const { id } = await rig.api.beta.agents.create({ name: 'Theirs', model: 'claude-opus-5' });
  const yaml = `
agents:
  lead: { model: claude-opus-5, multiagent: { subagents: { agents: [theirs] } } }
  theirs: { id: ${id} }
`;
  expect(actions(await rig.apply(yaml))).toEqual(['create agents.lead']);
  expect(actions(await rig.plan(yaml))).toEqual([]);
  await rig.api.beta.agents.update(id, { name: 'Changed' });
  expect(fields(await rig.apply(yaml))).toEqual(['multiagent.subagents.agents.theirs: 1 → 2']);
});

describe('warnings', () => {
  it.each([
    [{ ownTools: ['deploy'] }, SMALL, 'The tool deploy is in code, and no agent has it'],
    [
      {},
      'agents: { a: { model: m }, b: { model: m } }\nrouting: { default: { agent: a } }',
      'agents.b serves no thread',
    ],
    [
      {},
      'agents: { a: { model: m, mcp_servers: { x: { url: "https://x.com" } } } }\nenvironments: { e: {} }',
      'agents.a has MCP servers that environments.e does not let it reach',
    ],
  ])('name what is probably not meant: %j', async (options, yaml, expected) => {
    expect((await rig.plan(yaml, options)).warnings).toEqual([expect.stringContaining(expected)]);
  });

  it('name ids and versions that the API does not have', async () => {
    await rig.apply(SMALL);
    const gone = await rig.api.beta.vaults.create({ display_name: 'Old' });
    await rig.api.beta.vaults.archive(gone.id);
    const there = await rig.api.beta.vaults.create({ display_name: 'Shared' });
    const yaml = `
agents: { helper: { model: claude-opus-5, system: Be brief. }, theirs: { id: agent_none } }
environments: { cloud: {} }
vaults: { old: { id: ${gone.id} }, shared: { id: ${there.id} } }
routing:
  default: { agent: helper }
  routes:
    - { name: early, match: { place: [dm] }, version: 1 }
    - { name: late, match: { channel: [C1] }, version: 7 }
    - { name: theirs, match: { channel: [C2] }, agent: theirs }
`;
    expect((await rig.plan(yaml)).warnings).toEqual([
      'agents.theirs: there is no agent_none in this workspace. No session can be made with it.',
      `vaults.old: ${gone.id} is archived. No session can be made with it.`,
      'The route "late": agents.helper has no version 7. No session can be made with it.',
    ]);
    // One that this plan will make is there in time.
    const next = yaml.replace('brief', 'kind').replace('version: 7', 'version: 2');
    expect((await rig.plan(next)).warnings).toHaveLength(2);
  });

  it('do not come for what is as it should be', async () => {
    expect((await rig.plan(WHOLE, { ownTools: ['deploy'] })).warnings).toEqual([
      // Its networking is closed to them.
      expect.stringContaining('agents.helper has MCP servers'),
    ]);
  });
});

async function count() {
  const agents = await rig.api.beta.agents.list({ limit: 100 });
  const environments = await rig.api.beta.environments.list({ limit: 100 });
  // Without those that the server has ready.
  return { agents: agents.data.length - 1, environments: environments.data.length - 1 };
}
