import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Sqlite } from './sqlite.ts';
import { StoreError } from './store-error.ts';

/** Time in which nothing could be kept, in ms since the epoch. */
export interface Outage {
  from: number;
  to: number;
}

interface WatchOptions {
  clock: Clock;
  log: Logger;
  /** It will not get better by itself. */
  onDamaged(error: StoreError): void;
  /** It is written again. */
  onOver(outage: Outage): void;
}

interface Watched {
  /** The same database. */
  sqlite: Sqlite;
  /** Takes note of a failure of whoever uses it. */
  fail(error: StoreError): StoreError;
}

/** Says once that the database fails, and once that it is written again. */
export function watch(sqlite: Sqlite, { clock, log, onDamaged, onOver }: WatchOptions): Watched {
  let failing: StoreError | null = null;
  let since = 0;

  const watched =
    <Args extends unknown[], T>(work: (...args: Args) => T) =>
    (...args: Args): T => {
      try {
        return work(...args);
      } catch (error) {
        if (error instanceof StoreError) fail(error);
        throw error;
      }
    };

  function fail(error: StoreError): StoreError {
    const { code, cause, message } = error;
    if (code === 'closed' || code === 'key' || code === failing?.code) return error;
    if (failing === null) since = clock.now();
    failing = error;
    if (code === 'corrupt') onDamaged(error);
    else log.error({ code, err: cause }, message);
    return error;
  }

  /** Removing what is not there writes nothing, and proves nothing. */
  function together(work: () => void): number {
    const changes = sqlite.together(work);
    if (changes > 0 && failing !== null && failing.code !== 'corrupt') {
      log.info('the store can be written again');
      failing = null;
      onOver({ from: since, to: clock.now() });
    }
    return changes;
  }

  const same: Sqlite = {
    read: watched(sqlite.read),
    write: watched(sqlite.write),
    remove: watched(sqlite.remove),
    removeRange: watched(sqlite.removeRange),
    page: watched(sqlite.page),
    removeExpired: watched(sqlite.removeExpired),
    together: watched(together),
    close: sqlite.close,
  };
  return { sqlite: same, fail };
}
