import type { Clock } from '../../clock.ts';
import { createBucket } from './bucket.ts';
import { CLASSES, createQueue, GROWING, type Job, type Waiting, type WriteClass } from './queue.ts';
import { type Limit, POSTS } from './tiers.ts';

/** One bucket, and what waits for it. */
export interface Lane {
  add(job: Job): void;
  /** Something of this thread may have risen, or died. */
  rouse(thread: string): void;
  /** How many first sights could go out now, after all that waits. */
  room(): number;
  waiting(): WaitingClass[];
  isIdle(): boolean;
}

export interface WaitingClass {
  class: WriteClass;
  count: number;
  /** When its first can go at the earliest, in ms since the epoch. */
  until: number;
  /**
   * `refused`: Slack has said to wait. `behind`: others go first. `spent`: there is no token. `kept`: those that are
   * left are for others. `spread`: what grows comes at even distances.
   */
  reason: 'refused' | 'behind' | 'spent' | 'kept' | 'spread';
}

/** So much of a bucket each class leaves to those before it. */
const KEPT: Record<WriteClass, number> = {
  final: 0,
  question: 0,
  ack: 0.05,
  'first-sight': 0.1,
  words: 0.2,
  progress: 0.5,
};
/** One token at least; two where so many threads were lately, as their answers may come together. */
const SOME_THREADS = 4;
const LATELY_MS = 60_000;
/**
 * What grows is shown again and again, and what that may spend beyond the refill is spread over so many seconds. An
 * answer is written in a few, and steps go on for as long as the turn does.
 */
const SPREAD_S: Partial<Record<WriteClass, number>> = { words: 2, progress: 15 };
/** What waits may also rise, or die, without telling. */
const LOOK_EVERY_MS = 250;

export interface LaneOptions {
  clock: Clock;
  seed: Limit;
  isLimited: boolean;
}

export function createLane({ clock, seed, isLimited }: LaneOptions): Lane {
  const bucket = createBucket({ clock, seed, isLimited });
  const queue = createQueue(clock);
  /** When each was here last, the earliest first. */
  const threads = new Map<string, number>();
  /** When each of those that are spread may go next. */
  const spreadTo = new Map<WriteClass, number>();
  let cancelLook = () => {};

  const kept = (rank: WriteClass) => {
    const { capacity } = bucket.limit();
    if (KEPT[rank] === 0) return 0;
    const isShared = threads.size >= SOME_THREADS;
    // A post whose words are to grow takes one that an answer may need at once: among many it has to age first.
    if (isShared && GROWING.has(rank)) return Math.max(KEPT[rank] * capacity, POSTS.capacity);
    return Math.min(Math.max(KEPT[rank] * capacity, isShared ? 2 : 1), capacity - 1);
  };
  const opensAt = (rank: WriteClass) => Math.max(bucket.hasAt(1 + kept(rank)), spreadTo.get(rank) ?? 0);
  /** A full bucket lets them go quickly, an empty one as fast as it fills. */
  const spread = (rank: WriteClass) => {
    const seconds = SPREAD_S[rank];
    if (seconds === undefined) return;
    const spare = Math.max(bucket.tokens() - kept(rank), 0);
    spreadTo.set(rank, clock.now() + 1_000 / (bucket.limit().perSecond + spare / seconds));
  };

  const fly = (waiting: Waiting) => {
    const answer = bucket.take();
    const sending = waiting.job.run();
    if (sending === null) return answer('unsent');
    spread(waiting.rank);
    void sending.then((outcome) => {
      if (outcome === 'done') {
        answer('taken');
      } else {
        answer(outcome);
        queue.putBack(waiting);
      }
      look();
    });
  };

  const look = () => {
    cancelLook();
    const mayGo = (rank: WriteClass) => opensAt(rank) <= clock.now();
    for (let next = queue.take(mayGo); next; next = queue.take(mayGo)) fly(next);
    const left = queue.list();
    if (left.length === 0) return;
    const soonest = Math.min(...left.map(({ rank }) => opensAt(rank)));
    cancelLook = clock.after(Math.min(Math.max(soonest - clock.now(), 1), LOOK_EVERY_MS), look);
  };

  const reasonOf = (rank: WriteClass, isFirst: boolean) => {
    if (bucket.refusedUntil() !== null) return 'refused';
    if (!isFirst) return 'behind';
    if (bucket.hasAt(1) > clock.now()) return 'spent';
    return bucket.hasAt(1 + kept(rank)) > clock.now() ? 'kept' : 'spread';
  };

  const note = (thread: string) => {
    threads.delete(thread);
    threads.set(thread, clock.now());
    for (const [other, at] of threads) {
      if (clock.now() - at <= LATELY_MS) break;
      threads.delete(other);
    }
  };

  return {
    add(job) {
      note(job.thread);
      queue.put(job);
      look();
    },
    rouse(thread) {
      if (queue.has(thread)) look();
    },
    room: () => Math.max(Math.floor(bucket.tokens() - kept('first-sight')) - queue.list().length, 0),
    waiting() {
      const all = queue.list();
      const ranks = CLASSES.filter((rank) => all.some((each) => each.rank === rank));
      return ranks.map((rank, index) => ({
        class: rank,
        count: all.filter((each) => each.rank === rank).length,
        until: opensAt(rank),
        reason: reasonOf(rank, index === 0),
      }));
    },
    isIdle: () => queue.list().length === 0 && bucket.isAsNew(),
  };
}
