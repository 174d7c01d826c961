import { assertNever } from '../../thread/assert-never.ts';
import type { Card, Outcome } from '../../thread/question.ts';
import { safely } from '../reply/disarm.ts';
import { people } from './people-words.ts';
import { when } from './when.ts';

const MAX_REASON = 1_300;
/** A reason of a thousand line breaks must not grow by a thousand quotation marks. */
const MAX_LINES = 40;
const MAX_DETAIL = 1_000;

/** How a question ended, who ended it, and when. */
export function briefOutcome(outcome: Outcome): string {
  return `${result(outcome)} · ${when(outcome.at)}`;
}

/** The same of a budget, which nobody answers elsewhere and no message is sent instead of. */
export function briefBudgetOutcome(outcome: Outcome): string {
  return `${budgetResult(outcome)} · ${when(outcome.at)}`;
}

/** What came of a question so far; empty while it is open. At most 3,000 characters, by default. */
export function standing({ state, outcome }: Pick<Card, 'state' | 'outcome'>, max = MAX_REASON): string {
  switch (state) {
    case 'open':
      return '';
    case 'sending':
      return outcome ? sendingWords(outcome, max) : 'Decided. Telling the agent…';
    case 'closed':
      return outcome ? [briefOutcome(outcome), ...said(outcome, max)].join('\n') : '*Closed*';
    default:
      return assertNever(state);
  }
}

/** Decided, but the session has not been told: nothing is called approved before the agent's side has taken it. */
function sendingWords(outcome: Outcome, max: number): string {
  return [`${deed(outcome)} · ${when(outcome.at)}. Telling the agent…`, ...said(outcome, max)].join('\n');
}

function result(outcome: Outcome): string {
  switch (outcome.result) {
    case 'approved':
      return `*Approved*${by(outcome)}${outcome.forThread ? ', and from now on in this thread' : ''}`;
    case 'denied':
      return `*Denied*${by(outcome)}`;
    case 'answered':
      return `*Answered*${by(outcome)}`;
    case 'declined':
      return `*Not answered*: declined${by(outcome)}`;
    case 'expired':
      return '*Expired*: nobody answered in time';
    case 'cancelled':
      return outcome.by.length > 0
        ? `*Cancelled*${by(outcome)}`
        : '*Cancelled*: the agent was stopped, or told something else';
    case 'moot':
      return '*No longer needed*: answered elsewhere, or the agent went on without it';
    case 'raised':
      return `*Raised*${to(outcome)}${by(outcome)}`;
    case 'left':
      return `*Left as it is*${by(outcome)}`;
    default:
      return assertNever(outcome.result);
  }
}

function budgetResult(outcome: Outcome): string {
  if (outcome.result === 'cancelled') return `*Stopped*${by(outcome)}`;
  if (outcome.result === 'moot') return '*No longer needed*: there is budget again';
  return result(outcome);
}

function deed(outcome: Outcome): string {
  const who = outcome.by.length > 0 ? people(outcome.by) : 'The policy';
  switch (outcome.result) {
    case 'approved':
      return `${who} said yes${outcome.forThread ? ', for the rest of this thread too' : ''}`;
    case 'denied':
      return `${who} said no`;
    case 'answered':
      return `${who} answered`;
    case 'declined':
      return `${who} would rather not answer`;
    case 'expired':
      return 'Nobody answered in time';
    case 'cancelled':
      return 'This is cancelled';
    case 'moot':
      return 'This is no longer needed';
    case 'raised':
      return `${who} raised the budget${to(outcome)}`;
    case 'left':
      return `${who} left the budget as it is`;
    default:
      return assertNever(outcome.result);
  }
}

function by({ by: users }: Outcome): string {
  return users.length > 0 ? ` by ${people(users)}` : '';
}

function to({ detail }: Outcome): string {
  return detail === null ? '' : ` to ${safely(detail, MAX_DETAIL)}`;
}

function said({ result, reason, detail }: Outcome, max: number): string[] {
  if (result === 'raised') return [];
  return [
    ...(reason?.trim() ? [quoted('Reason:', safely(reason, max))] : []),
    ...(detail?.trim() ? [quoted('Answer:', safely(detail, Math.min(max, MAX_DETAIL)))] : []),
  ];
}

function quoted(label: string, safe: string): string {
  return [label, ...safe.split('\n', MAX_LINES).map((line) => `> ${line}`)].join('\n');
}
