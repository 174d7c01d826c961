import { audienceOf, type Groups, idsOf, isUserGroup } from './audience.ts';
import { centsOf } from './dollars.ts';
import { durationMs } from './duration.ts';
import { globMatches } from './glob.ts';
import { inputMatcher } from './input-matcher.ts';
import { listOf } from './list-of.ts';
import type { BudgetPolicy, Policy, Rule, Tool } from './policy.ts';
import type { GateSection, MatchSection, RuleSection } from './schema.ts';
import { compileTerms, fillTerms } from './terms.ts';

/** The policy of a section that `checkPolicy` finds nothing wrong with; otherwise it may throw. */
export function compilePolicy(section: GateSection = {}): Policy {
  const groups = section.groups ?? {};
  return {
    section,
    defaults: compileTerms(fillTerms({}, section.defaults), groups),
    rules: (section.rules ?? []).map((rule) => compileRule(rule, section)),
    budget: compileBudget(section.budget ?? {}, groups),
    askUser: {
      remindAfterMs: (section.ask_user?.remind ?? []).map(durationMs).sort((a, b) => a - b),
      expireAfterMs: durationMs(section.ask_user?.expire ?? '24h'),
    },
    audit: { content: section.audit?.content ?? false },
  };
}

function compileRule(rule: RuleSection, { groups = {}, defaults }: GateSection): Rule {
  const { channel, input, requester } = rule.match;
  const fitsTool = toolMatcher(rule.match, rule.then);
  const fitsChannel = channel === undefined ? () => true : (id: string) => listOf(channel).includes(id);
  const fitsPeople = requester === undefined ? null : requesterMatcher(idsOf(listOf(requester), groups), rule.then);
  return {
    name: rule.name,
    verdict: rule.then,
    reason: rule.reason ?? null,
    terms: compileTerms(fillTerms(rule, defaults), groups),
    readsInput: input !== undefined,
    fits: (call) => fitsTool(call.tool) && fitsChannel(call.channel) && (fitsPeople?.(call) ?? true),
    fitsInput: input === undefined ? () => true : inputMatcher(input, rule.then),
  };
}

function toolMatcher({ tool, server, kind }: MatchSection, then: RuleSection['then']) {
  const fits = (globs: string | string[] | undefined, name: string) =>
    globs === undefined || listOf(globs).some((glob) => globMatches(glob, name));
  // An MCP server nobody has named may be any.
  const fitsServer = (one: Tool) =>
    one.server === undefined ? one.kind === 'mcp' && then !== 'allow' : fits(server, one.server);
  return (one: Tool): boolean =>
    (kind === undefined || listOf(kind).includes(one.kind)) &&
    fits(tool, one.name) &&
    (server === undefined || fitsServer(one));
}

type Requesters = Pick<Parameters<Rule['fits']>[0], 'requesters' | 'groupsOf'>;

/** `allow`: all of them are known to be named. `ask`, `deny`: one of them may be. */
function requesterMatcher(ids: readonly string[], then: RuleSection['then']) {
  const userGroups = ids.filter(isUserGroup);
  return ({ requesters, groupsOf }: Requesters): boolean => {
    const isNamed = (user: string) => ids.includes(user) || userGroups.some((id) => groupsOf.get(id)?.includes(user));
    if (then === 'allow') return requesters.length > 0 && requesters.every(isNamed);
    const isUnsure = userGroups.some((id) => !groupsOf.has(id));
    return requesters.some((user) => isUnsure || isNamed(user));
  };
}

function compileBudget(budget: NonNullable<GateSection['budget']>, groups: Groups): BudgetPolicy {
  const cap = (dollars: number | string | undefined) => (dollars === undefined ? null : centsOf(dollars));
  return {
    threadCents: cap(budget.thread),
    personPerDayCents: cap(budget.person_per_day),
    channelPerDayCents: cap(budget.channel_per_day),
    raiseByCents: (budget.raise_by ?? [1, 5]).map(centsOf),
    raisers: audienceOf(budget.raisers ?? ['members'], { groups, requesterMayApprove: true }),
  };
}
