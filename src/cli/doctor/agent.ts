import type { AgentExamined, AgentsExamined, EnvironmentExamined } from '../../sessions/examine/examine.ts';
import { type Check, fine, type Item, problem, unknown, warning } from './item.ts';

/** The check, where the API was asked and answered. */
function whenAnswered(check: (agents: AgentsExamined) => Item[]): Check {
  return ({ agents }) => (agents === null || agents.refused !== null ? [] : check(agents));
}

export const reached: Check = ({ agents }) => {
  if (agents === null) return [unknown('The agents API', 'The settings do not say which agent to ask about.')];
  if (agents.refused === null) return [fine('The agents API answers, and takes the key.')];
  return [
    problem('agents-api', {
      says: agents.refused,
      why: 'Without it nobody gets an answer.',
      todo: 'Check ANTHROPIC_API_KEY (platform.claude.com → API keys), the network, and ANTHROPIC_BASE_URL if it is set.',
    }),
  ];
};

export const agents: Check = whenAnswered((examined) => examined.agents.flatMap(checkAgent));

function checkAgent({ id, pinned, latest, used }: AgentExamined): Item[] {
  if (latest === null) {
    return [
      problem('agent-missing', {
        says: `There is no agent ${id} in the workspace of the API key.`,
        why: 'No session can be made, so nobody gets an answer.',
        todo: 'Take the id from platform.claude.com → Agents, and the key from the same workspace.',
      }),
    ];
  }
  if (latest.isArchived) {
    return [
      problem('agent-archived', {
        says: `The agent ${latest.name} (${id}) is archived.`,
        why: 'An archived agent gets no new sessions, and cannot be brought back.',
        todo: 'Make another agent, and put its id into the settings.',
      }),
    ];
  }
  if (used === null) {
    return [
      problem('agent-version', {
        says: `The agent ${latest.name} (${id}) has no version ${pinned}.`,
        why: 'No session can be made with it.',
        todo: `Stay at a version that exists (the latest is ${latest.version}), or name none.`,
      }),
    ];
  }
  const behind = used.version < latest.version ? `, pinned; the latest is ${latest.version}` : '';
  return [fine(`The agent is ${used.name}, version ${used.version}${behind}.`)];
}

export const environments: Check = whenAnswered((examined) =>
  examined.environments.flatMap((one) => checkEnvironment(one, serversOf(examined))),
);

function checkEnvironment({ id, seen }: EnvironmentExamined, servers: Server[]): Item[] {
  if (seen === null || seen.isArchived) {
    const code = seen === null ? 'environment-missing' : 'environment-archived';
    return [
      problem(code, {
        says:
          seen === null
            ? `There is no environment ${id} in the workspace of the API key.`
            : `The environment ${seen.name} (${id}) is archived.`,
        why: 'No session can be made in it, so nobody gets an answer.',
        todo: 'Take the id of another from platform.claude.com → Environments.',
      }),
    ];
  }
  if (!seen.isHosted) {
    return [
      problem('environment-self-hosted', {
        says: `The environment ${seen.name} is self-hosted.`,
        why: 'Its tools wait for a worker of yours, and files do not come out of it.',
        todo: 'Use an environment of type cloud.',
      }),
    ];
  }
  const items = [...checkNetwork(seen), ...checkServersReached(seen, servers)];
  return items.length > 0 ? items : [fine(`The environment is ${seen.name}; its network is limited.`)];
}

type Seen = NonNullable<EnvironmentExamined['seen']>;

function checkNetwork({ name, network }: Seen): Item[] {
  if (network?.type !== 'unrestricted') return [];
  return [
    warning('network-open', {
      says: `The sandbox of the environment ${name} may reach the whole internet.`,
      why: 'A prompt in a file or on a page can make the agent send what it knows anywhere.',
      todo: 'Set its networking to limited, with the hosts that the agent needs.',
    }),
  ];
}

function checkServersReached({ name, network }: Seen, servers: Server[]): Item[] {
  if (network?.type !== 'limited' || network.letsServersThrough) return [];
  const cut = servers.filter(({ url }) => !network.hosts.some((pattern) => isHost(pattern, hostOf(url))));
  return cut.map((server) =>
    warning('mcp-cut-off', {
      says: `The environment ${name} does not let the MCP server ${server.name} through.`,
      why: 'Its network is limited, without allow_mcp_servers, and the host is not among those allowed.',
      todo: 'Set allow_mcp_servers in the environment, or add the host.',
    }),
  );
}

function isHost(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}

interface Server {
  name: string;
  url: string;
}

function serversOf({ agents: all }: AgentsExamined): Server[] {
  const servers = all.flatMap(({ used }) => used?.servers ?? []);
  return [...new Map(servers.map((one) => [one.name, one])).values()];
}

export const vaults: Check = whenAnswered((examined) =>
  examined.vaults.flatMap(({ id, seen }) => {
    if (seen !== null && !seen.isArchived) return [];
    return [
      problem(seen === null ? 'vault-missing' : 'vault-archived', {
        says: seen === null ? `There is no vault ${id}.` : `The vault ${id} is archived.`,
        why: 'No session can be made with it, or it has no credentials then.',
        todo: 'Take the id of another from platform.claude.com → Vaults, or take it out of the settings.',
      }),
    ];
  }),
);

export const servers: Check = whenAnswered((examined) => {
  const known = examined.vaults.flatMap(({ seen }) => (seen === null || seen.isArchived ? [] : seen.urls.map(normal)));
  const all = serversOf(examined);
  const lacking = all.filter(({ url }) => !known.includes(normal(url)));
  if (lacking.length === 0) return all.length === 0 ? [] : [fine('Every MCP server of the agent has credentials.')];
  return lacking.map(({ name, url }) =>
    warning('mcp-without-credentials', {
      says: `No vault of the settings has a credential for the MCP server ${name} (${url}).`,
      why: 'Unless the server lets anybody in, its tools fail in every session.',
      todo: 'Add a credential for exactly this URL to a vault, and name the vault in DRAWBRIDGE_VAULT_IDS or bridge.yaml.',
    }),
  );
});

/** As the platform compares them. */
function normal(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}${search}`;
}
