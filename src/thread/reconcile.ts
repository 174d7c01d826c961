/**
 * Notices what sessions do without us: answered in the Console, continued by a workflow run, archived or deleted. All
 * of them are listed now and then, and a thread is woken when its session has moved since it was put down. So what
 * waits costs a share of one request, and not a look at each.
 */
import type { Logger } from 'pino';
import { type Clock, sleep } from '../clock.ts';
import type { Registry } from './gate-ports.ts';
import type { ThreadId } from './ids.ts';
import type { Dispatcher, Sessions, Sighting, ThreadRecord, Threads } from './ports.ts';

export interface Reconciler {
  /** Looks at once, for what happened while nobody was there, and from then on every two minutes or so. */
  start(): void;
  /** A session was looked at for some other reason. */
  saw(sighting: Sighting): Promise<void>;
  stop(): Promise<void>;
}

interface ReconcileOptions {
  sessions: Pick<Sessions, 'list'>;
  threads: Threads;
  sightings: Registry;
  dispatcher: Dispatcher;
  clock: Clock;
  log: Logger;
}

/** At most so long between two rounds, and at least four fifths of it: many bridges must not ask at the same time. */
const EVERY_MS = 120_000;
const JITTER = 0.2;
/**
 * A round of many pages takes a tenth of the 1,200 reads that an organisation has in a minute, and lets all others go
 * first; with 10,000 sessions it is over in less than one, and between the rounds nothing is held open.
 */
const PAGE_EVERY_MS = 500;

export function createReconciler(options: ReconcileOptions): Reconciler {
  const { sessions, threads, dispatcher, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let going = Promise.resolve();

  async function goOn(): Promise<void> {
    while (!signal.aborted) {
      try {
        await round();
        log.debug('sessions looked at');
      } catch (error) {
        log.warn({ err: error }, 'sessions not looked at');
      }
      await sleep(clock, EVERY_MS * (1 - JITTER * Math.random()), signal);
    }
  }

  async function round(): Promise<void> {
    const unlisted = new Set<ThreadId>();
    for await (const thread of threads.parked()) unlisted.add(thread);
    let page: string | null = null;
    do {
      const { sessions: seen, next } = await sessions.list(page);
      for (const sighting of seen) {
        const thread = await see(sighting);
        if (thread !== null) unlisted.delete(thread);
      }
      page = next;
      if (page !== null) await sleep(clock, PAGE_EVERY_MS, signal);
    } while (page !== null && !signal.aborted);
    if (signal.aborted) return;
    for (const thread of unlisted) await missed(thread);
  }

  /** Gives the thread whose session this is. */
  async function see(sighting: Sighting): Promise<ThreadId | null> {
    const { thread, session, changedAt } = sighting;
    if (thread === null || signal.aborted) return null;
    const record = await threads.load(thread);
    if (record?.session !== session) return null;
    if (hasMoved(record, sighting)) await tell(thread, changedAt);
    return thread;
  }

  /** Its session was deleted, unless it has got another one since. */
  async function missed(thread: ThreadId): Promise<void> {
    const record = await threads.load(thread);
    if (record?.parked && record.session !== null) await tell(thread, `no ${record.session}`);
  }

  /** Once for each time that it moved: what a look did not change, another would not change either. */
  async function tell(thread: ThreadId, sight: string): Promise<void> {
    if ((await options.sightings.load(thread)) === sight) return;
    log.info({ threadId: thread }, 'session has moved without us');
    await dispatcher.wakeAfter(thread, () => options.sightings.change(thread, () => sight));
  }

  return {
    start() {
      going = goOn();
    },
    async saw(sighting) {
      await see(sighting);
    },
    async stop() {
      stopping.abort();
      await going;
    },
  };
}

/** A thread whose turn is under way, or sure to be picked up, looks for itself. */
function hasMoved({ turn, parked, since }: ThreadRecord, { changedAt }: Pick<Sighting, 'changedAt'>): boolean {
  if (turn !== null && !parked) return false;
  return isAfter(changedAt, parked?.heardAt ?? since);
}

/** Until when a thread's session is known to have moved since the thread was put down, RFC 3339; null: it has not. */
export async function unheardSight(
  thread: ThreadId,
  { record, sightings }: { record: ThreadRecord; sightings: Registry },
): Promise<string | null> {
  const sight = await sightings.load(thread);
  if (typeof sight !== 'string' || record.session === null) return null;
  return isAfter(sight, record.parked?.heardAt ?? record.since) ? sight : null;
}

function isAfter(changedAt: string, heardAt: string | null): boolean {
  const changed = Date.parse(changedAt);
  return !Number.isNaN(changed) && (heardAt === null || changed > Date.parse(heardAt));
}
