/** Asks the agents API about a set-up, and changes nothing in it. */
import Anthropic from '@anthropic-ai/sdk';
import type { Clock } from '../../clock.ts';
import { createClient, inTime } from '../client.ts';
import { explain } from '../explain.ts';

export interface ExamineOptions {
  apiKey: string;
  /** The real API when null. */
  baseURL: string | null;
  agents: readonly { id: string; version: number | null }[];
  environments: readonly string[];
  vaults: readonly string[];
  clock: Clock;
}

export interface AgentsExamined {
  /** Why nothing could be asked, in a sentence; null: it answers. */
  refused: string | null;
  /** How far our clock is ahead of the API's, in ms; null: no answer said what time it is there. */
  aheadMs: number | null;
  agents: AgentExamined[];
  environments: EnvironmentExamined[];
  vaults: VaultExamined[];
}

/** Null where there is no such thing. */
export interface AgentExamined {
  id: string;
  /** The version that the settings stay at. */
  pinned: number | null;
  latest: AgentSeen | null;
  /** What sessions get: the pinned version, or the latest. */
  used: AgentSeen | null;
}

export interface AgentSeen {
  name: string;
  version: number;
  isArchived: boolean;
  toolsets: Toolset[];
  customTools: string[];
  servers: { name: string; url: string }[];
}

interface Toolset {
  /** The MCP server; null: the built-in tools. */
  server: string | null;
  usual: ToolSetting;
  /** Tools by name that are set otherwise. */
  tools: Record<string, ToolSetting>;
}

export interface ToolSetting {
  isEnabled: boolean;
  /** `always_allow`, `always_ask`, `auto`; the platform may add to them. */
  policy: string;
}

export interface EnvironmentExamined {
  id: string;
  seen: { name: string; isArchived: boolean; isHosted: boolean; network: Network | null } | null;
}

type Network = { type: 'unrestricted' } | { type: 'limited'; hosts: string[]; letsServersThrough: boolean };

interface VaultExamined {
  id: string;
  /** `urls`: the MCP servers that it has credentials for. */
  seen: { isArchived: boolean; urls: string[] } | null;
}

export async function examineAgents(options: ExamineOptions): Promise<AgentsExamined> {
  const { clock, agents, environments, vaults } = options;
  let aheadMs: number | null = null;
  const client = createClient({
    apiKey: options.apiKey,
    baseURL: options.baseURL ?? undefined,
    async fetch(...request) {
      const response = await fetch(...request);
      const there = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(there)) aheadMs = clock.now() - there;
      return response;
    },
  });
  const nothing = { agents: [], environments: [], vaults: [] };
  try {
    const [seenAgents, seenEnvironments, seenVaults] = await Promise.all([
      Promise.all(agents.map((agent) => examineAgent(client, agent))),
      Promise.all(environments.map((id) => examineEnvironment(client, id))),
      Promise.all(vaults.map((id) => examineVault(client, id))),
    ]);
    return { refused: null, aheadMs, agents: seenAgents, environments: seenEnvironments, vaults: seenVaults };
  } catch (error) {
    return { refused: explain(error, 'session').message, aheadMs, ...nothing };
  }
}

/** Null for what does not exist. */
async function seenOrNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Anthropic.NotFoundError) return null;
    throw error;
  }
}

async function examineAgent(
  client: Anthropic,
  { id, version }: { id: string; version: number | null },
): Promise<AgentExamined> {
  const ask = (params: { version?: number }) =>
    seenOrNull(async () =>
      describeAgent(await inTime((signal) => client.beta.agents.retrieve(id, params, { signal }))),
    );
  const latest = await ask({});
  const used = version === null || latest === null ? latest : await ask({ version });
  return { id, pinned: version, latest, used };
}

function describeAgent(agent: Anthropic.Beta.BetaManagedAgentsAgent): AgentSeen {
  return {
    name: agent.name,
    version: agent.version,
    isArchived: agent.archived_at !== null,
    toolsets: agent.tools.flatMap((tool) => (tool.type === 'custom' ? [] : [describeToolset(tool)])),
    customTools: agent.tools.flatMap((tool) => (tool.type === 'custom' ? [tool.name] : [])),
    servers: agent.mcp_servers.map(({ name, url }) => ({ name, url })),
  };
}

type AgentTool = Anthropic.Beta.BetaManagedAgentsAgent['tools'][number];

/** The typed answer is complete; samples in the documentation leave parts out, which then are the defaults. */
function describeToolset(toolset: Exclude<AgentTool, { type: 'custom' }>): Toolset {
  const server = toolset.type === 'mcp_toolset' ? toolset.mcp_server_name : null;
  const platform = { isEnabled: true, policy: server === null ? 'always_allow' : 'always_ask' };
  const usual = describeSetting(toolset.default_config, platform);
  const tools = (toolset.configs ?? []).map((one) => [one.name, describeSetting(one, usual)]);
  return { server, usual, tools: Object.fromEntries(tools) };
}

interface GivenSetting {
  enabled?: boolean | null;
  permission_policy?: { type: string } | null;
}

function describeSetting(given: GivenSetting | null | undefined, usual: ToolSetting): ToolSetting {
  return {
    isEnabled: given?.enabled ?? usual.isEnabled,
    policy: given?.permission_policy?.type ?? usual.policy,
  };
}

async function examineEnvironment(client: Anthropic, id: string): Promise<EnvironmentExamined> {
  const seen = await seenOrNull(async () => {
    const environment = await inTime((signal) => client.beta.environments.retrieve(id, {}, { signal }));
    const { name, archived_at, config } = environment;
    const isHosted = config.type === 'cloud';
    return { name, isArchived: archived_at !== null, isHosted, network: isHosted ? networkOf(config) : null };
  });
  return { id, seen };
}

function networkOf({ networking }: Anthropic.Beta.BetaCloudConfig): Network {
  if (networking.type === 'unrestricted') return { type: 'unrestricted' };
  return { type: 'limited', hosts: networking.allowed_hosts, letsServersThrough: networking.allow_mcp_servers };
}

async function examineVault(client: Anthropic, id: string): Promise<VaultExamined> {
  const seen = await seenOrNull(async () => {
    const { vaults } = client.beta;
    const vault = await inTime((signal) => vaults.retrieve(id, {}, { signal }));
    const urls: string[] = [];
    await inTime(async (signal) => {
      for await (const { auth, archived_at } of vaults.credentials.list(id, {}, { signal }))
        if ('mcp_server_url' in auth && archived_at === null) urls.push(auth.mcp_server_url);
    });
    return { isArchived: vault.archived_at !== null, urls };
  });
  return { id, seen };
}
