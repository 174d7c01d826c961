import type { Directory, Tools } from '../thread/gate-ports.ts';
import { checkPolicy } from './policy/check.ts';
import type { Finding } from './policy/finding.ts';
import type { Policy } from './policy/policy.ts';
import { userGroups } from './policy/user-groups.ts';

/** The policy cannot hold: it names what is not there. The message says where, and what to do. */
export class PolicyError extends Error {
  readonly code = 'policy';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const problems = findings.map(({ path, message }) => `\n  - gate.${path.join('.')} ${message}`);
    super(`The policy in bridge.yaml cannot hold:${problems.join('')}`);
    this.name = 'PolicyError';
    this.findings = findings;
  }
}

/** Holds the policy against what only a running bot knows: its tools, and Slack's user groups. Rejects with a PolicyError. */
export async function checkStart(
  { section }: Policy,
  { tools, directory }: { tools: Tools; directory: Directory },
): Promise<void> {
  const findings = checkPolicy(section, { customTools: tools.names() });
  const named = userGroups(section);
  const reasons = new Map<string, string | null>();
  // Slack takes few of these calls: once for each group, however often it is named.
  for (const id of new Set(named.map(({ id }) => id))) reasons.set(id, await whyUnknown(id, directory));
  for (const { id, path } of named) {
    const reason = reasons.get(id) ?? null;
    if (reason === null) continue;
    const message = `names a user group that Slack does not tell of: ${id} (${reason}). Check the id, and that the app has the scope usergroups:read; if Slack was out of reach, start again`;
    findings.push({ path, key: false, message });
  }
  if (findings.length > 0) throw new PolicyError(findings);
}

/** Null when Slack tells who is in the group. */
async function whyUnknown(group: string, directory: Directory): Promise<string | null> {
  try {
    await directory.group(group);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
