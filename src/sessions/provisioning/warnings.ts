import { teamOf } from './check.ts';
import type { Declarations } from './declarations.ts';

/** What is allowed and probably not meant, in sentences. `ownTools`: those of the operator's folder, by name. */
export function warningsOf(declared: Declarations, ownTools: readonly string[]): string[] {
  return [...unusedTools(declared, ownTools), ...unusedAgents(declared), ...closedServers(declared)];
}

/** Those that come with Drawbridge are there for whoever wants them. */
function unusedTools({ agents = {} }: Declarations, ownTools: readonly string[]): string[] {
  const used = new Set(Object.values(agents).flatMap(({ custom_tools: tools = [] }) => tools));
  const isForeign = Object.values(agents).some(({ id }) => id !== undefined);
  if (isForeign) return [];
  return ownTools
    .filter((name) => !used.has(name))
    .map((name) => `The tool ${name} is in code, and no agent has it: add it to custom_tools of one, or take it away.`);
}

function unusedAgents({ agents = {}, routing }: Declarations): string[] {
  const names = Object.keys(agents);
  if (names.length < 2) return [];
  const targets = [routing?.default ?? {}, ...(routing?.routes ?? [])];
  const used = new Set([...targets.map(({ agent }) => agent), ...Object.values(agents).flatMap(teamOf)]);
  return names
    .filter((name) => !used.has(name))
    .map((name) => `agents.${name} serves no thread: give it a route, or take it away.`);
}

/** An agent whose servers the environment it runs in does not let it reach. */
function closedServers({ agents = {}, environments = {}, routing }: Declarations): string[] {
  const only = (entries: object) => (Object.keys(entries).length === 1 ? Object.keys(entries)[0] : undefined);
  const usual = { agent: only(agents), environment: only(environments), ...routing?.default };
  const pairs = [usual, ...(routing?.routes ?? [])].map(({ agent = usual.agent, environment = usual.environment }) => ({
    agent: agent ?? '',
    environment: environment ?? '',
  }));
  const sentences = pairs
    .filter(({ agent, environment }) => {
      const networking = environments[environment]?.networking ?? {};
      const isOurs = environments[environment] !== undefined && environments[environment].id === undefined;
      const isOpen = networking === 'unrestricted' || networking.allow_mcp_servers === true;
      return isOurs && !isOpen && Object.keys(agents[agent]?.mcp_servers ?? {}).length > 0;
    })
    .map(
      ({ agent, environment }) =>
        `agents.${agent} has MCP servers that environments.${environment} does not let it reach: add allow_mcp_servers: true.`,
    );
  return [...new Set(sentences)];
}
