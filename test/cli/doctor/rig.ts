import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import type { World } from '../../../src/cli/world.ts';
import { type Clock, realClock } from '../../../src/clock.ts';
import { type AgentsServer, startAgentsServer } from '../../../src/playground/agents/server.ts';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { type Ran, runInWorld, startBot } from '../world.ts';

export type AgentParams = Anthropic.Beta.AgentCreateParams;

/** A set-up that nothing is wrong with, between the two local servers; a test breaks one thing of it. */
export interface Setup {
  slack: SlackServer;
  agents: AgentsServer;
  client: Anthropic;
  env: Record<string, string>;
  /** The text of bridge.yaml. */
  yaml: string;
  agent: AgentParams;
  agentId: string;
  environmentId: string;
  vaultId: string;
  dataFolder: string;
  envFile: string;
  toolsFolder: string;
  now: () => number;
  /** Of the self-test's bot. */
  clock: Clock;
  node: World['node'];
  /** Gives the agent other parts, in a new version. */
  changeAgent(parts: Partial<AgentParams>): Promise<void>;
  run(...args: string[]): Promise<Ran>;
  /** Another command with the same settings. */
  command(...args: string[]): Promise<Ran>;
}

const SERVER = 'https://mcp.example.com/mcp';

const AGENT: AgentParams = {
  name: 'Helper',
  model: 'claude-opus-5',
  tools: [
    {
      type: 'agent_toolset_20260401',
      configs: [{ name: 'bash', permission_policy: { type: 'always_ask' } }],
    },
    { type: 'mcp_toolset', mcp_server_name: 'linear' },
    { type: 'custom', name: 'deploy_status', description: 'Says what is deployed.', input_schema: { type: 'object' } },
  ],
  mcp_servers: [{ type: 'url', name: 'linear', url: SERVER }],
};

const YAML = `
slack:
  channels:
    C0OPS00002: { renderer: edit }
gate:
  rules:
    - name: shell
      match: { tool: bash }
      then: ask
      approvers: [S0ONCALL01]
  budget: { thread: 5 }
`;

const TOOL = `export default {
  name: 'deploy_status', description: 'Says what is deployed.', inputSchema: { type: 'object' }, run: () => 'ok',
};`;

export async function startSetup(): Promise<Setup & { stop(): Promise<void> }> {
  const [slack, agents] = await Promise.all([startSlackServer(), startAgentsServer({ pace: 0 })]);
  const client = new Anthropic({ apiKey: agents.apiKey, baseURL: agents.url, maxRetries: 0 });
  const root = mkdtempSync(join(tmpdir(), 'drawbridge-doctor-'));
  const [dataFolder, toolsFolder] = [join(root, 'data'), join(root, 'tools')];
  mkdirSync(dataFolder, { mode: 0o700 });
  mkdirSync(toolsFolder);
  const envFile = join(root, '.env');
  writeFileSync(envFile, '', { mode: 0o600 });
  writeFileSync(join(toolsFolder, 'deploy-status.mjs'), TOOL);
  const agent = await client.beta.agents.create(AGENT);
  const environment = await client.beta.environments.create({
    name: 'limited',
    config: { type: 'cloud', networking: { type: 'limited', allowed_hosts: [], allow_mcp_servers: true } },
  });
  const vault = await client.beta.vaults.create({ display_name: 'Shared' });
  await client.beta.vaults.credentials.create(vault.id, {
    auth: { type: 'static_bearer', mcp_server_url: `${SERVER}/`, token: 'token-of-linear' },
  });

  const setup = {
    slack,
    agents,
    client,
    env: {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      ANTHROPIC_API_KEY: agents.apiKey,
      ANTHROPIC_BASE_URL: agents.url,
      DRAWBRIDGE_AGENT_ID: agent.id,
      DRAWBRIDGE_ENVIRONMENT_ID: environment.id,
      DRAWBRIDGE_VAULT_IDS: vault.id,
      DRAWBRIDGE_DATA: dataFolder,
      DRAWBRIDGE_TOOLS: toolsFolder,
      DRAWBRIDGE_CONFIG: join(root, 'bridge.yaml'),
    } as Record<string, string>,
    yaml: YAML,
    agent: AGENT,
    agentId: agent.id,
    environmentId: environment.id,
    vaultId: vault.id,
    dataFolder,
    envFile,
    toolsFolder,
    now: () => Date.now(),
    clock: realClock,
    node: { version: process.versions.node, needed: '>=20.19' },
    async changeAgent(parts: Partial<AgentParams>) {
      await client.beta.agents.update(agent.id, parts as Anthropic.Beta.AgentUpdateParams);
    },
    run: (...args: string[]) => setup.command('doctor', ...args),
    async command(...args: string[]) {
      writeFileSync(join(root, 'bridge.yaml'), setup.yaml);
      return runInWorld(args, {
        env: () => setup.env,
        now: () => setup.now(),
        node: setup.node,
        envFile: setup.envFile,
        startBot: (settings, options) => startBot(settings, { ...options, clock: setup.clock }),
      });
    },
    async stop() {
      await Promise.all([slack.stop(), agents.stop()]);
      chmodSync(dataFolder, 0o700);
      rmSync(root, { recursive: true, force: true });
    },
  };
  return setup;
}
