import { assertNever } from './assert-never.ts';
import type { SessionError } from './errors.ts';
import { close, note, type Turn } from './turn.ts';
import type { Notice } from './view.ts';

/** The turn with the reason why the agents API did not do what was asked; one that had not begun to work ends with it. */
export function excuse(turn: Turn, error: SessionError, retryInMs: number | null): Turn {
  const notice = reasonFor(error, retryInMs);
  const told = note(turn, notice.code, notice);
  return turn.phase === 'starting' ? close(told) : told;
}

/** Why the agents API did not do what was asked, for people; it is tried again in `retryInMs`, or not at all. */
export function reasonFor({ code }: SessionError, retryInMs: number | null): Notice {
  switch (code) {
    case 'unreachable':
      return retryInMs === null ? { code: 'undelivered' } : { code: 'unreachable', retryInMs };
    case 'budget':
      return { code: 'budget-reached' };
    case 'credentials':
    case 'agent':
      return { code: 'misconfigured', what: code };
    // A session that refuses to live, or a request we got wrong: nothing that writing again would mend.
    case 'gone':
    case 'waiting':
    case 'request':
      return { code: 'misconfigured', what: 'request' };
    default:
      return assertNever(code);
  }
}
