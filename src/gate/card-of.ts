import type { Card, CardBody } from '../thread/question.ts';
import { audienceNow, nudgesOf } from './due.ts';
import type { QuestionRecord } from './record.ts';

/** What people see of a question; null when nobody was asked. */
export function cardOf(record: QuestionRecord): Card | null {
  if (record.isQuiet) return null;
  const { id, question, state, terms, approvals, expiresAt, outcome } = record;
  return {
    id,
    state: state === 'open' || state === 'closed' ? state : 'sending',
    body: bodyOf(record),
    requesters: question.requesters,
    audience: audienceNow(record),
    quorum: terms.quorum,
    approvals,
    expiresAt,
    onExpiry: terms.onExpiry,
    outcome,
    nudges: nudgesOf(record),
  };
}

function bodyOf({ question: { subject }, body, terms }: QuestionRecord): CardBody {
  if (body.type === 'form') return body;
  if (subject.type === 'tool' && body.type === 'tool') {
    const { kind, name, server } = subject.tool;
    const { title, excerpt, isCut, masked, hash } = body;
    return {
      type: 'tool',
      tool: { kind, name, ...(server === undefined ? {} : { server }) },
      title,
      child: subject.child,
      excerpt,
      isCut,
      mustOpen: isCut && terms.mustOpenInFull,
      masked,
      hash,
      offersThread: terms.offersThread,
    };
  }
  if (subject.type === 'budget' && body.type === 'budget') {
    const { scope, usedCents, capCents } = subject;
    return { type: 'budget', scope, usedCents, capCents, stepsCents: body.stepsCents };
  }
  throw new Error(`The record of a ${subject.type} has the body of a ${body.type}`);
}
