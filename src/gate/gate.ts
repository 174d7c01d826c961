/**
 * The gate: people decide what the agent may do. It keeps one record per question, whose way leads from `open` to
 * `closed`; the conductor considers it, people decide it at the desk, and both do so in turn.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Audit, AuditEntry, Desk, Directory, Gate, Registry, Tools, Workspace } from '../thread/gate-ports.ts';
import type { ThreadId } from '../thread/ids.ts';
import { createTurns } from '../thread/in-turn.ts';
import type { Input } from '../thread/input.ts';
import { maskValue } from '../thread/mask.ts';
import type { Dispatcher } from '../thread/ports.ts';
import type {
  Answer,
  Approval,
  BudgetSubject,
  Choice,
  Question,
  QuestionId,
  Shown,
  Standing,
} from '../thread/question.ts';
import { hashInput, hashText } from './audit/hash.ts';
import { createBudgets, endOfDay } from './budgets.ts';
import { cardOf } from './card-of.ts';
import { type Chosen, choose, expire, outcomeOf } from './choose.ts';
import { draft } from './draft.ts';
import { dueAt, isExpired, noteDue } from './due.ts';
import { createGrants } from './grants.ts';
import { masked } from './masked.ts';
import { mayDecide, refused } from './may-decide.ts';
import type { Policy } from './policy/policy.ts';
import { createRecords, idOf, type QuestionRecord } from './record.ts';
import { createRunner } from './run-tools.ts';
import { showInput } from './shown/show-input.ts';

export interface GateDeps {
  policy: Policy;
  tools: Tools;
  directory: Directory;
  workspace: Workspace;
  questions: Registry;
  grants: Registry;
  spending: Registry;
  audit: Audit;
  dispatcher: Dispatcher;
  clock: Clock;
  log: Logger;
}

export interface OpenGate {
  gate: Gate;
  desk: Desk;
  /** Lets go of the tools that run. */
  stop(): Promise<void>;
}

export function createGate(deps: GateDeps): OpenGate {
  const { policy, tools, directory, workspace, audit, dispatcher, clock, log } = deps;
  const records = createRecords(deps.questions);
  const grants = createGrants(deps.grants);
  const budgets = createBudgets(deps.spending, policy.budget);
  const inTurn = createTurns<QuestionId>();
  /** Whoever reads a long input turns page after page of it, and masking it takes a while. */
  let lastShown: { id: QuestionId; shown: Shown } | null = null;
  const runner = createRunner({
    workspace,
    directory,
    clock,
    log,
    onDone: (id, result) =>
      inTurn(id, async () => {
        const record = await records.load(id);
        if (record?.state !== 'running') return;
        await dispatcher.wakeAfter(record.question.thread, () => keep({ ...record, state: 'decided', answer: result }));
      }),
  });

  const keep = async (record: QuestionRecord) => {
    await records.change(record.id, () => record);
    return record;
  };

  /** The audit first: what is not in it has not happened. */
  const note = (record: QuestionRecord, by: string | null, entry: EntryOf): Promise<void> => {
    const { thread, session } = record.question;
    return audit.record({ at: clock.now(), thread, session, by, ...entry } as AuditEntry);
  };

  async function begin(question: Question): Promise<QuestionRecord> {
    const { record, verdict, rule } = await draft(question, { policy, tools, grants, directory, now: clock.now() });
    const { id } = record;
    await note(record, null, { type: 'question', question: id, ...describe(record, policy.audit.content) });
    await note(record, null, { type: 'verdict', question: id, verdict, rule });
    log.info({ question: id, threadId: question.thread, sessionId: question.session, verdict, rule }, 'question');
    return keep(record);
  }

  /** The record once everything that is due has been done. */
  async function upToDate(before: QuestionRecord): Promise<QuestionRecord> {
    const now = clock.now();
    const { id, question, expiresAt } = before;
    if (isExpired(before, now)) {
      const { subject } = question;
      // The next day has a budget of its own.
      if (subject.type === 'budget' && endOfDay(subject) === expiresAt) {
        await note(before, null, { type: 'decision', question: id, choice: 'moot' });
        return keep({ ...before, state: 'closed', outcome: outcomeOf([], { result: 'moot', at: now }) });
      }
      await note(before, null, { type: 'decision', question: id, choice: 'expire' });
      return keep(expire(before, now));
    }
    const noted = noteDue(before, now);
    if (noted === before) return before;
    for (const nudge of noted.nudges.slice(before.nudges.length)) {
      await note(noted, null, { type: 'nudge', question: id, nudge: nudge.id });
    }
    return keep(noted);
  }

  /** A tool of ours that is approved runs, once: whether one that died with its process had its effect, nobody knows. */
  async function runIfApproved(record: QuestionRecord): Promise<QuestionRecord> {
    const { id, question, state } = record;
    const { subject } = question;
    if (subject.type !== 'tool' || (state !== 'approved' && state !== 'running') || runner.isRunning(id)) return record;
    const tool = tools.find(subject.tool.name);
    if (tool?.type !== 'handler' || (state === 'running' && !tool.isRepeatable)) {
      const text = state === 'running' ? INTERRUPTED : `There is no tool called ${subject.tool.name} here any more.`;
      return keep({ ...record, state: 'decided', answer: { type: 'result', text, isError: true } });
    }
    const running = await keep({ ...record, state: 'running' });
    const { thread, requesters } = question;
    runner.start(id, { tool, input: subject.tool.input, thread, callId: subject.callId, requesters });
    return running;
  }

  /** Approvals of people who may still decide; null when Slack cannot say whether they may. */
  async function standingApprovals(record: QuestionRecord): Promise<Approval[] | null> {
    const rights = await Promise.all(record.approvals.map(({ by }) => mayDecide(record, by, directory)));
    if (rights.some((right) => !('person' in right) && right.why === 'unsure')) return null;
    return record.approvals.filter((_, index) => 'person' in (rights[index] ?? {}));
  }

  async function decideOpen(record: QuestionRecord, { by, choice }: Pick<Act, 'by' | 'choice'>): Promise<Chosen> {
    const right = await mayDecide(record, by, directory);
    if (!('person' in right)) return right;
    // A no needs nobody else's approval, and must not wait until Slack can say of everybody.
    const standing = choice.type === 'approve' ? await standingApprovals(record) : record.approvals;
    if (standing === null) return refused('unsure');
    return choose(record, { choice, person: right.person, now: clock.now(), tool: toolOf(record, tools), standing });
  }

  async function close(record: QuestionRecord, change: Partial<QuestionRecord>): Promise<QuestionRecord> {
    return keep({ ...record, ...change, state: 'closed', answer: null });
  }

  /** The session has the answer, or had no use for it. */
  async function settle(record: QuestionRecord, how: 'accepted' | 'too-late'): Promise<QuestionRecord> {
    const { id, answer, outcome } = record;
    if (answer === null) return record;
    const allow = answer.type === 'confirmation' ? answer.allow : null;
    await note(record, null, { type: 'answer', question: id, answer: answer.type, allow, how });
    if (how === 'too-late') {
      return close(record, outcome === null ? {} : { outcome: { ...outcome, result: 'moot', at: clock.now() } });
    }
    await bring(record, answer);
    return close(record, {});
  }

  /** What an answer brings with it, once the session has it; harmless when it is done again after a crash. */
  async function bring({ question, rule, outcome }: QuestionRecord, answer: Answer): Promise<void> {
    const { thread, subject } = question;
    if (answer.type === 'raise' && subject.type === 'budget' && subject.scope !== 'thread') {
      await budgets.raise(subject, answer.toCents - subject.capCents);
    }
    if (outcome?.forThread && subject.type === 'tool') {
      const [by = ''] = outcome.by;
      await grants.give(thread, { scope: { tool: subject.tool, rule }, grant: { by, at: outcome.at } });
    }
  }

  const gate: Gate = {
    consider: (question) =>
      inTurn(idOf(question), async () => {
        const record = (await records.load(idOf(question))) ?? (await begin(question));
        return standingOf(await runIfApproved(await upToDate(record)));
      }),

    recall: (question) =>
      inTurn(idOf(question), async () => {
        const record = await records.load(idOf(question));
        return record ? standingOf(record) : null;
      }),

    answered: (id, how) =>
      inTurn(id, async () => {
        const record = await records.load(id);
        if (!record || record.state === 'closed') return record ? cardOf(record) : null;
        return cardOf(await settle(record, how));
      }),

    close: (id, { result, by }) =>
      inTurn(id, async () => {
        const record = await records.load(id);
        if (!record || record.state === 'closed') return record ? cardOf(record) : null;
        if (record.answer) return cardOf(await settle(record, 'too-late'));
        runner.abort(id);
        await note(record, by, { type: 'decision', question: id, choice: result === 'moot' ? 'moot' : 'cancel' });
        const outcome = outcomeOf(by === null ? [] : [by], { result, at: clock.now() });
        return cardOf(await close(record, { outcome }));
      }),

    overBudget: async (place) => {
      const over = await budgets.over(place);
      return over && occasionOf(over, place.thread);
    },
    spent: (turn) => budgets.spent(turn),

    noted: (input, session) =>
      audit.record({ at: clock.now(), thread: input.thread, session, ...said(input, policy.audit.content) }),
  };

  /** A budget that was left as it is is asked about anew the next time it stands in the way of this thread. */
  async function occasionOf(over: BudgetSubject, thread: ThreadId): Promise<BudgetSubject> {
    for (let times = 0; ; times++) {
      const subject = times === 0 ? over : { ...over, occasion: `${over.occasion}.${times}` };
      const record = await records.load(idOf({ thread, subject }));
      if (record?.state !== 'closed') return subject;
    }
  }

  async function noteRaise(decided: QuestionRecord): Promise<void> {
    const { id, question, outcome, answer } = decided;
    const { subject } = question;
    if (subject.type !== 'budget' || answer?.type !== 'raise') return;
    const { scope } = subject;
    await note(decided, outcome?.by[0] ?? null, { type: 'budget', question: id, scope, toCents: answer.toCents });
  }

  /** Loads a question that people act on, with what is due done. */
  async function find(id: QuestionId): Promise<QuestionRecord | undefined> {
    const record = await records.load(id);
    if (!record || record.isQuiet) return undefined;
    const now = await upToDate(record);
    if (now.state !== record.state) dispatcher.wake(record.question.thread);
    return now;
  }

  const desk: Desk = {
    decide: ({ question: id, by, choice }) =>
      inTurn(id, async () => {
        const record = await find(id);
        if (!record) return refused('unknown');
        // The session is called while Slack is asked who this is; what it is to be told is waited for there in turn.
        if (record.state === 'open') dispatcher.wake(record.question.thread);
        const chosen = record.state === 'open' ? await decideOpen(record, { by, choice }) : notOpen(record);
        if (!('record' in chosen)) {
          if (chosen.type === 'refused') await note(record, by, { type: 'refused', question: id, why: chosen.why });
          return chosen;
        }
        await note(record, by, { type: 'decision', question: id, choice: choice.type, ...detailOf(choice) });
        await noteRaise(chosen.record);
        await dispatcher.wakeAfter(record.question.thread, () => keep(chosen.record));
        return chosen.ruling;
      }),

    check: ({ question: id, by }) =>
      inTurn(id, async () => {
        const record = await find(id);
        if (!record) return refused('unknown');
        if (record.state !== 'open') return notOpen(record);
        const right = await mayDecide(record, by, directory);
        return 'person' in right ? null : right;
      }),

    async card(id) {
      const record = await records.load(id);
      return record ? cardOf(record) : null;
    },

    async inFull(id) {
      if (lastShown?.id === id) return lastShown.shown;
      const record = await records.load(id);
      if (record?.question.subject.type !== 'tool' || record.isQuiet) return null;
      const { format, text } = showInput(record.question.subject.tool);
      lastShown = { id, shown: { format, text } };
      return lastShown.shown;
    },

    opened: (id, by) =>
      inTurn(id, async () => {
        const record = await records.load(id);
        if (record?.state !== 'open' || record.openedBy.includes(by)) return;
        await note(record, by, { type: 'opened', question: id });
        await keep({ ...record, openedBy: [...record.openedBy, by] });
      }),
  };

  return { gate, desk, stop: () => runner.stop() };
}

const INTERRUPTED =
  'The bridge was restarted while this ran, so it is not known whether it was done. Check before you try again.';

type Act = Parameters<Desk['decide']>[0];

/** An entry without what all of them have. */
type EntryOf = AuditEntry extends infer Entry
  ? Entry extends AuditEntry
    ? Omit<Entry, 'at' | 'thread' | 'session' | 'by'>
    : never
  : never;

function standingOf(record: QuestionRecord): Standing {
  const { id, state, answer } = record;
  return {
    id,
    card: cardOf(record),
    answer: state === 'decided' ? answer : null,
    busy: state === 'approved' || state === 'running',
    isClosed: state === 'closed',
    dueAt: dueAt(record),
  };
}

function notOpen(record: QuestionRecord) {
  return refused('decided', { outcome: record.outcome });
}

function detailOf(choice: Choice): { reason?: string | null; forThread?: true } {
  if (choice.type === 'deny') return { reason: choice.reason && masked(choice.reason) };
  return choice.type === 'approve' && choice.forThread ? { forThread: true } : {};
}

function toolOf({ question: { subject } }: QuestionRecord, tools: Tools) {
  return subject.type === 'tool' && subject.tool.kind === 'custom' ? tools.find(subject.tool.name) : undefined;
}

function describe(record: QuestionRecord, withContent: boolean) {
  const { question, body } = record;
  const { subject, requesters } = question;
  if (subject.type === 'budget') {
    return { subject: 'budget' as const, event: null, tool: null, requesters, inputHash: null };
  }
  const { kind, name, server, input } = subject.tool;
  return {
    subject: body.type === 'form' ? ('form' as const) : ('tool' as const),
    event: subject.callId,
    tool: { kind, name, ...(server === undefined ? {} : { server }) },
    requesters,
    inputHash: body.type === 'tool' ? body.hash || null : hashInput(input),
    ...(withContent ? { input: maskValue(input).value } : {}),
  };
}

function said(input: Input, withContent: boolean) {
  const { ts } = input;
  if (input.type !== 'message') return { by: input.by, type: 'input' as const, input: input.type, ts, textHash: null };
  const { author, text } = input;
  const content = withContent ? { text: masked(text) } : {};
  return { by: author, type: 'input' as const, input: input.type, ts, textHash: hashText(text), ...content };
}
