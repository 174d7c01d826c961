import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { KeepError } from '../thread/errors.ts';
import type { ThreadId } from '../thread/ids.ts';
import { createTurns } from '../thread/in-turn.ts';
import type { Dispatcher, Run, Schedule } from '../thread/ports.ts';
import { createBell } from './bell.ts';
import { createStranded } from './stranded.ts';

/** Conducts one thread until nothing is left to do for it. */
type Conduct = (thread: ThreadId, run: Run) => Promise<void>;

export interface EmbeddedDispatcher extends Dispatcher {
  /** Starts the runs that were asked for so far, and from now on each as it is asked for. Once only. */
  start(conduct: Conduct): void;
  /** Starts no more runs, aborts the signal of those under way, and resolves when all have ended. */
  stop(): Promise<void>;
  /** How many threads run now. */
  running(): number;
}

interface Underway {
  /** One of its own for each run: a signal of the whole process would gather listeners for as long as it lives. */
  ending: AbortController;
  listeners: readonly (() => void)[];
  /** When it began or was last told of a wake. */
  toldAt: number;
  /** A wake that nobody heard. */
  missed: boolean;
  /** A wake that a listener heard. */
  heard: boolean;
  ended: Promise<void>;
}

interface EmbeddedOptions {
  schedule: Schedule;
  clock: Clock;
  log: Logger;
}

/**
 * The dispatcher of a single process. Only threads that run take up memory: the times of all others are in the
 * schedule, and one timer waits for the earliest of them. A plain wake is forgotten with the process; its owner wakes
 * what waits in the store when it starts again.
 */
export function createEmbeddedDispatcher({ schedule, clock, log }: EmbeddedOptions): EmbeddedDispatcher {
  const early = new Set<ThreadId>();
  const underway = new Map<ThreadId, Underway>();
  /** Threads that somebody is about to wake for what is not done yet, and how many do so. */
  const expecting = new Map<ThreadId, number>();
  // A thread's time is read, changed and taken away as one.
  const inTurn = createTurns<ThreadId>();
  const stranded = createStranded(clock, { onAgain: wake });
  const bell = createBell({ schedule, clock, log, ring: wake });
  let isStopping = false;
  let conduct: Conduct | undefined;

  function begin(thread: ThreadId, work: Conduct): void {
    const run: Underway = {
      ending: new AbortController(),
      listeners: [],
      toldAt: clock.now(),
      missed: false,
      heard: false,
      ended: Promise.resolve(),
    };
    underway.set(thread, run);
    run.ended = live(thread, { run, work });
  }

  async function live(thread: ThreadId, { run, work }: { run: Underway; work: Conduct }): Promise<void> {
    if (await conductOnce(thread, { run, work })) await serve(thread, run);
    underway.delete(thread);
    if (isFollowed(run)) wake(thread);
  }

  /** True when it ended by itself, and well. */
  async function conductOnce(thread: ThreadId, { run, work }: { run: Underway; work: Conduct }): Promise<boolean> {
    // Whoever wakes a thread is acknowledging something: its run begins after that, not in the middle.
    await Promise.resolve();
    const { signal } = run.ending;
    if (signal.aborted) return false;
    try {
      await work(thread, { signal, onWake: (listener) => listen(run, listener) });
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted && error === signal.reason) return false;
      if (error instanceof KeepError) {
        log.warn({ threadId: thread, reason: error.message }, 'run put off: what it does cannot be kept');
        stranded.add(thread);
      } else log.error({ threadId: thread, err: error }, 'run failed');
      return false;
    }
  }

  /** The run has done what the thread was woken for. */
  async function serve(thread: ThreadId, run: Underway): Promise<void> {
    try {
      await inTurn(thread, async () => {
        if (!isFollowed(run) && !expecting.has(thread)) await schedule.served(thread, run.toldAt);
      });
    } catch (error) {
      // It is run once more after a restart, in vain.
      log.warn({ threadId: thread, err: error }, 'the schedule cannot be written');
    }
  }

  function wake(thread: ThreadId): void {
    if (isStopping) return;
    const run = underway.get(thread);
    if (run) tell(run, clock.now());
    else if (conduct) begin(thread, conduct);
    else early.add(thread);
  }

  async function wakeAt(thread: ThreadId, at: number | null): Promise<void> {
    await inTurn(thread, async () => {
      // Another run is sure to come, and will say when the next one is due; a process that dies before owes it still.
      const isOwed = expecting.has(thread) || underway.get(thread)?.missed === true;
      await schedule.set(thread, isOwed ? clock.now() : at);
      if (at !== null && !isOwed) bell.set(thread, at);
    });
  }

  async function wakeAfter<T>(thread: ThreadId, work: () => Promise<T>): Promise<T> {
    expecting.set(thread, (expecting.get(thread) ?? 0) + 1);
    try {
      await inTurn(thread, () => schedule.set(thread, clock.now()));
      return await work();
    } finally {
      const others = (expecting.get(thread) ?? 1) - 1;
      if (others === 0) expecting.delete(thread);
      else expecting.set(thread, others);
      wake(thread);
    }
  }

  return {
    wake,
    wakeAt,
    wakeAfter,
    start(work) {
      if (conduct) throw new Error('the dispatcher was started already');
      conduct = work;
      for (const thread of early) wake(thread);
      early.clear();
      bell.start();
    },
    async stop() {
      isStopping = true;
      for (const { ending } of underway.values()) ending.abort();
      early.clear();
      stranded.clear();
      await Promise.all([bell.stop(), ...[...underway.values()].map(({ ended }) => ended)]);
    },
    running: () => underway.size,
  };
}

function isFollowed({ missed, heard, listeners }: Underway): boolean {
  // A run that ended while it still listened may have heard a wake too late to act on it.
  return missed || (heard && listeners.length > 0);
}

function tell(run: Underway, now: number): void {
  run.toldAt = now;
  if (run.listeners.length === 0) {
    run.missed = true;
    return;
  }
  run.heard = true;
  for (const listener of run.listeners) listener();
}

function listen(run: Underway, listener: () => void): () => void {
  // Wrapped, so that listening twice with one function takes stopping twice.
  const entry = () => listener();
  run.listeners = [...run.listeners, entry];
  return () => {
    run.listeners = run.listeners.filter((other) => other !== entry);
  };
}
