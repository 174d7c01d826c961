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
  for (const { id, path } of userGroups(section)) {
    const reason = await directory.group(id).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (reason === null) continue;
    problems.push(
      `gate.${path.join('.')}: Slack does not tell who is in the user group ${id} (${reason}). Check the id, and that the app has the scope usergroups:read`,
    );
  }
  if (problems.length > 0) throw new PolicyError(problems);
}
