import { describeCall } from '../thread/describe-call.ts';
import type { Directory, Person, PersonTool, Tool, Tools } from '../thread/gate-ports.ts';
import { parseThreadId } from '../thread/ids.ts';
import type { Answer, BudgetSubject, Question, ToolSubject } from '../thread/question.ts';
import { hashInput } from './audit/hash.ts';
import { endOfDay } from './budgets.ts';
import type { Grants } from './grants.ts';
import { mayDecide } from './may-decide.ts';
import { judge } from './policy/judge.ts';
import type { Policy, Verdict } from './policy/policy.ts';
import { requesterGroups } from './policy/user-groups.ts';
import { idOf, type QuestionRecord, type RecordBody } from './record.ts';
import { excerptOf, showInput } from './shown/show-input.ts';

export interface DraftDeps {
  policy: Policy;
  tools: Tools;
  grants: Grants;
  directory: Directory;
}

/** The first record of a question, and by which rule it came about. Rejects when Slack cannot say what is needed. */
export interface Draft {
  record: QuestionRecord;
  verdict: Verdict['verdict'];
  rule: string | null;
}

export async function draft(question: Question, { now, ...deps }: DraftDeps & { now: number }): Promise<Draft> {
  const { subject } = question;
  return subject.type === 'budget'
    ? draftBudget({ question, subject, now }, deps)
    : draftCall({ question, subject, now }, deps);
}

interface Asked<Subject> {
  question: Question;
  subject: Subject;
  now: number;
}

function draftBudget({ question, subject, now }: Asked<BudgetSubject>, { policy }: DraftDeps): Draft {
  const { raiseByCents, raisers } = policy.budget;
  const body: RecordBody = { type: 'budget', stepsCents: raiseByCents };
  const record = { ...blank(question, { body, now, policy }), expiresAt: endOfDay(subject) };
  return {
    record: { ...record, terms: { ...record.terms, audience: raisers, quorum: 1 } },
    verdict: 'ask',
    rule: null,
  };
}

async function draftCall(asked: Asked<ToolSubject>, deps: DraftDeps): Promise<Draft> {
  const { question, subject, now } = asked;
  const { policy, tools } = deps;
  const body = bodyOf(subject);
  if (body === null) {
    // What has no canonical form cannot be kept either.
    const kept = { ...question, subject: { ...subject, tool: { ...subject.tool, input: {} } } };
    const record = blank(kept, { body: NOT_SHOWN, now, policy });
    return quiet(record, denial(subject, 'The input cannot be shown to people, so it cannot be approved.'), null);
  }
  const record = blank(question, { body, now, policy });
  const { tool } = subject;
  const ours = tool.kind === 'custom' ? tools.find(tool.name) : undefined;
  if (tool.kind === 'custom' && !ours) return quiet(record, unknownTool(tool.name, tools), null);
  const problem = ours?.check(tool.input) ?? null;
  if (problem !== null) return quiet(record, failed(`The input is not valid: ${problem}`), null);

  const verdict = await judgeCall(asked, { ...deps, ours });
  const { rule, terms } = verdict;
  if (verdict.verdict === 'deny') {
    return quiet(record, denial(subject, verdict.reason ?? 'The policy here does not allow this.'), verdict);
  }
  if (ours?.type === 'person') return draftForm(record, { tool: ours, input: tool.input, rule, now }, deps);
  if (verdict.verdict === 'allow') return allowed({ ...record, rule }, ours);
  const asking = { ...record, rule, terms, expiresAt: now + terms.expireAfterMs };
  const grant = terms.offersThread ? await deps.grants.find(question.thread, { tool, rule }) : null;
  // Whoever gave it must be one who may decide this very call now: not its requester, say, and nobody who has left.
  if (grant && 'person' in (await mayDecide(asking, grant.by, deps.directory)))
    return allowed({ ...record, rule: `${rule ?? 'no rule'}, approved for this thread by ${grant.by}` }, ours);
  return { record: asking, verdict: 'ask', rule };
}

async function judgeCall(
  { question, subject }: Asked<ToolSubject>,
  { policy, directory, ours }: DraftDeps & { ours: Tool | undefined },
): Promise<Verdict> {
  const { thread, requesters } = question;
  const groupsOf = new Map<string, readonly string[]>();
  for (const group of requesterGroups(policy.section)) {
    // A group that Slack cannot tell of keeps no `allow` and escapes no `ask` or `deny`.
    const members = await directory.group(group).catch(() => null);
    if (members) groupsOf.set(group, members);
  }
  const { channel } = parseThreadId(thread);
  return judge(policy, { tool: subject.tool, channel, requesters, base: baseOf(ours), groupsOf });
}

/** What the agent asks permission for, people must allow; a tool of ours says it itself, and asking people is one. */
function baseOf(ours: Tool | undefined): 'ask' | 'allow' {
  if (ours?.type === 'person') return 'allow';
  return ours?.people ?? 'ask';
}

async function draftForm(
  record: QuestionRecord,
  { tool, input, rule, now }: { tool: PersonTool; input: unknown; rule: string | null; now: number },
  { policy, directory }: DraftDeps,
): Promise<Draft> {
  const { question, form, buttons, person: wanted } = tool.ask(input);
  const person = await personFor(record.question, { wanted, directory });
  if (typeof person === 'string') return quiet(record, failed(person), null);
  const { remindAfterMs, expireAfterMs } = policy.askUser;
  const audience = { users: [person.id], groups: [], members: false, requesters: false, notRequesters: false };
  return {
    record: {
      ...record,
      rule,
      body: { type: 'form', question, form, buttons, person: person.id },
      terms: { ...record.terms, audience, quorum: 1, onExpiry: 'deny', remindAfterMs, escalate: [] },
      expiresAt: now + expireAfterMs,
    },
    verdict: 'ask',
    rule,
  };
}

/** Whom to ask, or in words for the agent why nobody can be asked. */
async function personFor(
  { thread, requesters }: Question,
  { wanted, directory }: { wanted: string | null; directory: Directory },
): Promise<Person | string> {
  if (wanted === null) return requesterOf(requesters, directory);
  const [person, ...others] = (await directory.find(wanted)).filter(({ standing }) => standing === 'member');
  if (!person) return `There is no full member of this workspace called ${JSON.stringify(wanted)} to ask.`;
  if (others.length > 0) {
    const names = [person, ...others].map(called).join(', ');
    return `Several people are called ${JSON.stringify(wanted)}: ${names}. Ask again with the id of one.`;
  }
  if (await directory.isMember(parseThreadId(thread).channel, person.id)) return person;
  return `${called(person)} is not in this conversation, so they would not see the question. Ask somebody who is.`;
}

async function requesterOf([requester]: string[], directory: Directory): Promise<Person | string> {
  if (requester === undefined) return 'Nobody in Slack asked for this, so name the person to ask.';
  const person = await directory.person(requester);
  if (person.standing === 'member') return person;
  return `${called(person)}, whom you work for, is no full member of this workspace and cannot be asked. Name somebody who is.`;
}

function called({ name, id }: Person): string {
  return `${name} (${id})`;
}

function blank(
  question: Question,
  { body, now, policy }: { body: RecordBody; now: number; policy: Policy },
): QuestionRecord {
  return {
    id: idOf(question),
    question,
    askedAt: now,
    body,
    state: 'open',
    isQuiet: false,
    rule: null,
    terms: { ...policy.defaults, remindAfterMs: [], escalate: [] },
    expiresAt: null,
    approvals: [],
    openedBy: [],
    nudges: [],
    answer: null,
    outcome: null,
  };
}

/** Answered without asking anybody. */
function quiet(record: QuestionRecord, answer: Answer, verdict: Verdict | null): Draft {
  const rule = verdict?.rule ?? null;
  return { record: { ...record, rule, state: 'decided', isQuiet: true, answer }, verdict: 'deny', rule };
}

function allowed(record: QuestionRecord, ours: Tool | undefined): Draft {
  const { rule } = record;
  const quietly = { ...record, isQuiet: true };
  if (ours) return { record: { ...quietly, state: 'approved' }, verdict: 'allow', rule };
  return {
    record: { ...quietly, state: 'decided', answer: { type: 'confirmation', allow: true } },
    verdict: 'allow',
    rule,
  };
}

const NOT_SHOWN: RecordBody = {
  type: 'tool',
  title: '',
  excerpt: { format: 'text', text: '' },
  isCut: true,
  masked: 0,
  hash: '',
};

/** Null for an input that has no canonical form, such as one nested thousands deep. */
function bodyOf({ tool }: ToolSubject): RecordBody | null {
  try {
    const { masked, ...shown } = showInput(tool);
    return { type: 'tool', title: describeCall(tool), masked, ...excerptOf(shown), hash: hashInput(tool.input) };
  } catch {
    return null;
  }
}

function unknownTool(name: string, tools: Tools): Answer {
  const names = tools.names().join(', ');
  return failed(`There is no tool called ${JSON.stringify(name)} here. ${names ? `There are: ${names}.` : ''}`.trim());
}

function failed(text: string): Answer {
  return { type: 'result', text, isError: true };
}

/** A refusal in the form that this kind of call takes. */
export function denial({ tool }: Pick<ToolSubject, 'tool'>, message: string): Answer {
  return tool.kind === 'custom' ? failed(message) : { type: 'confirmation', allow: false, message };
}
