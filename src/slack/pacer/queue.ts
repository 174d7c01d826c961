import type { Clock } from '../../clock.ts';
import type { Refusal } from './bucket.ts';

/**
 * In strict order: nothing of a later class goes out while something of an earlier one waits in the same bucket. `words`
 * is what the agent says, as it grows; `progress` is how its steps go on.
 */
export const CLASSES = ['final', 'question', 'ack', 'first-sight', 'words', 'progress'] as const;
export type WriteClass = (typeof CLASSES)[number];
/** Of what is shown again and again while it grows: nobody waits for the single write. */
export const GROWING: ReadonlySet<WriteClass | null> = new Set(['words', 'progress'] as const);

/** One write that waits for its turn. */
export interface Job {
  /** Whose it is: threads take turns inside a class. */
  thread: string;
  /** What it is now; null: nobody wants it any more. */
  class(): WriteClass | null;
  /** Tells whoever waits for it that it will not go out. */
  drop(): void;
  /** Makes the call; null when there is nothing to write any more. Never rejects. */
  run(): Promise<Outcome> | null;
}

export type Outcome = 'done' | Refusal;

export interface Waiting {
  job: Job;
  since: number;
  /** Where it stands by now: what has waited for long is treated as more than it is. */
  rank: WriteClass;
}

/** What waits for one bucket. */
export interface Queue {
  put(job: Job): void;
  putBack(waiting: Waiting): void;
  /** Takes out what goes next, by class, then by thread; `mayGo` says whether its rank may go at all now. */
  take(mayGo: (rank: WriteClass) => boolean): Waiting | undefined;
  has(thread: string): boolean;
  /** What waits, after the dead have left. */
  list(): Waiting[];
}

/** After so long it is no longer the last of all. Finals and questions still come before it. */
const AGED_MS: Partial<Record<WriteClass, number>> = { words: 10_000, progress: 20_000 };
const AGED: WriteClass = 'first-sight';
/** Threads whose turn is known. */
const REMEMBERED = 500;

export function createQueue(clock: Clock): Queue {
  let waiting: { job: Job; since: number }[] = [];
  /** When each thread went last, counted in turns; the earliest first. */
  const turns = new Map<string, number>();
  let turn = 0;

  const went = (thread: string) => {
    turn += 1;
    turns.delete(thread);
    turns.set(thread, turn);
    const [earliest] = turns.keys();
    if (turns.size > REMEMBERED && earliest !== undefined) turns.delete(earliest);
  };

  const list = () => {
    const now = clock.now();
    const alive: Waiting[] = [];
    const dead: Job[] = [];
    for (const { job, since } of waiting) {
      const own = job.class();
      if (own === null) dead.push(job);
      else alive.push({ job, since, rank: now - since >= (AGED_MS[own] ?? Infinity) ? AGED : own });
    }
    waiting = alive;
    for (const job of dead) job.drop();
    return alive;
  };

  return {
    put: (job) => void waiting.push({ job, since: clock.now() }),
    putBack(back) {
      waiting.unshift(back);
      // It has not gone after all.
      turns.delete(back.job.thread);
    },
    has: (thread) => waiting.some(({ job }) => job.thread === thread),
    list,
    take(mayGo) {
      let best: Waiting | undefined;
      for (const each of list()) if (!best || isBefore(each, best, turns)) best = each;
      if (!best || !mayGo(best.rank)) return undefined;
      const { job } = best;
      waiting = waiting.filter((each) => each.job !== job);
      went(job.thread);
      return best;
    },
  };
}

/** Of one rank the thread goes that has not gone for longest; of one thread, and of new ones, what came first. */
function isBefore(one: Waiting, other: Waiting, turns: ReadonlyMap<string, number>): boolean {
  const byRank = CLASSES.indexOf(one.rank) - CLASSES.indexOf(other.rank);
  if (byRank !== 0) return byRank < 0;
  return (turns.get(one.job.thread) ?? 0) < (turns.get(other.job.thread) ?? 0);
}
