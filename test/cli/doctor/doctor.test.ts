import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Facts } from '../../../src/cli/doctor/facts.ts';
import { space } from '../../../src/cli/doctor/folder.ts';
import { sameApp } from '../../../src/cli/doctor/slack.ts';
import { fastClock } from '../../../src/clock.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { chainOf, entry } from '../../gate/audit/entries.ts';
import { type AgentParams, type Setup, startSetup } from './rig.ts';

let setup: Awaited<ReturnType<typeof startSetup>>;
const after: (() => void)[] = [];

beforeEach(async () => {
  setup = await startSetup();
});

afterEach(async () => {
  for (const undo of after.splice(0)) undo();
  await setup.stop();
});

interface Found {
  state: string;
  code?: string;
  says: string;
  why?: string;
  todo?: string;
}

/** What `doctor --json` says, all groups together. */
async function examine(): Promise<{ exitCode: number | null; items: Found[]; findings: Found[]; raw: string }> {
  const { exitCode, stdout, stderr } = await setup.run('--json');
  expect(stderr).toBe('');
  const { groups } = JSON.parse(stdout) as { groups: { items: Found[] }[] };
  const items = groups.flatMap((group) => group.items);
  return { exitCode, items, findings: items.filter(({ code }) => code !== undefined), raw: stdout };
}

/** The agent's tools, with the built-in ones set so. */
function builtIn(toolset: object): NonNullable<AgentParams['tools']> {
  const [, ...others] = setup.agent.tools ?? [];
  return [{ type: 'agent_toolset_20260401', ...toolset }, ...others];
}

/** A program that is connected as the app, and takes what it is given. */
async function connectAnother(): Promise<void> {
  const response = await fetch(`${setup.slack.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${setup.slack.appToken}` },
  });
  const { url } = (await response.json()) as { url: string };
  const socket = new WebSocket(url);
  after.push(() => socket.terminate());
  await new Promise((resolve) => socket.once('message', resolve));
}

describe('a set-up that nothing is wrong with', () => {
  it('has no findings, and leaves nothing behind', async () => {
    const { exitCode, findings, items } = await examine();
    expect(findings).toEqual([]);
    expect(exitCode).toBe(0);
    expect(items.filter(({ state }) => state === 'unknown').map(({ says }) => says)).toEqual([
      'Events that the app is subscribed to',
    ]);
    const asked = new Set(setup.slack.calls().map(({ method }) => method));
    expect([...asked].sort()).toEqual([
      'apps.connections.open',
      'auth.test',
      'bots.info',
      'conversations.info',
      'usergroups.users.list',
    ]);
    expect(Object.keys(setup.agents.records().requests).filter((name) => /sessions|update|events/.test(name))).toEqual(
      [],
    );
    await expect.poll(() => setup.slack.connections()).toBe(0);
  });

  it('is told of calmly, in lines that fit', async () => {
    const { stdout, exitCode } = await setup.run();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^This machine\n {2}✓ Node /);
    expect(stdout).toContain('✓ The bot token is that of drawbridge in Playground.');
    expect(stdout).toContain('– Events that the app is subscribed to: not checked.');
    expect(stdout).toMatch(/\nNothing is wrong\. 1 not checked\.\n$/);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});

type Break = (setup: Setup) => void | Promise<void>;

const failCall =
  (method: string, error: string): Break =>
  ({ slack }) =>
    slack.faults.apply({ calls: [{ method, next: 0, fault: { type: 'error', error } }] });

const PROBLEMS: [code: string, words: string, breakIt: Break][] = [
  ['node-too-old', 'Node 18.20.4', (s) => void Object.assign(s, { node: { ...s.node, version: '18.20.4' } })],
  ['clock-off', 's ahead of', (s) => void Object.assign(s, { now: () => Date.now() + 600_000 })],
  ['settings', 'ANTHROPIC_API_KEY is missing', (s) => void delete s.env.ANTHROPIC_API_KEY],
  ['settings', 'that is the app-level token', (s) => void Object.assign(s.env, { SLACK_BOT_TOKEN: s.slack.appToken })],
  ['settings', 'unknown key "rulez"', (s) => void Object.assign(s, { yaml: 'gate: { rulez: [] }' })],
  [
    'data-unusable',
    'cannot be written',
    (s) => void Object.assign(s.env, { DRAWBRIDGE_DATA: `${s.toolsFolder}/deploy-status.mjs/data` }),
  ],
  [
    'data-unusable',
    'damaged',
    (s) => writeFileSync(join(s.dataFolder, 'drawbridge.db'), 'x'.repeat(5000), { mode: 0o600 }),
  ],
  ['audit-broken', 'Line 2 of the audit', (s) => breakAudit(s)],
  ['bot-token', 'does not know SLACK_BOT_TOKEN', (s) => void Object.assign(s.env, { SLACK_BOT_TOKEN: 'xoxb-old' })],
  ['bot-token', 'revoked', failCall('auth.test', 'token_revoked')],
  ['scope-missing', 'files:write', ({ slack }) => slack.faults.apply({ granted: without(slack, 'files:write') })],
  ['socket', 'does not know SLACK_APP_TOKEN', (s) => void Object.assign(s.env, { SLACK_APP_TOKEN: 'xapp-1-old' })],
  ['socket', 'connections:write', failCall('apps.connections.open', 'missing_scope')],
  ['agents-api', 'credentials', (s) => void Object.assign(s.env, { ANTHROPIC_API_KEY: 'sk-ant-old' })],
  ['agent-missing', 'agent_none', (s) => void Object.assign(s.env, { DRAWBRIDGE_AGENT_ID: 'agent_none' })],
  ['agent-archived', 'Helper', async (s) => void (await s.client.beta.agents.archive(s.agentId))],
  ['agent-version', 'no version 7', (s) => void Object.assign(s.env, { DRAWBRIDGE_AGENT_ID: `${s.agentId}@7` })],
  [
    'agent-missing',
    'agent_other',
    (s) => addRoute(s, '{ name: other, match: { channel: [C0DATA0003] }, agent: other }'),
  ],
  ['environment-missing', 'env_none', (s) => void Object.assign(s.env, { DRAWBRIDGE_ENVIRONMENT_ID: 'env_none' })],
  ['environment-archived', 'limited', async (s) => void (await s.client.beta.environments.archive(s.environmentId))],
  ['environment-self-hosted', 'is self-hosted', (s) => useEnvironment(s, { type: 'self_hosted' })],
  ['vault-missing', 'vlt_none', (s) => void Object.assign(s.env, { DRAWBRIDGE_VAULT_IDS: `${s.vaultId},vlt_none` })],
  ['vault-archived', 'is archived', archivedVault],
  ['tools', 'deploy-status.mjs', (s) => writeFileSync(join(s.toolsFolder, 'deploy-status.mjs'), 'export default 1;')],
  ['tool-without-code', 'deploy_status', (s) => void delete s.env.DRAWBRIDGE_TOOLS],
  ['policy', 'S0NOBODY01', (s) => void Object.assign(s, { yaml: s.yaml.replace('S0ONCALL01', 'S0NOBODY01') })],
  [
    'routes',
    'S0NOBODY01',
    (s) => addRoute(s, '{ name: other, match: { requester: [S0NOBODY01] }, vaults: [] }', 'agents: {}'),
  ],
  ['rule-unreached', '"shell" asks people about bash', (s) => s.changeAgent({ tools: builtIn({}) })],
  [
    'rule-unreached',
    'denies web_fetch',
    (s) => addRule(s, '{ name: no web, match: { tool: web_fetch }, then: deny, reason: No. }'),
  ],
];

const WARNINGS: [code: string, words: string, breakIt: Break][] = [
  ['clock-off', 's behind', (s) => void Object.assign(s, { now: () => Date.now() - 60_000 })],
  ['env-file-open', 'chmod 600', ({ envFile }) => chmodSync(envFile, 0o640)],
  ['data-open', 'chmod', ({ dataFolder }) => chmodSync(dataFolder, 0o755)],
  ['disk-small', 'max_total', (s) => void Object.assign(s, { yaml: `${s.yaml}\nfiles: { max_total: 999999 GB }` })],
  ['scope-extra', 'admin', ({ slack }) => slack.faults.apply({ granted: [...without(slack, ''), 'admin'] })],
  ['other-copies', 'Another program is', () => connectAnother()],
  ['channel', 'C0NOWHERE1', (s) => addChannel(s, 'C0NOWHERE1')],
  ['channel', 'is archived', (s) => addChannel(s, 'C0ARCHIVE6')],
  ['channel', '/invite', (s) => addChannel(s, 'C0RANDOM05')],
  [
    'declared-unapplied',
    'agents.second is declared in bridge.yaml, and not made yet',
    (s) => void Object.assign(s, { yaml: `${s.yaml}\nagents: { second: { model: claude-opus-5 } }\n` }),
  ],
  [
    'declared-unapplied',
    'agents.second',
    async (s) => {
      await declare(s);
      s.yaml = s.yaml.replace('{ model', '{ description: Answers., model');
    },
  ],
  [
    'declared-conflict',
    'agents.second',
    async (s) => {
      await declare(s);
      const made = await s.client.beta.agents.list();
      const second = made.data.find(({ name }) => name === 'second');
      await s.client.beta.agents.update(second?.id ?? '', { description: 'Mine.' });
    },
  ],
  ['network-open', 'whole internet', (s) => useEnvironment(s, { type: 'cloud' })],
  [
    'mcp-cut-off',
    'linear',
    (s) => useEnvironment(s, { type: 'cloud', networking: { type: 'limited', allowed_hosts: ['example.org'] } }),
  ],
  ['mcp-without-credentials', 'linear', (s) => void delete s.env.DRAWBRIDGE_VAULT_IDS],
  [
    'tool-undeclared',
    'deploy_status',
    (s) => s.changeAgent({ tools: (s.agent.tools ?? []).filter(({ type }) => type !== 'custom') }),
  ],
  [
    'rule-partly-unreached',
    'read, write',
    (s) => addRule(s, '{ name: files, match: { tool: [bash, read, write] }, then: ask }'),
  ],
  [
    'nobody-asked',
    'Helper',
    async (s) => {
      s.yaml = 'gate: { defaults: { quorum: 2 }, budget: { thread: 5 } }';
      delete s.env.DRAWBRIDGE_TOOLS;
      await s.changeAgent({ tools: [{ type: 'agent_toolset_20260401' }], mcp_servers: [] });
    },
  ],
  ['budget-unset', 'gate.budget.thread', (s) => void Object.assign(s, { yaml: s.yaml.replace(/ {2}budget.*/, '') })],
];

describe.each([
  ['problem', PROBLEMS, 1],
  ['warning', WARNINGS, 0],
] as const)('each %s', (state, table, exitCode) => {
  it.each(table)('%s: %s', async (code, words, breakIt) => {
    await breakIt(setup);
    const found = await examine();
    expect(new Set(found.findings.map((finding) => finding.code))).toEqual(new Set([code]));
    expect(new Set(found.findings.map((finding) => finding.state))).toEqual(new Set([state]));
    for (const finding of found.findings) expect(Object.values(finding).every((text) => text.length > 0)).toBe(true);
    expect(found.findings.map(({ says, why, todo }) => `${says} ${why} ${todo}`).join('\n')).toContain(words);
    expect(found.exitCode).toBe(exitCode);
    for (const secret of Object.entries(setup.env).filter(([name]) => /TOKEN|KEY/.test(name)))
      expect(found.raw).not.toContain(secret[1]);
  });
});

describe('a Drawbridge that runs on the data folder', () => {
  it('is told of, and keeps the socket to itself', async () => {
    const store = openStore({ dataFolder: setup.dataFolder, log: pino({ level: 'silent' }) });
    after.push(() => store.close());
    await connectAnother();
    const { exitCode, findings, items } = await examine();
    expect({ exitCode, findings }).toEqual({ exitCode: 0, findings: [] });
    expect(items.map(({ says }) => says)).toContain(`${setup.dataFolder} is in use: a Drawbridge runs on it.`);
    expect(items).toContainEqual(expect.objectContaining({ state: 'unknown', says: 'The connection itself' }));
    expect(setup.slack.connections()).toBe(1);
  });
});

describe('what cannot be looked at', () => {
  it('keeps nothing else from being looked at', async () => {
    setup.slack.faults.apply({ calls: [{ method: '*', next: 0, fault: { type: 'reset', when: 'before' } }] });
    await setup.client.beta.agents.archive(setup.agentId);
    const { exitCode, findings } = await examine();
    expect(exitCode).toBe(1);
    expect(findings.map(({ code }) => code).sort()).toEqual([
      'agent-archived',
      'slack-unreachable',
      'slack-unreachable',
    ]);
  });

  it('is asked of Slack also when the settings of the agent are wrong', async () => {
    setup.env.DRAWBRIDGE_ENVIRONMENT_ID = 'nonsense';
    setup.slack.faults.apply({ granted: without(setup.slack, 'files:read') });
    const { findings } = await examine();
    expect(findings.map(({ code }) => code)).toEqual(['settings', 'scope-missing']);
  });

  it('is everything where nothing is set up: that is said, with exit code 2', async () => {
    for (const name of Object.keys(setup.env))
      if (/^(SLACK|ANTHROPIC|DRAWBRIDGE_[AEV])/.test(name)) delete setup.env[name];
    const { exitCode, stdout, stderr } = await setup.run();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Nothing is set up here');
  });
});

describe('the self-test', () => {
  const OPS = 'C0OPS00002';
  const posted = () => setup.slack.state().channels.find(({ id }) => id === OPS)?.messages ?? [];
  const selfTest = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await setup.run('--self-test', OPS, '--json', ...args);
    const { groups } = JSON.parse(stdout || '{"groups":[]}') as { groups: { name: string; items: Found[] }[] };
    return { exitCode, stderr, items: groups.find(({ name }) => name === 'Self-test')?.items ?? [] };
  };

  it('sends one conversation through the whole bridge, and says how long it took', async () => {
    const { exitCode, items } = await selfTest();
    expect(items.map(({ says }) => says)).toEqual([
      expect.stringMatching(/^The bot was connected to Slack after \d+\.\d s\.$/),
      'Slack told the bot of what was posted there: the events of such conversations come.',
      expect.stringMatching(/^The agent answered in C0OPS00002 after \d+\.\d s\.$/),
    ]);
    expect(exitCode).toBe(0);
    expect(posted()).toEqual([]);
    expect(setup.agents.records().sessions).toHaveLength(1);
    await expect.poll(() => setup.slack.connections()).toBe(0);
  });

  it('leaves what it posted where that is wanted', async () => {
    await selfTest('--keep');
    expect(posted().map(({ text }) => text)).toEqual([expect.stringContaining('Self-test'), expect.anything()]);
  });

  it('says when Slack tells the bot nothing of the channel', async () => {
    const { scopes, events } = setup.slack.installed();
    setup.slack.install({ scopes, events: events.filter((event) => event !== 'message.channels') });
    setup.clock = fastClock(20);
    const { exitCode, items } = await selfTest();
    expect(exitCode).toBe(1);
    expect(items.map(({ code }) => code)).toEqual([undefined, 'self-test-unheard', undefined]);
  });

  it('says what the bot said instead, when the agent cannot be reached', async () => {
    setup.agents.faults.failNext('sessions.create', { times: 10, status: 404, message: 'Agent not found.' });
    const { items } = await selfTest();
    expect(items.at(-1)).toMatchObject({
      code: 'self-test-unanswered',
      says: expect.stringContaining('environment ids'),
    });
  });

  it('says when what it posted stays there', async () => {
    setup.slack.faults.apply({
      calls: [{ method: 'chat.delete', next: 0, fault: { type: 'error', error: 'cant_delete_message' } }],
    });
    const { exitCode, items } = await selfTest();
    expect(exitCode).toBe(0);
    expect(items.at(-1)).toMatchObject({ state: 'warning', code: 'self-test-left' });
  });

  it('says when nothing can be posted there', async () => {
    setup.slack.act.leaveChannel({ user: setup.slack.botUserId, channel: OPS });
    const { exitCode, items } = await selfTest();
    expect(exitCode).toBe(1);
    expect(items.at(-1)).toMatchObject({ code: 'self-test-failed', says: expect.stringContaining('not_in_channel') });
  });

  it('takes nothing in of what people write meanwhile, and leaves it to the next bot', async () => {
    setup.agents.faults.apply({ slow: [{ route: 'events.send', ms: 1_500 }] });
    const testing = selfTest();
    await expect.poll(() => posted().length, { timeout: 10_000 }).toBeGreaterThan(0);
    setup.slack.act.say({ user: 'U0ANA00001', channel: OPS, text: '@Drawbridge are you there?' });
    await testing;
    const mention = setup.slack.deliveries().filter(({ payload }) => JSON.stringify(payload).includes('are you there'));
    expect(mention.length).toBeGreaterThan(0);
    expect(mention.filter(({ ackedAt }) => ackedAt !== undefined)).toEqual([]);
    expect(setup.agents.records().sessions).toHaveLength(1);
  });

  it('is refused beside a running Drawbridge, and without the id of a channel', async () => {
    const wrong = await setup.run('--self-test', '#ops');
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining("channel's id") });
    const store = openStore({ dataFolder: setup.dataFolder, log: pino({ level: 'silent' }) });
    after.push(() => store.close());
    expect(await selfTest()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('stop it for the self-test'),
    });
    expect(setup.agents.records().sessions).toEqual([]);
  });
});

it('fails for warnings only when told to', async () => {
  chmodSync(setup.dataFolder, 0o755);
  expect((await setup.run()).exitCode).toBe(0);
  const { exitCode, stdout } = await setup.run('--strict');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('    → chmod -R go-rwx');
  expect(stdout).toMatch(/\n1 warning\. 1 not checked\.\n$/);
});

it('says that deliveries come over HTTP, where they do', async () => {
  delete setup.env.SLACK_APP_TOKEN;
  setup.env.SLACK_SIGNING_SECRET = setup.slack.signingSecret;
  const { findings, items } = await examine();
  expect(findings).toEqual([]);
  expect(items).toContainEqual(expect.objectContaining({ state: 'unknown', says: 'The way of deliveries' }));
});

it('says when the tokens belong to two apps', () => {
  const bot = { team: 'T', name: 'n', scopes: [], appId: 'A1' };
  const slack = { bot, socket: { hello: { appId: 'A2', connections: 1 } } } as unknown as Facts['slack'];
  expect(sameApp({ slack } as Facts)).toMatchObject([{ state: 'problem', code: 'two-apps' }]);
});

it('says when the disk is nearly full', () => {
  const folder = { path: 'data', freeBytes: 5_000_000, filesTotal: 1e9 } as Facts['folder'];
  expect(space({ folder } as Facts)).toMatchObject([
    { state: 'problem', code: 'disk-full', says: 'data has 5.0 MB left.' },
  ]);
});

function without({ calls: _ }: Setup['slack'], scope: string): string[] {
  const manifest = JSON.parse(readFileSync(new URL('../../../manifest/manifest.json', import.meta.url), 'utf8'));
  return manifest.oauth_config.scopes.bot.filter((one: string) => one !== scope);
}

async function archivedVault(s: Setup): Promise<void> {
  const { id } = await s.client.beta.vaults.create({ display_name: 'Old' });
  await s.client.beta.vaults.archive(id);
  s.env.DRAWBRIDGE_VAULT_IDS += `,${id}`;
}

function breakAudit({ dataFolder }: Setup): void {
  const lines = chainOf([entry('one'), entry('two'), entry('three')]);
  const changed = lines.map((line, index) => (index === 1 ? line.replace('two', 'too') : line));
  writeFileSync(join(dataFolder, 'audit.jsonl'), changed.join(''), { mode: 0o600 });
}

async function useEnvironment(s: Setup, config: object): Promise<void> {
  const { id } = await s.client.beta.environments.create({ name: 'another', config: config as never });
  s.env.DRAWBRIDGE_ENVIRONMENT_ID = id;
}

function addRule(s: Setup, rule: string): void {
  s.yaml = s.yaml.replace('  rules:\n', `  rules:\n    - ${rule}\n`);
}

function addRoute(s: Setup, route: string, agents = 'agents: { other: { id: agent_other } }'): void {
  s.yaml += `${agents}\nrouting: { routes: [${route}] }\n`;
}

/** An agent and nothing else, made as it is declared. */
async function declare(s: Setup): Promise<void> {
  s.yaml += 'agents: { second: { model: claude-opus-5 } }\n';
  expect(await s.command('apply')).toMatchObject({ exitCode: 0 });
}

function addChannel(s: Setup, id: string): void {
  s.yaml = s.yaml.replace('  channels:\n', `  channels:\n    ${id}: { renderer: edit }\n`);
}
