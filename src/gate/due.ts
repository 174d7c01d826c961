import type { Audience, Nudge } from '../thread/question.ts';
import type { QuestionRecord } from './record.ts';

interface Step {
  id: string;
  type: Nudge['type'];
  at: number;
  audience: Audience;
}

/** A reminder or escalation that comes later than this is not told: another has become due, or the process was away. */
const TELL_WITHIN_MS = 10 * 60_000;

/** When something is due next, in ms since the epoch; null: nothing will be. */
export function dueAt(record: QuestionRecord): number | null {
  if (record.state !== 'open') return null;
  const times = stepsOf(record).flatMap(({ id, at }) => (isDone(record, id) ? [] : [at]));
  if (record.expiresAt !== null) times.push(record.expiresAt);
  return times.length === 0 ? null : Math.min(...times);
}

/** The record once what is due by `now` has been noted, the expiry aside; the same one when nothing is. */
export function noteDue(record: QuestionRecord, now: number): QuestionRecord {
  if (record.state !== 'open') return record;
  const due = stepsOf(record).filter(({ id, at }) => at <= now && !isDone(record, id));
  if (due.length === 0) return record;
  const newest = due.at(-1);
  const added = due.map((step) => ({
    id: step.id,
    // After an outage one message says it all; who may decide widens with every step.
    isShown: step === newest || now - step.at < TELL_WITHIN_MS,
  }));
  return { ...record, nudges: [...record.nudges, ...added] };
}

export function isExpired({ state, expiresAt }: QuestionRecord, now: number): boolean {
  return state === 'open' && expiresAt !== null && expiresAt <= now;
}

/** Who may decide now: whoever was asked first, and everybody an escalation has reached. */
export function audienceNow(record: QuestionRecord): Audience {
  const { audience } = record.terms;
  const reached = stepsOf(record).filter(({ id, type }) => type === 'escalation' && isDone(record, id));
  return reached.reduce((all, step) => widen(all, step.audience), audience);
}

/** The reminders and escalations that people were told of. Whom one that is not told has reached, the next one calls. */
export function nudgesOf(record: QuestionRecord): Nudge[] {
  const steps = new Map(stepsOf(record).map((step) => [step.id, step]));
  let missed: Audience[] = [];
  return record.nudges.flatMap(({ id, isShown }) => {
    const step = steps.get(id);
    if (!step) return [];
    if (!isShown) {
      if (step.type === 'escalation') missed.push(step.audience);
      return [];
    }
    const type = missed.length > 0 ? 'escalation' : step.type;
    const audience = missed.reduce(widen, step.audience);
    missed = [];
    return [{ id, type, audience, expiresAt: record.expiresAt }];
  });
}

function widen(all: Audience, more: Audience): Audience {
  return {
    users: unique([...all.users, ...more.users]),
    groups: unique([...all.groups, ...more.groups]),
    members: all.members || more.members,
    requesters: all.requesters || more.requesters,
    notRequesters: all.notRequesters,
  };
}

function stepsOf(record: QuestionRecord): Step[] {
  const { askedAt, terms } = record;
  const askedBefore = (ms: number) =>
    terms.escalate
      .filter(({ afterMs }) => afterMs < ms)
      .reduce((all, { audience }) => widen(all, audience), terms.audience);
  const reminders = terms.remindAfterMs.map((afterMs, index) => ({
    id: `reminder-${index + 1}`,
    type: 'reminder' as const,
    at: askedAt + afterMs,
    audience: askedBefore(afterMs),
  }));
  const escalations = terms.escalate.map(({ afterMs, audience }, index) => ({
    id: `escalation-${index + 1}`,
    type: 'escalation' as const,
    at: askedAt + afterMs,
    audience,
  }));
  return [...reminders, ...escalations].sort((a, b) => a.at - b.at);
}

function isDone({ nudges }: QuestionRecord, id: string): boolean {
  return nudges.some((nudge) => nudge.id === id);
}

function unique(ids: string[]): string[] {
  return [...new Set(ids)];
}
