import type { SessionAgent } from './session.ts';

export interface Permission {
  /** `allow`, `ask`, `deny`; the platform may add to them. */
  evaluated_permission: string;
  evaluation: { type: string; evaluated_permission?: { type: string; reason_code?: string } };
}

interface Toolset {
  type?: unknown;
  mcp_server_name?: unknown;
  default_config?: ToolConfig | null;
  configs?: ToolConfig[] | null;
}
interface ToolConfig {
  name?: string;
  permission_policy?: { type?: string };
}

/** What the session's agent says about a call: the tool's own config, else the toolset's default, else the built-in one. */
export function evaluatePermission(
  agent: SessionAgent,
  call: { name: string; server?: string },
  override?: 'allow' | 'ask' | 'deny',
): Permission {
  const policy = override === undefined ? policyOf(agent, call) : OVERRIDES[override];
  if (policy === 'always_ask') return { evaluated_permission: 'ask', evaluation: { type: 'always_ask' } };
  if (policy === 'deny') return { evaluated_permission: 'deny', evaluation: DENIED };
  if (policy === 'auto') return { evaluated_permission: 'allow', evaluation: HARMLESS };
  return { evaluated_permission: 'allow', evaluation: { type: 'always_allow' } };
}

// Only the automatic policy denies by itself.
const DENIED = { type: 'auto', evaluated_permission: { type: 'deny', reason_code: 'high_risk' } };

const HARMLESS = { type: 'auto', evaluated_permission: { type: 'allow' } };

/** What no client has heard of yet: the call waits for people all the same. */
export const UNKNOWN_PERMISSION: Permission = {
  evaluated_permission: 'escalate',
  evaluation: { type: 'committee', evaluated_permission: { type: 'escalate' } },
};

const OVERRIDES = { allow: 'always_allow', ask: 'always_ask', deny: 'deny' } as const;

function policyOf(agent: SessionAgent, call: { name: string; server?: string }): string {
  const toolset = (agent.tools as Toolset[]).find((set) =>
    call.server === undefined
      ? set.type === 'agent_toolset_20260401'
      : set.type === 'mcp_toolset' && set.mcp_server_name === call.server,
  );
  const config = toolset?.configs?.find((entry) => entry.name === call.name);
  const chosen = config?.permission_policy?.type ?? toolset?.default_config?.permission_policy?.type;
  return chosen ?? (toolset?.type === 'mcp_toolset' ? 'always_ask' : 'always_allow');
}
