import { compilePolicy } from '../../gate/policy/compile.ts';
import { listOf } from '../../gate/policy/list-of.ts';
import type { Rule, Tool } from '../../gate/policy/policy.ts';
import type { GateSection, RuleSection } from '../../gate/policy/schema.ts';
import type { AgentSeen, ToolSetting } from '../../sessions/examine/examine.ts';
import { counted } from '../counted.ts';
import { type Check, fine, type Item, problem, warning } from './item.ts';

export const policy: Check = ({ policy: compiled, policyFindings }) => {
  if (policyFindings.length > 0) {
    return policyFindings.map((says) =>
      problem('policy', {
        says,
        why: 'A policy that cannot hold protects nothing, so Drawbridge does not start with it.',
        todo: 'Change it there, and try it with `drawbridge policy test`.',
      }),
    );
  }
  const count = compiled?.rules.length ?? 0;
  return compiled === null
    ? []
    : [
        fine(
          count === 0
            ? 'The policy has no rules: all that asks is asked.'
            : `The policy holds: ${counted(count, 'rule', 'rules')}.`,
        ),
      ];
};

export const budget: Check = ({ policy: compiled }) => {
  if (compiled === null) return [];
  const { threadCents, personPerDayCents, channelPerDayCents } = compiled.budget;
  if (threadCents !== null) return [fine(`A session may cost $${(threadCents / 100).toFixed(2)}.`)];
  const others = personPerDayCents !== null || channelPerDayCents !== null;
  return [
    warning('budget-unset', {
      says: 'No session has a budget.',
      why: others
        ? 'The caps per day are looked at between turns: one turn that runs away is not stopped by them.'
        : 'Nothing stops a session that runs away, and a budget cannot be given to it later.',
      todo: 'Set gate.budget.thread in bridge.yaml, in dollars.',
    }),
  ];
};

/** Rules that ask people, or deny, count for nothing where the agent lets its tool run without asking. */
export const reach: Check = ({ policy: compiled, agents }) => {
  if (compiled === null || agents === null || agents.refused !== null) return [];
  const used = agents.agents.flatMap((agent) => agent.used ?? []);
  const items = used.flatMap((agent) => [
    ...strictRules(compiled.section).flatMap((rule) => whyUnreached(rule, agent)),
    ...whyNobodyIsAsked(agent, compiled.section),
  ]);
  return items.length > 0 || used.length === 0 ? items : [fine('What the policy is about comes to the gate.')];
};

interface StrictRule {
  written: RuleSection;
  /** It, with what only a call can tell left out. */
  compiled: Rule;
}

function strictRules({ rules = [] }: GateSection): StrictRule[] {
  return rules
    .filter((rule) => rule.then !== 'allow')
    .flatMap((written) => {
      const { channel: _channel, requester: _requester, input: _input, ...match } = written.match;
      const [compiled] = compilePolicy({ rules: [{ ...written, match }] }).rules;
      return compiled ? [{ written, compiled }] : [];
    });
}

interface Reachable {
  tool: Tool;
  setting: ToolSetting;
}

const BUILT_IN = ['bash', 'read', 'write', 'edit', 'glob', 'grep', 'web_fetch', 'web_search'];

/** The tools of an agent that a rule may be about; custom ones always come to the gate and are left out. */
function toolsOf({ toolsets }: AgentSeen, { match }: RuleSection): Reachable[] {
  const isOfServers = match.server !== undefined || (match.kind !== undefined && listOf(match.kind).includes('mcp'));
  const named = listOf(match.tool ?? '*').filter((name) => isOfServers || !BUILT_IN.includes(name));
  return toolsets
    .flatMap(({ server, usual, tools }): Reachable[] => {
      // Nobody tells what tools a server has: those that somebody named. A pattern is a name that fits itself.
      const names = server === null ? BUILT_IN : [...new Set([...Object.keys(tools), ...named])];
      const kind = server === null ? 'built-in' : 'mcp';
      return names.map((name) => ({
        tool: { kind, name, ...(server === null ? {} : { server }) },
        setting: tools[name] ?? usual,
      }));
    })
    .filter(({ setting }) => setting.isEnabled);
}

function whyUnreached({ written, compiled }: StrictRule, agent: AgentSeen): Item[] {
  const about = toolsOf(agent, written).filter(({ tool }) =>
    compiled.fits({ tool, channel: '', requesters: [], base: 'ask', groupsOf: new Map() }),
  );
  const silent = about.filter(({ setting }) => setting.policy !== 'always_ask');
  if (silent.length === 0) return [];
  const does = written.then === 'deny' ? 'denies' : 'asks people about';
  const names = [...new Set(silent.map(({ tool }) => label(tool)))].join(', ');
  const isIdle = silent.length === about.length && !mayBeCustom(written);
  const is = isIdle ? problem : warning;
  return [
    is(isIdle ? 'rule-unreached' : 'rule-partly-unreached', {
      says: `The rule "${written.name}" ${does} ${names}, and the agent ${agent.name} runs ${silent.length === 1 ? 'it' : 'them'} without asking.`,
      why: 'Only calls that wait for people come to the gate, so the rule does nothing there.',
      todo: `Set the permission of ${names} to always_ask in the agent (agents in bridge.yaml, and drawbridge apply).`,
    }),
  ];
}

function label({ name, server }: Tool): string {
  return server === undefined ? name : `${server} · ${name}`;
}

function mayBeCustom({ match: { kind, server, tool } }: RuleSection): boolean {
  if (server !== undefined || (kind !== undefined && !listOf(kind).includes('custom'))) return false;
  return tool === undefined || listOf(tool).some((name) => !BUILT_IN.includes(name));
}

/** The terms of asking are written down, and nothing of the agent ever asks. */
function whyNobodyIsAsked({ name, toolsets, customTools }: AgentSeen, { defaults, rules = [] }: GateSection): Item[] {
  const asks = toolsets.some(({ usual, tools }) =>
    [usual, ...Object.values(tools)].some(({ isEnabled, policy: one }) => isEnabled && one === 'always_ask'),
  );
  if (defaults === undefined || asks || customTools.length > 0 || rules.some((rule) => rule.then !== 'allow'))
    return [];
  return [
    warning('nobody-asked', {
      says: `The policy says how people are asked, and no tool of the agent ${name} ever asks.`,
      why: 'Every tool of it is set to run without asking, so no question comes to the gate.',
      todo: 'Set the tools that need people to always_ask in the agent.',
    }),
  ];
}
