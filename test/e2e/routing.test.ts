import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createClient } from '../../src/sessions/client.ts';
import { type Ran, runInWorld } from '../cli/world.ts';
import { createFolder } from './built-bot.ts';
import { type Rig, type RigWorld, startRig } from './rig.ts';

let rig: Rig;
let stop = async () => {};
let folder: ReturnType<typeof createFolder>;
beforeEach(() => {
  stop = async () => {};
  folder = createFolder();
});
afterEach(async () => {
  await stop();
  folder.remove();
});

type Servers = Pick<RigWorld, 'slack' | 'agents'>;

const configFile = () => join(folder.path, 'bridge.yaml');
const readFile = (path: string) => readFileSync(path, 'utf8');
const envOf = ({ slack, agents }: Servers) => ({
  SLACK_BOT_TOKEN: slack.botToken,
  SLACK_APP_TOKEN: slack.appToken,
  ANTHROPIC_API_KEY: agents.apiKey,
  ANTHROPIC_BASE_URL: agents.url,
  DRAWBRIDGE_CONFIG: configFile(),
  APP_TOKEN: 'ghp_topsecret',
});

function write(name: string, text: string): void {
  mkdirSync(join(folder.path, 'prompts'), { recursive: true });
  writeFileSync(join(folder.path, name), text);
}

async function apply(servers: Servers): Promise<Ran> {
  const ran = await runInWorld(['apply'], { env: () => envOf(servers) });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  return ran;
}

/** The bot on what this file declares and `drawbridge apply` has made of it. */
async function startOn(yaml: string): Promise<Rig> {
  write('bridge.yaml', yaml);
  const started = await startRig({
    async routing(servers) {
      await apply(servers);
      const { agents } = loadConfig({ env: envOf(servers), readFile });
      if (agents === null) throw new Error('the file gives no agent');
      return agents;
    },
  });
  stop = () => started.stop();
  return started;
}

async function sessionOf(root: string) {
  const api = createClient({ apiKey: rig.agents.apiKey, baseURL: rig.agents.url });
  const found = rig.agents.records().sessions.filter(({ metadata }) => metadata.slack_thread_ts === root);
  expect(found).toHaveLength(1);
  return api.beta.sessions.retrieve(found[0]?.id ?? '');
}

async function ask(who: string, channel: string) {
  const root = await rig.say(who, channel.startsWith('D') ? 'hello' : '@Drawbridge hello', { channel });
  await rig.ended(channel, root);
  return { channel, root };
}

const ROUTED = `
agents:
  usual: { model: claude-opus-5 }
  operator: { model: claude-opus-5 }
  assistant: { model: claude-opus-5 }
  bens: { model: claude-opus-5 }
  oncall: { model: claude-opus-5 }
environments:
  cloud: {}
  production: { networking: { allowed_hosts: [example.com] } }
memory_stores:
  handbook: { name: Team handbook, instructions: Look here first. }
repositories:
  app: { url: "https://github.com/acme/app", token_from: APP_TOKEN, branch: main }
routing:
  default: { agent: usual, environment: cloud, memory_stores: [handbook] }
  routes:
    - name: operations
      match: { channel: [C0OPS00002] }
      agent: operator
      environment: production
      memory_stores: []
      repositories: [app]
    - { name: directly, match: { place: [dm] }, agent: assistant }
    - { name: ben, match: { requester: [U0BEN00002] }, agent: bens }
    - { name: people on call, match: { requester: [oncall] }, agent: oncall }
gate: { groups: { oncall: [S0ONCALL01] } }
`;

test('channels, direct messages, people and groups have what their route says, and all else the default', async () => {
  rig = await startOn(ROUTED);
  const general = rig.channel('#general');
  const places = [
    { who: 'Ana', channel: 'C0OPS00002', agent: 'operator', route: 'operations' },
    { who: 'Ana', channel: rig.dm('Ana'), agent: 'assistant', route: 'directly' },
    { who: 'Ben', channel: general, agent: 'bens', route: 'ben' },
    { who: 'Chiara', channel: general, agent: 'oncall', route: 'people on call' },
    { who: 'Ana', channel: general, agent: 'usual', route: undefined },
  ];
  for (const { who, channel, agent, route } of places) {
    const { root } = await ask(who, channel);
    const session = await sessionOf(root);
    expect({ agent: session.agent.name, route: session.metadata?.route }).toEqual({ agent, route });
    const handbook = { type: 'memory_store', access: 'read_only', instructions: 'Look here first.' };
    const app = { type: 'github_repository', url: 'https://github.com/acme/app', checkout: { name: 'main' } };
    expect(session.resources).toMatchObject([route === 'operations' ? app : handbook]);
  }
  expect(rig.logged()).not.toContain('topsecret');
  await rig.noProblems();
});

const PROMPTED = `
agents:
  helper: { model: claude-opus-5, system: { file: prompts/helper.md } }
environments: { cloud: {} }
routing:
  routes:
    - { name: careful people, match: { channel: [C0OPS00002] }, version: 1 }
`;

test('a changed prompt is for new threads: running ones keep theirs, and pinned routes their version', async () => {
  write('prompts/helper.md', 'Be brief.\n');
  rig = await startOn(PROMPTED);
  const general = rig.channel('#general');
  const before = await ask('Ana', general);
  expect((await sessionOf(before.root)).agent).toMatchObject({ version: 1, system: 'Be brief.' });

  write('prompts/helper.md', 'Be kind.\n');
  expect((await apply(rig)).stdout).toContain('    system: Be brief. → Be kind.\n');
  await rig.say('Ana', 'hello again', { channel: general, thread: before.root });
  await rig.ended(before.channel, before.root, 2);
  expect((await sessionOf(before.root)).agent).toMatchObject({ version: 1, system: 'Be brief.' });

  const after = await ask('Ana', general);
  expect((await sessionOf(after.root)).agent).toMatchObject({ version: 2, system: 'Be kind.' });
  const pinned = await ask('Ana', 'C0OPS00002');
  expect((await sessionOf(pinned.root)).agent).toMatchObject({ version: 1, system: 'Be brief.' });
});

test('a route that names a user group Slack does not know does not start', async () => {
  write('prompts/helper.md', 'Be brief.\n');
  const refused = startOn(PROMPTED.replace('channel: [C0OPS00002]', 'requester: [S0NOBODY01]'));
  await expect(refused).rejects.toThrow(
    'the route "careful people" names a user group that Slack does not tell of: S0NOBODY01',
  );
});
