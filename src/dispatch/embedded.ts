import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ThreadId } from '../thread/ids.ts';
import type { Dispatcher, Run } from '../thread/ports.ts';

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
  listeners: Set<() => void>;
  /** A wake that nobody heard. */
  missed: boolean;
  /** A wake that a listener heard. */
  heard: boolean;
  ended: Promise<void>;
}

/** setTimeout takes at most 2^31 - 1 ms and fires at once beyond that, so a far time is reached in days. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * The dispatcher of a single process. It remembers nothing beyond its life: after a restart its owner wakes what waits
 * in the store and arms the timers again. Only threads that run or have a timer take up memory.
 */
export function createEmbeddedDispatcher({ clock, log }: { clock: Clock; log: Logger }): EmbeddedDispatcher {
  const early = new Set<ThreadId>();
  const underway = new Map<ThreadId, Underway>();
  const timers = new Map<ThreadId, () => void>();
  let isStopping = false;
  let conduct: Conduct | undefined;

  function begin(thread: ThreadId, work: Conduct): void {
    const run: Underway = {
      ending: new AbortController(),
      listeners: new Set(),
      missed: false,
      heard: false,
      ended: Promise.resolve(),
    };
    underway.set(thread, run);
    run.ended = conductOnce(thread, { run, work }).finally(() => {
      underway.delete(thread);
      // A run that ended while it still listened may have heard a wake too late to act on it.
      if (run.missed || (run.heard && run.listeners.size > 0)) wake(thread);
    });
  }

  async function conductOnce(thread: ThreadId, { run, work }: { run: Underway; work: Conduct }): Promise<void> {
    // Whoever wakes a thread is acknowledging something: its run begins after that, not in the middle.
    await Promise.resolve();
    const { signal } = run.ending;
    if (signal.aborted) return;
    try {
      await work(thread, { signal, onWake: (listener) => listen(run, listener) });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) log.error({ threadId: thread, err: error }, 'run failed');
    }
  }

  function wake(thread: ThreadId): void {
    if (isStopping) return;
    const run = underway.get(thread);
    if (run) tell(run);
    else if (conduct) begin(thread, conduct);
    else early.add(thread);
  }

  function arm(thread: ThreadId, at: number): void {
    timers.get(thread)?.();
    if (isStopping) return;
    const waitMs = Math.max(0, at - clock.now());
    const fire = () => {
      timers.delete(thread);
      if (clock.now() < at) arm(thread, at);
      else wake(thread);
    };
    timers.set(thread, clock.after(Math.min(waitMs, LONGEST_WAIT_MS), fire));
  }

  return {
    wake,
    wakeAt: arm,
    start(work) {
      if (conduct) throw new Error('the dispatcher was started already');
      conduct = work;
      for (const thread of early) wake(thread);
      early.clear();
    },
    async stop() {
      isStopping = true;
      for (const { ending } of underway.values()) ending.abort();
      for (const cancel of timers.values()) cancel();
      timers.clear();
      early.clear();
      await Promise.all([...underway.values()].map(({ ended }) => ended));
    },
    running: () => underway.size,
  };
}

function tell(run: Underway): void {
  if (run.listeners.size === 0) {
    run.missed = true;
    return;
  }
  run.heard = true;
  for (const listener of [...run.listeners]) listener();
}

function listen(run: Underway, listener: () => void): () => void {
  // Wrapped, so that listening twice with one function takes stopping twice.
  const entry = () => listener();
  run.listeners.add(entry);
  return () => void run.listeners.delete(entry);
}
