import { judge } from '../gate/policy/judge.ts';
import { judgeBlind, type Unknown } from '../gate/policy/judge-blind.ts';
import type { Call, Policy, Tool, Verdict } from '../gate/policy/policy.ts';
import { requesterGroups } from '../gate/policy/user-groups.ts';

/** A tool call as far as it is known outside of Slack. */
export interface KnownCall extends Pick<Call, 'channel' | 'requesters' | 'base'> {
  tool: Tool;
  /** Undefined: not known. */
  input: Record<string, unknown> | undefined;
}

export type Judged = Verdict | Unknown;

/** What the policy says of it; `unknown` when that takes the input, and there is none. */
export function judgeCall(policy: Policy, { tool, input, ...facts }: KnownCall): Judged {
  // Only Slack knows who is in its user groups.
  const call = { ...facts, groupsOf: new Map<string, string[]>() };
  return input === undefined
    ? judgeBlind(policy, { ...call, tool })
    : judge(policy, { ...call, tool: { ...tool, input } });
}

/** What is to be said about every verdict of this policy; mostly nothing. */
export function caveat({ section }: Policy): string {
  const groups = requesterGroups(section);
  if (groups.length === 0) return '';
  return (
    `Only Slack knows who is in ${groups.join(', ')}. Here a rule with such requesters allows nothing,\n` +
    'and it asks or denies as if everybody were in them.\n'
  );
}

/** The rules a verdict comes from, or would. */
export function rulesOf(judged: Judged): string {
  return judged.rules.join(' + ') || '-';
}

/** A call in a line: `github:create_issue {"title":"…"}`. No line shows more of it, so no more is kept. */
export function nameCall({ tool, input }: Pick<KnownCall, 'tool' | 'input'>): string {
  const name = tool.server === undefined ? tool.name : `${tool.server}:${tool.name}`;
  return input === undefined ? name : `${name} ${JSON.stringify(input).slice(0, MOST_SHOWN)}`;
}

const MOST_SHOWN = 200;
