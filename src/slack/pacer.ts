import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import type { Clock } from '../clock.ts';

/** In strict order: nothing of a later class goes out while something of an earlier one waits in the same bucket. */
export type WriteClass = 'final' | 'question' | 'ack' | 'first-sight' | 'progress';

const CLASSES: readonly WriteClass[] = ['final', 'question', 'ack', 'first-sight', 'progress'];

export interface Write {
  /** The Web API method, e.g. `chat.postMessage`. */
  method: string;
  /** Given for posts, whose budget is per channel. */
  channel?: string;
  class: WriteClass;
  /** Whose write it is: threads take turns inside a class. */
  thread: string;
}

interface WaitingWrites {
  method: string;
  channel?: string;
  waiting: number;
  /** When the bucket opens again, in ms since the epoch of the clock. */
  until: number;
}

/** The one scheduler in front of all Slack writes of a workspace. */
export interface Pacer {
  /**
   * Runs `send` when the write's turn comes. When Slack says it is too much, the write's bucket alone waits and `send`
   * runs again later; so `send` should render the newest state each time. Every other error is the caller's.
   */
  write<T>(write: Write, send: () => Promise<T>): Promise<T>;
  /** What waits, by bucket. */
  waiting(): WaitingWrites[];
}

interface Job {
  write: Write;
  run: () => Promise<'done' | { retryInMs: number | null }>;
}

/** Asked to slow down without being told for how long. */
const FIRST_GUESS_MS = 1_000;
const LONGEST_GUESS_MS = 30_000;

export function createPacer({ clock }: { clock: Clock }): Pacer {
  const buckets = new Map<string, Bucket>();

  return {
    write(write, send) {
      const name = write.channel === undefined ? write.method : `${write.method} ${write.channel}`;
      const bucket = buckets.get(name) ?? createBucket(clock, { onEmpty: () => buckets.delete(name) });
      buckets.set(name, bucket);
      return new Promise((resolve, reject) => {
        const run: Job['run'] = async () => {
          try {
            resolve(await send());
          } catch (error) {
            const limit = rateLimit(error);
            if (limit) return limit;
            reject(error);
          }
          return 'done';
        };
        bucket.add({ write, run });
      });
    },
    waiting: () =>
      [...buckets.values()].flatMap((bucket) => {
        const { first, waiting, until } = bucket.state();
        if (!first) return [];
        const { method, channel } = first;
        return [{ method, ...(channel === undefined ? {} : { channel }), waiting, until }];
      }),
  };
}

interface Bucket {
  add(job: Job): void;
  state(): { first: Write | undefined; waiting: number; until: number };
}

/**
 * While a bucket is open, writes go at once and side by side. After a refusal everything queues, and once the wait is
 * over the queue drains one by one: a burst would only be refused again.
 */
function createBucket(clock: Clock, { onEmpty }: { onEmpty: () => void }): Bucket {
  const queue = createQueue();
  let flying = 0;
  let until = 0;
  let guessMs = FIRST_GUESS_MS;
  let paused = false;
  let draining = false;

  const slowDown = (retryInMs: number | null) => {
    const waitMs = retryInMs ?? guessMs;
    if (retryInMs === null) guessMs = Math.min(guessMs * 2, LONGEST_GUESS_MS);
    until = Math.max(until, clock.now() + waitMs);
    if (paused) return;
    paused = true;
    const resume = () => {
      const leftMs = until - clock.now();
      if (leftMs > 0) return void clock.after(leftMs, resume);
      paused = false;
      void drain();
    };
    clock.after(waitMs, resume);
  };

  const fly = async (job: Job) => {
    flying += 1;
    const outcome = await job.run();
    flying -= 1;
    if (outcome === 'done') {
      guessMs = FIRST_GUESS_MS;
    } else {
      queue.putBack(job);
      slowDown(outcome.retryInMs);
    }
    if (flying === 0 && queue.size() === 0) onEmpty();
  };

  const drain = async () => {
    if (draining) return;
    draining = true;
    for (let job = take(); job; job = take()) await fly(job);
    draining = false;
  };
  const take = () => (paused ? undefined : queue.take());

  return {
    add(job) {
      if (paused || draining) return queue.put(job);
      void fly(job);
    },
    state: () => ({ first: queue.first()?.write, waiting: queue.size(), until }),
  };
}

/** Class before class; inside a class the threads take turns, each in its own order. */
function createQueue() {
  const classes = new Map(CLASSES.map((name) => [name, new Map<string, Job[]>()]));
  const lines = () => [...classes.values()].flatMap((threads) => [...threads.values()]);
  const lineOf = ({ write }: Job) => {
    const threads = classes.get(write.class);
    const line = threads?.get(write.thread) ?? [];
    threads?.set(write.thread, line);
    return line;
  };
  return {
    put: (job: Job) => void lineOf(job).push(job),
    putBack: (job: Job) => void lineOf(job).unshift(job),
    first: () => lines()[0]?.[0],
    size: () => lines().reduce((sum, line) => sum + line.length, 0),
    take(): Job | undefined {
      for (const threads of classes.values()) {
        const [thread, line] = threads.entries().next().value ?? [];
        if (thread === undefined || !line) continue;
        const job = line.shift();
        // To the end of the round, so that the next thread is served before this one comes again.
        threads.delete(thread);
        if (line.length > 0) threads.set(thread, line);
        return job;
      }
      return undefined;
    },
  };
}

/** Slack answers either 429 with `Retry-After`, or for some chat methods 200 with an error name. */
function rateLimit(error: unknown): { retryInMs: number | null } | null {
  if (error instanceof WebAPIRateLimitedError) return { retryInMs: error.retryAfter * 1_000 };
  if (!(error instanceof WebAPIPlatformError)) return null;
  return ['ratelimited', 'rate_limited'].includes(error.data.error) ? { retryInMs: null } : null;
}
