import type { ModelRequests } from './model-requests.ts';
import type { ScriptedTurn } from './script.ts';
import type { Session, StopDetails, StopReason } from './session.ts';
import type { SessionStatuses } from './session-status.ts';

/** How a turn ends; thrown by whatever ends it early, caught once by the runner. */
export type Outcome =
  | { type: 'idle'; stop: StopReason; details?: StopDetails }
  | { type: 'interrupted' }
  | { type: 'exhausted' }
  | { type: 'terminated' };

export class TurnOver extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(`turn over: ${outcome.type}`);
    this.name = 'TurnOver';
    this.outcome = outcome;
  }
}

export type TurnEnds = Pick<ScriptedTurn, 'error' | 'refuse' | 'exhaust' | 'terminate' | 'reschedule' | 'stop'>;

interface EndsWorld {
  statuses: SessionStatuses;
  wait: (ms: number) => Promise<void>;
  requests: ModelRequests;
}

/** The script's ways to report trouble and to end its turn. */
export function createTurnEnds(session: Session, { statuses, wait, requests }: EndsWorld): TurnEnds {
  const report = ({ type, message, ...more }: Parameters<ScriptedTurn['error']>[0], retry: string) =>
    void session.log.append('session.error', { error: { type, message, retry_status: { type: retry }, ...more } });
  const over = (outcome: Outcome): never => {
    requests.close();
    throw new TurnOver(outcome);
  };
  return {
    error: async (error) => report(error, 'retrying'),
    async exhaust(error) {
      report(error, 'exhausted');
      return over({ type: 'exhausted' });
    },
    async terminate(error) {
      report(error, 'terminal');
      return over({ type: 'terminated' });
    },
    async refuse(details = {}) {
      const { category = null, explanation = null } = details;
      const refusal: StopDetails = { type: 'refusal', category, explanation };
      return over({ type: 'idle', stop: { type: 'refusal' }, details: refusal });
    },
    stop: async (reason) => over({ type: 'idle', stop: reason }),
    async reschedule(ms) {
      statuses.rescheduled(session);
      await wait(ms);
      statuses.running(session);
    },
  };
}

/**
 * Uses up the budget, so that the next model request meets it. A session made without a budget gets one that is
 * just spent: the real platform cannot do that, but otherwise the state could not be reached by typing.
 */
export function spendBudget(session: Session): void {
  const cap = Math.max(1, Math.ceil(session.usage.cents));
  session.budget ??= { type: 'limit', max_list_cost: { amount: String(cap), currency: 'USD' } };
  session.usage = {
    ...session.usage,
    cents: Math.max(session.usage.cents, Number(session.budget.max_list_cost.amount)),
  };
}
