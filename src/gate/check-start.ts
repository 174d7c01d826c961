import type { Directory, Tools } from '../thread/gate-ports.ts';
import { checkPolicy } from './policy/check.ts';
import type { Policy } from './policy/policy.ts';
import { userGroups } from './policy/user-groups.ts';

/** The policy cannot hold: it names what is not there. The message says where, and what to do. */
export class PolicyError extends Error {
  readonly code = 'policy';

  constructor(problems: readonly string[]) {
    super(`The policy in bridge.yaml cannot hold:${problems.map((problem) => `\n  - ${problem}`).join('')}`);
    this.name = 'PolicyError';
  }
}

/** Holds the policy against what only a running bot knows: its tools, and Slack's user groups. Rejects with a PolicyError. */
export async function checkStart(
  { section }: Policy,
  { tools, directory }: { tools: Tools; directory: Directory },
): Promise<void> {
  const findings = checkPolicy(section, { customTools: tools.names() });
  const problems = findings.map(({ path, message }) => `gate.${path.join('.')} ${message}`);
  const named = userGroups(section);
  const reasons = new Map<string, string | null>();
  // Slack takes few of these calls: once for each group, however often it is named.
  for (const id of new Set(named.map(({ id }) => id))) reasons.set(id, await whyUnknown(id, directory));
  for (const { id, path } of named) {
    const reason = reasons.get(id) ?? null;
    if (reason === null) continue;
    problems.push(
      `gate.${path.join('.')}: Slack does not tell who is in the user group ${id} (${reason}). Check the id, and that the app has the scope usergroups:read; if Slack was out of reach, start again`,
    );
  }
  if (problems.length > 0) throw new PolicyError(problems);
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
