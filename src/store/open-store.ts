import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { type Clock, realClock } from '../clock.ts';
import type { Registry } from '../thread/gate-ports.ts';
import type { Inbox, Ledger, Schedule, Threads } from '../thread/ports.ts';
import { createInbox } from './inbox.ts';
import { createLedger } from './ledger.ts';
import { lockFolder } from './lock-folder.ts';
import { createRegistry } from './registry.ts';
import { createSchedule } from './schedule.ts';
import { createSpaces } from './space.ts';
import { openSqlite } from './sqlite.ts';
import { createSqliteAdapter } from './sqlite-adapter.ts';
import { storeError } from './store-error.ts';
import { createThreads } from './threads.ts';
import { type Outage, watch } from './watch.ts';
import { createWriteQueue } from './write-queue.ts';

export interface Store {
  inbox: Inbox;
  threads: Threads;
  ledger: Ledger;
  /** When threads are to be run next. */
  schedule: Schedule;
  /** What was asked of people, and what they decided. */
  questions: Registry;
  /** What people agreed to for the rest of a thread. */
  grants: Registry;
  /** What was spent, by person or channel and day. */
  spending: Registry;
  /** Which files went where, by thread. */
  files: Registry;
  /** As what the session of a thread was last seen that had moved without us. */
  sightings: Registry;
  /** When the bot was there. */
  attendance: Registry;
  close(): void;
}

export interface StoreOptions {
  /** Created when missing; `:memory:` keeps everything in memory. */
  dataFolder: string;
  log: Logger;
  clock?: Clock;
  /** It turned out to be damaged while it was used: nothing can be kept any more. */
  onDamaged?(error: Error): void;
  /** It can be written again after a time in which nothing could be kept. */
  onOver?(outage: Outage): void;
  /** How long to wait for another process that uses the folder or the file to let go of it: at the start, blocking. */
  busyTimeoutMs?: number;
}

const DAY_MS = 24 * 3_600_000;
/** From the last change on: an old card is still answered honestly for as long. */
const QUESTION_TTL_MS = 90 * DAY_MS;
/** From the last change on: a thread that is written in keeps its files. */
const FILES_TTL_MS = 365 * DAY_MS;
/** One that is forgotten is looked at once more. */
const SIGHTING_TTL_MS = 90 * DAY_MS;
/** A day's spending is asked for on that day only. */
const SPENDING_TTL_MS = 3 * DAY_MS;

/** Opens `<dataFolder>/drawbridge.db` for this process alone. Throws a StoreError that says what to do. */
export function openStore({
  dataFolder,
  log,
  clock = realClock,
  onDamaged = () => {},
  onOver = () => {},
  busyTimeoutMs = 2000,
}: StoreOptions): Store {
  const inMemory = dataFolder === ':memory:';
  const path = inMemory ? dataFolder : join(dataFolder, 'drawbridge.db');
  const unlock = inMemory ? () => {} : claimFolder(dataFolder, { path, busyTimeoutMs });
  try {
    const { sqlite, fail } = watch(openSqlite(path, { busyTimeoutMs }), { clock, log, onDamaged, onOver });
    const { queue, drain } = createWriteQueue({ sqlite, patienceMs: busyTimeoutMs });
    const toError = (cause: unknown) => fail(storeError(path, cause));
    const openSpace = createSpaces(() => createSqliteAdapter(sqlite, clock, queue), { toError });
    log.debug({ path }, 'store opened');
    return {
      inbox: createInbox(openSpace),
      threads: createThreads(openSpace),
      ledger: createLedger(openSpace),
      schedule: createSchedule(openSpace),
      questions: createRegistry(openSpace, { name: 'questions', ttlMs: QUESTION_TTL_MS }),
      grants: createRegistry(openSpace, { name: 'grants', ttlMs: QUESTION_TTL_MS }),
      files: createRegistry(openSpace, { name: 'files', ttlMs: FILES_TTL_MS }),
      sightings: createRegistry(openSpace, { name: 'sightings', ttlMs: SIGHTING_TTL_MS }),
      attendance: createRegistry(openSpace, { name: 'attendance', ttlMs: FILES_TTL_MS }),
      spending: createRegistry(openSpace, { name: 'spending', ttlMs: SPENDING_TTL_MS }),
      close() {
        try {
          drain();
          sqlite.close();
        } finally {
          unlock();
        }
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** What people write is in there: the folder and the file are for this user only. */
function claimFolder(folder: string, { path, busyTimeoutMs }: { path: string; busyTimeoutMs: number }): () => void {
  try {
    makeFolder(resolve(folder));
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw storeError(folder, error);
  }
  return lockFolder(folder, busyTimeoutMs);
}

/**
 * Like a recursive mkdir, which never returns where a parent exists but takes no folders (`/proc`), at least on Node 20.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
}
