import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import { createClient } from '../../src/sessions/client.ts';
import { createCli } from './rig.ts';
import { runInWorld } from './world.ts';

const YAML = `
agents:
  helper:
    model: { id: claude-opus-5, effort: high }
    system: { file: helper.md }
    toolset: { bash: { permission: always_ask } }
    custom_tools: [ask_user]
environments:
  cloud: { networking: { allowed_hosts: [example.com] } }
`;

let server: AgentsServer;
let cli: ReturnType<typeof createCli>;
let config: string;

beforeEach(async () => {
  server = await startAgentsServer({ pace: 0 });
  cli = createCli({ env: { ANTHROPIC_API_KEY: server.apiKey, ANTHROPIC_BASE_URL: server.url } });
  config = cli.file('bridge.yaml', YAML);
  cli.file('helper.md', 'You help.\nBe brief.\nAlways.\n');
});
afterEach(async () => {
  await server.stop();
  cli.remove();
});

const api = () => createClient({ apiKey: server.apiKey, baseURL: server.url });
const lock = () => JSON.parse(readFileSync(join(cli.folder, 'bridge.lock.json'), 'utf8'));
const run = (...args: string[]) => cli.run(...args, '--config', config);

describe('plan and apply', () => {
  test('show what would be made, make it, note it, and then show nothing', async () => {
    const planned = await run('plan');
    expect(planned).toMatchObject({ exitCode: 2, stderr: '' });
    expect(planned.stdout).toBe(`+ environments.cloud
    name: cloud
    networking.type: limited
    networking.allowed_hosts: ["example.com"]
    networking.allow_mcp_servers: false
    networking.allow_package_managers: false
    metadata.drawbridge: cloud

+ agents.helper
    name: helper
    model.id: claude-opus-5
    model.effort: high
    model.speed: standard
    system:
      + You help.
      + Be brief.
      + Always.
    toolset.default.enabled: true
    toolset.default.permission: always_allow
    toolset.tools.bash.enabled: true
    toolset.tools.bash.permission: always_ask
${line('custom_tools.ask_user.description', planned.stdout)}
${line('custom_tools.ask_user.input_schema', planned.stdout)}
    metadata.drawbridge: helper

Plan: 2 to make, 0 to change, 0 to archive.
`);
    expect(server.records().requests['agents.create']).toBeUndefined();

    const applied = await run('apply');
    expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(applied.stdout).toMatch(/^\+ environments\.cloud made \(env_\w+\)$/m);
    expect(applied.stdout).toMatch(/^\+ agents\.helper made \(agent_\w+, version 1\)$/m);
    expect(applied.stdout).toContain(`Done: 2 changes. Commit ${join(cli.folder, 'bridge.lock.json')}.`);
    expect(lock()).toEqual({
      lock: 1,
      agents: { helper: { id: expect.stringMatching(/^agent_/) } },
      environments: { cloud: { id: expect.stringMatching(/^env_/) } },
      memory_stores: {},
    });
    expect(await run('plan')).toEqual({ exitCode: 0, stdout: 'No changes: all is as bridge.yaml says.\n', stderr: '' });
    expect((await run('apply')).stdout).toBe('No changes: all is as bridge.yaml says.\n');
  });

  test('show a changed prompt line by line', async () => {
    await run('apply');
    cli.file('helper.md', 'You help.\nBe kind.\nAlways.\n');
    const { exitCode, stdout } = await run('plan');
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^~ agents\.helper \(agent_\w+, version 1 → 2\)$/m);
    expect(stdout).toContain('    system:\n        You help.\n      - Be brief.\n      + Be kind.\n        Always.\n');
    expect((await run('apply')).stdout).toMatch(/^~ agents\.helper changed \(agent_\w+, version 2\)$/m);
  });

  test('change nothing with --dry-run', async () => {
    expect((await run('apply', '--dry-run')).exitCode).toBe(2);
    expect(server.records().requests['environments.create']).toBeUndefined();
    expect(() => lock()).toThrow('ENOENT');
  });

  test('speak JSON to a program', async () => {
    const planned = JSON.parse((await run('plan', '--json')).stdout);
    expect(planned).toMatchObject({
      hasChanges: true,
      changes: [
        { kind: 'environments', name: 'cloud', action: 'create', id: null },
        { kind: 'agents', name: 'helper', action: 'create', version: null },
      ],
      warnings: [],
    });
    expect(planned.changes[1].fields).toContainEqual({ path: 'model.effort', old: null, new: 'high' });
    expect(JSON.parse((await run('apply', '--json')).stdout).done).toMatchObject([
      { kind: 'environments', name: 'cloud', action: 'create', id: expect.stringMatching(/^env_/) },
      { kind: 'agents', name: 'helper', action: 'create', version: 1 },
    ]);
  });

  test('archive only when asked', async () => {
    await run('apply');
    cli.file('bridge.yaml', 'environments: { cloud: { networking: { allowed_hosts: [example.com] } } }\n');
    const left = await run('plan');
    expect(left.exitCode).toBe(0);
    expect(left.stdout).toContain('is not declared any more: drawbridge apply --archive archives it');
    expect((await run('plan', '--archive')).stdout).toMatch(/^- agents\.helper \(agent_\w+\) is archived/m);
    expect((await run('apply', '--archive')).stdout).toMatch(/^- agents\.helper archived \(agent_\w+\)$/m);
    expect(lock().agents).toEqual({});
  });

  test('never show a secret', async () => {
    cli.file('helper.md', 'Use the key sk-ant-api03-verysecretvalue1234.\n');
    cli.file(
      'bridge.yaml',
      YAML.replace('custom_tools', 'mcp_servers: { x: { url: "https://u:hunter2secret@x.com/" } }\n    custom_tools'),
    );
    for (const { stdout } of [await run('plan'), await run('plan', '--json')]) {
      expect(stdout).not.toContain('verysecret');
      expect(stdout).not.toContain('hunter2');
    }
  });
});

describe('a conflict', () => {
  test('is shown with what was changed elsewhere, and set back only when asked', async () => {
    await run('apply');
    const { id } = lock().agents.helper;
    await api().beta.agents.update(id, { system: 'You help everybody.\nBe brief.\nAlways.' });
    const planned = await run('plan');
    expect(planned.exitCode).toBe(2);
    expect(planned.stdout).toContain(`! agents.helper (${id}, version 2) was changed elsewhere`);
    expect(planned.stdout).toContain('- You help.\n      + You help everybody.');
    expect(planned.stdout).toContain('set it back with drawbridge apply --overwrite');
    const refused = await run('apply');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      'agents.helper was changed elsewhere since it was last applied: nothing was done.',
    );
    expect((await api().beta.agents.retrieve(id)).version).toBe(2);
    expect((await run('apply', '--overwrite')).exitCode).toBe(0);
    expect((await api().beta.agents.retrieve(id)).system).toBe('You help.\nBe brief.\nAlways.');
  });

  test('while it runs is shown, and nothing is overwritten', async () => {
    await run('apply');
    cli.file('helper.md', 'You help nobody.\n');
    const { id } = lock().agents.helper;
    // What somebody else does in between is refused to us as the API would refuse it.
    server.faults.failNext('agents.update', { status: 409, message: 'version: expected 2, got 1' });
    const refused = await run('apply');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(`! agents.helper (${id}) has changed since the plan was made`);
    expect(refused.stderr).toContain('was left as it is');
    expect((await api().beta.agents.retrieve(id)).version).toBe(1);
    expect(server.records().requests['agents.update']).toBe(1);
  });
});

describe('what is wrong', () => {
  test.each([
    [
      'an unknown key',
      YAML.replace('toolset', 'tolset'),
      'bridge.yaml:6:5: unknown key "tolset", did you mean "toolset"?',
    ],
    [
      'a wrong type',
      YAML.replace('[ask_user]', 'ask_user'),
      'bridge.yaml:7:19: agents.helper.custom_tools must be a list',
    ],
    [
      'a tool that no code has',
      YAML.replace('[ask_user]', '[ask_usr]'),
      'bridge.yaml:7:20: agents.helper.custom_tools.0 names a tool that no code has: ask_usr',
    ],
    [
      'a prompt that is not there',
      YAML.replace('helper.md', 'none.md'),
      'bridge.yaml:5:21: agents.helper.system.file none.md is not there',
    ],
  ])('%s is exit code 1, with its place', async (_, yaml, expected) => {
    cli.file('bridge.yaml', yaml);
    const { exitCode, stdout, stderr } = await run('plan');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`Nothing was done: ${cli.folder}/${expected}`);
    expect(server.records().requests).toEqual({});
  });

  test('is exit code 1, as 2 says that there are changes', async () => {
    expect(await cli.run('plan', '--config', join(cli.folder, 'none.yaml'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('none.yaml: name the settings file'),
    });
    expect((await run('plan', '--jsn')).exitCode).toBe(1);
    const bare = createCli();
    expect(await bare.run('apply', '--config', config)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ANTHROPIC_API_KEY is missing: platform.claude.com'),
    });
    bare.remove();
    const stranger = createCli({ env: { ANTHROPIC_API_KEY: 'sk-ant-other', ANTHROPIC_BASE_URL: server.url } });
    expect(await stranger.run('plan', '--config', config)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('refuses ANTHROPIC_API_KEY (401). Copy it again from platform.claude.com'),
    });
    stranger.remove();
    await server.stop();
    expect(await run('plan')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('does not answer') });
  });

  test('a lock file that cannot be written is told, and makes nothing twice', async () => {
    const env = () => ({ ANTHROPIC_API_KEY: server.apiKey, ANTHROPIC_BASE_URL: server.url });
    const writeFile = () => {
      throw Object.assign(new Error('no'), { code: 'EROFS' });
    };
    const failed = await runInWorld(['apply', '--config', config], { env, writeFile });
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('bridge.lock.json cannot be written (EROFS): make its folder writable');
    expect((await run('apply')).stdout).toMatch(/^= environments\.cloud found \(env_\w+\)$/m);
    expect((await api().beta.environments.list()).data.filter(({ name }) => name === 'cloud')).toHaveLength(1);
  });

  test('halfway is told, and the next run goes on', async () => {
    server.faults.failNext('agents.create', { status: 529 });
    const failed = await run('apply', '--json');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('agents.helper: the agents API cannot serve us now (529). Run it again');
    expect(JSON.parse(failed.stdout).done).toMatchObject([{ kind: 'environments', name: 'cloud', action: 'create' }]);
    expect(Object.keys(lock().environments)).toEqual(['cloud']);
    expect((await run('apply')).exitCode).toBe(0);
    expect((await api().beta.environments.list()).data.filter(({ name }) => name === 'cloud')).toHaveLength(1);
  });
});

test('a tool of the folder is declared from its code, and one that no agent has is a warning', async () => {
  const folder = join(cli.folder, 'tools');
  mkdirSync(folder);
  cli.file(
    'tools/status.mjs',
    'export default { name: "status", description: "Says how it is.", inputSchema: { type: "object" }, run: () => "ok" };',
  );
  const env = { ANTHROPIC_API_KEY: server.apiKey, ANTHROPIC_BASE_URL: server.url, DRAWBRIDGE_TOOLS: folder };
  const other = createCli({ env });
  const warned = await other.run('plan', '--config', config);
  expect(warned.exitCode).toBe(2);
  expect(warned.stdout).toContain('Warning: The tool status is in code, and no agent has it');
  cli.file('bridge.yaml', YAML.replace('[ask_user]', '[ask_user, status]'));
  const applied = await other.run('apply', '--config', config);
  expect(applied.stdout).toContain('custom_tools.status.description: Says how it is.');
  expect(applied.stdout).not.toContain('Warning');

  // Another folder, as what a process has imported stays as it was.
  const changed = join(cli.folder, 'changed');
  mkdirSync(changed);
  cli.file(
    'changed/status.mjs',
    'export default { name: "status", description: "Says how it is.", inputSchema: { type: "object", properties: { of: { type: "string" } } }, run: () => "ok" };',
  );
  const third = createCli({ env: { ...env, DRAWBRIDGE_TOOLS: changed } });
  const planned = await third.run('plan', '--config', config);
  expect(planned).toMatchObject({ exitCode: 2, stderr: '' });
  expect(planned.stdout).toContain('    custom_tools.status.input_schema:\n');
  expect(planned.stdout).toContain('+   "properties": {');
  third.remove();
  other.remove();
});

function line(name: string, text: string): string {
  return text.split('\n').find((one) => one.trim().startsWith(`${name}:`)) ?? `no ${name}`;
}
