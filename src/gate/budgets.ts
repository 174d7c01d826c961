import type { Registry } from '../thread/gate-ports.ts';
import { parseThreadId, type ThreadId } from '../thread/ids.ts';
import type { BudgetSubject } from '../thread/question.ts';
import type { BudgetPolicy } from './policy/policy.ts';

/** What a person, or a channel, has used in one day (UTC). */
interface Spending {
  /** By turn, so that none counts twice. */
  turns: Record<string, number>;
  raisedCents: number;
  /** How often it was raised: names the occasion of the next question. */
  raises: number;
}

/** The budgets of the day, which we count ourselves; a session's own cap is the API's to hold. */
export interface Budgets {
  over(place: { thread: ThreadId; author: string; at: number }): Promise<BudgetSubject | null>;
  spent(turn: { thread: ThreadId; key: string; author: string | null; cents: number; at: number }): Promise<void>;
  /** Once per occasion. */
  raise(subject: BudgetSubject, byCents: number): Promise<void>;
}

type Scope = 'person' | 'channel';

const DAY_MS = 24 * 3_600_000;

export function createBudgets(spending: Registry, policy: BudgetPolicy): Budgets {
  const capOf = (scope: Scope) => (scope === 'person' ? policy.personPerDayCents : policy.channelPerDayCents);
  const scopes = (['person', 'channel'] as const).filter((scope) => capOf(scope) !== null);

  const change = async (id: string, next: (before: Spending) => Spending | undefined): Promise<Spending> =>
    (await spending.change(id, (before) => next((before ?? NOTHING) as Spending))) as Spending;

  return {
    async over({ thread, author, at }) {
      for (const scope of scopes) {
        const id = spendingId(scope, { thread, author, at });
        const { turns, raisedCents, raises } = ((await spending.load(id)) ?? NOTHING) as Spending;
        const usedCents = Object.values(turns).reduce((sum, cents) => sum + cents, 0);
        const capCents = (capOf(scope) ?? 0) + raisedCents;
        if (usedCents >= capCents) {
          return { type: 'budget', scope, occasion: `${id}#${raises}`, usedCents, capCents };
        }
      }
      return null;
    },
    async spent({ thread, key, author, cents, at }) {
      for (const scope of scopes) {
        if (scope === 'person' && author === null) continue;
        await change(spendingId(scope, { thread, author: author ?? '', at }), (before) => ({
          ...before,
          turns: { ...before.turns, [`${thread} ${key}`]: cents },
        }));
      }
    },
    async raise({ occasion }, byCents) {
      const { id, raises } = readOccasion(occasion);
      await change(id, (before) =>
        before.raises === raises
          ? { ...before, raises: raises + 1, raisedCents: before.raisedCents + byCents }
          : undefined,
      );
    },
  };
}

const NOTHING: Spending = { turns: {}, raisedCents: 0, raises: 0 };

/** When the day that a budget is of is over, in ms since the epoch; null for a session's, which has no day. */
export function endOfDay({ scope, occasion }: BudgetSubject): number | null {
  if (scope === 'thread') return null;
  const [day = ''] = readOccasion(occasion).id.split(' ');
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS;
}

function spendingId(scope: Scope, { thread, author, at }: { thread: ThreadId; author: string; at: number }): string {
  const { team, channel } = parseThreadId(thread);
  const day = new Date(at).toISOString().slice(0, 10);
  return `${day} ${scope} ${team} ${scope === 'person' ? author : channel}`;
}

function readOccasion(occasion: string): { id: string; raises: number } {
  const at = occasion.lastIndexOf('#');
  // What may follow the number tells occasions of one thread apart.
  return { id: occasion.slice(0, at), raises: Number.parseInt(occasion.slice(at + 1), 10) };
}
