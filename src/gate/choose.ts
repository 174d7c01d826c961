import { assertNever } from '../thread/assert-never.ts';
import type { Person, PersonTool, Tool } from '../thread/gate-ports.ts';
import type { Approval, Choice, FormValues, Outcome, Ruling } from '../thread/question.ts';
import { answerWords } from './answer-words.ts';
import { denial } from './draft.ts';
import { masked } from './masked.ts';
import { refused } from './may-decide.ts';
import type { QuestionRecord } from './record.ts';

/** What a choice makes of a question: the record to be kept and what to say, or why nothing changes. */
export type Chosen = { record: QuestionRecord; ruling: Ruling } | Exclude<Ruling, { type: 'decided' | 'counted' }>;

export interface ChooseOptions {
  choice: Choice;
  /** Whose choice it is; that they may decide is sure already. */
  person: Person;
  now: number;
  /** The tool of ours that is asked for, if it is one. */
  tool: Tool | undefined;
  /** Of the approvals so far, those that still count. */
  standing: Approval[];
}

/** Gives a person's choice its effect on an open question. Pure. */
export function choose(record: QuestionRecord, options: ChooseOptions): Chosen {
  const { choice } = options;
  switch (choice.type) {
    case 'approve':
      return approve(record, { ...options, forThread: choice.forThread });
    case 'deny':
      return deny(record, { ...options, reason: choice.reason });
    case 'pick':
      return pick(record, { ...options, value: choice.value });
    case 'answer':
      return answer(record, { ...options, values: choice.values });
    case 'decline':
      return decline(record, options);
    case 'raise':
      return raise(record, { ...options, byCents: choice.byCents });
    case 'leave':
      return leave(record, options);
    default:
      return assertNever(choice);
  }
}

type With<More> = ChooseOptions & More;

function approve(record: QuestionRecord, options: With<{ forThread: boolean }>): Chosen {
  const { person, now, forThread, tool, standing } = options;
  const { body, question, terms, openedBy } = record;
  if (body.type !== 'tool' || question.subject.type !== 'tool') return refused('not-offered');
  if (forThread && !terms.offersThread) return refused('not-offered');
  if (body.isCut && terms.mustOpenInFull && !openedBy.includes(person.id)) return refused('unread');
  if (standing.some(({ by }) => by === person.id)) return refused('approved-before');
  const approvals = [...standing, { by: person.id, at: now, forThread }];
  if (approvals.length < terms.quorum) {
    return {
      record: { ...record, approvals },
      ruling: { type: 'counted', have: approvals.length, need: terms.quorum },
    };
  }
  const outcome = outcomeOf(
    approvals.map(({ by }) => by),
    { result: 'approved', at: now, forThread },
  );
  const approved = { ...record, approvals };
  if (tool) return decided(approved, { state: 'approved', answer: null, outcome });
  return decided(approved, { state: 'decided', answer: { type: 'confirmation', allow: true }, outcome });
}

/** One person's no is enough, however many would have to say yes. */
function deny(record: QuestionRecord, { person, now, reason }: With<{ reason: string | null }>): Chosen {
  const { body, question } = record;
  if (body.type !== 'tool' || question.subject.type !== 'tool') return refused('not-offered');
  const message = `Denied by ${person.name} (${person.id})${reason ? `: ${reason}` : '.'}`;
  const outcome = outcomeOf([person.id], { result: 'denied', at: now, reason: reason && masked(reason) });
  return decided(record, { state: 'decided', answer: denial(question.subject, message), outcome });
}

function pick(record: QuestionRecord, options: With<{ value: string }>): Chosen {
  const { body } = record;
  if (body.type !== 'form') return refused('not-offered');
  const [field] = body.form.fields;
  const picked = body.buttons?.find(({ value }) => value === options.value);
  if (!field || !picked) return refused('not-offered');
  return fill(record, { ...options, values: { [field.name]: picked.value }, detail: picked.label });
}

function answer(record: QuestionRecord, options: With<{ values: FormValues }>): Chosen {
  return record.body.type === 'form' ? fill(record, { ...options, detail: null }) : refused('not-offered');
}

function fill(
  record: QuestionRecord,
  { person, now, tool, values, detail }: With<{ values: FormValues; detail: string | null }>,
): Chosen {
  const { body, question } = record;
  const { subject } = question;
  if (subject.type !== 'tool' || body.type !== 'form' || !isPersonTool(tool)) return refused('not-offered');
  const read = tool.read(subject.tool.input, values);
  if ('errors' in read) return { type: 'invalid', errors: read.errors };
  const outcome = outcomeOf([person.id], {
    result: 'answered',
    at: now,
    detail: detail ?? masked(answerWords(body.form, values)),
  });
  return decided(record, { state: 'decided', answer: { type: 'result', text: read.text, isError: false }, outcome });
}

function isPersonTool(tool: Tool | undefined): tool is PersonTool {
  return tool?.type === 'person';
}

function decline(record: QuestionRecord, { person, now }: ChooseOptions): Chosen {
  if (record.body.type !== 'form') return refused('not-offered');
  const text = `${person.name} (${person.id}) does not want to answer.`;
  const outcome = outcomeOf([person.id], { result: 'declined', at: now });
  return decided(record, { state: 'decided', answer: { type: 'result', text, isError: true }, outcome });
}

function raise(record: QuestionRecord, { person, now, byCents }: With<{ byCents: number }>): Chosen {
  const { body, question } = record;
  const { subject } = question;
  if (body.type !== 'budget' || subject.type !== 'budget') return refused('not-offered');
  if (!body.stepsCents.includes(byCents)) return refused('not-offered');
  // The API takes only a cap above what is used, and reports that rounded.
  const toCents = Math.max(subject.capCents, Math.ceil(subject.usedCents)) + byCents;
  const outcome = outcomeOf([person.id], { result: 'raised', at: now, detail: dollars(toCents) });
  return decided(record, { state: 'decided', answer: { type: 'raise', toCents }, outcome });
}

function leave(record: QuestionRecord, { person, now }: ChooseOptions): Chosen {
  if (record.body.type !== 'budget') return refused('not-offered');
  const outcome = outcomeOf([person.id], { result: 'left', at: now });
  return decided(record, { state: 'decided', answer: { type: 'leave' }, outcome });
}

function decided(record: QuestionRecord, change: Pick<QuestionRecord, 'state' | 'answer'> & { outcome: Outcome }) {
  return { record: { ...record, ...change }, ruling: { type: 'decided' as const, outcome: change.outcome } };
}

/** A choice nobody made: the time is over. */
export function expire(record: QuestionRecord, now: number): QuestionRecord {
  const { body, question, terms, askedAt, expiresAt } = record;
  const outcome = outcomeOf([], { result: 'expired', at: now });
  const answer = () => {
    if (terms.onExpiry === 'stop') return { type: 'stop' as const };
    const within = `within ${spanOf((expiresAt ?? now) - askedAt)}`;
    if (question.subject.type === 'budget') return { type: 'leave' as const };
    if (body.type === 'form') return denial(question.subject, `Nobody answered ${within}.`);
    return denial(question.subject, `Nobody decided ${within}, so this was not allowed.`);
  };
  return { ...record, state: 'decided', answer: answer(), outcome };
}

export function outcomeOf(
  by: string[],
  { result, at, ...more }: Pick<Outcome, 'result' | 'at'> & Partial<Outcome>,
): Outcome {
  return { by, result, at, reason: null, detail: null, forThread: false, ...more };
}

function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}
