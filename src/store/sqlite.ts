import Database from 'libsql';
import { refusal, storeError } from './store-error.ts';

/** The one table behind every keyv namespace. Times are milliseconds since the epoch; every write is atomic. */
export interface Sqlite {
  read(key: string, now: number): string | undefined;
  write(rows: Row[]): void;
  /** For each key, whether it was there. */
  remove(keys: string[], now: number): boolean[];
  removeRange(range: Range): void;
  /** Unexpired rows of a range in key order, at most `limit`, after the key `after`. */
  page(range: Range, options: { after: string; limit: number; now: number }): Row[];
  removeExpired(now: number): void;
  /** Writes all that `work` writes in one step, or nothing of it. Gives how many rows that changed. */
  together(work: () => void): number;
  close(): void;
}

interface Row {
  key: string;
  value: string;
  expires: number | null;
}

/** Keys from `from` on and before `to`, in the order of their UTF-8 bytes. Null: no upper end. */
export interface Range {
  from: string;
  to: string | null;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_expires ON entries (expires) WHERE expires IS NOT NULL;
`;

/** Opens the database file `path`, or `:memory:`. Throws a StoreError when it cannot be read and written. */
export function openSqlite(path: string, { busyTimeoutMs = 2000 } = {}): Sqlite {
  let open = true;
  const guarded = <T>(work: () => T): T => {
    // libsql's prepared statements outlive their closed connection and would go on writing.
    if (!open) throw refusal(path, 'closed');
    try {
      return work();
    } catch (error) {
      throw storeError(path, error);
    }
  };
  // libsql cuts text at NUL and replaces lone surrogates, which would make two keys one.
  const storable = (key: string) => {
    if (/[\0\ud800-\udfff]/u.test(key)) throw refusal(path, 'key');
    return key;
  };
  const { database, statements } = guarded(() => prepare(path, busyTimeoutMs));
  let changes = 0;
  let isTogether = false;

  function together(work: () => void): number {
    if (isTogether) {
      work();
      return changes;
    }
    changes = 0;
    database.exec('BEGIN IMMEDIATE');
    isTogether = true;
    try {
      work();
      database.exec('COMMIT');
      return changes;
    } catch (error) {
      rollBack(database);
      throw error;
    } finally {
      isTogether = false;
    }
  }

  return {
    read(key, now) {
      const row = guarded(() => statements.read.get(storable(key), now)) as Row | undefined;
      return row?.value;
    },
    write(rows) {
      const all = () => {
        for (const { key, value, expires } of rows) {
          changes += statements.write.run(storable(key), value, expires).changes;
        }
      };
      guarded(() => (rows.length === 1 ? all() : together(all)));
    },
    remove(keys, now) {
      const there: boolean[] = [];
      const all = () => {
        for (const key of keys) {
          there.push(statements.read.get(storable(key), now) !== undefined);
          changes += statements.remove.run(key).changes;
        }
      };
      guarded(() => (keys.length === 1 ? all() : together(all)));
      return there;
    },
    removeRange: ({ from, to }) => guarded(() => void statements.removeRange.run(from, to ?? END)),
    page: ({ from, to }, { after, limit, now }) =>
      guarded(() => statements.page.all(from, to ?? END, after, now, limit)) as Row[],
    removeExpired: (now) => guarded(() => void statements.removeExpired.run(now)),
    together: (work) => guarded(() => together(work)),
    close() {
      if (!open) return;
      // Leaves everything in the one file, so that a copy of it is a whole backup.
      guarded(() => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
      open = false;
      database.close();
    },
  };
}

/** After every key: SQLite sorts bytes after text. */
const END = Buffer.alloc(0);

function rollBack(database: Database.Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // Some failures, such as a full disk, have rolled back already.
  }
}

/** How long a statement may keep the process from everything else while another holds the database. */
const BLOCK_MS = 25;

/** What is damaged is found at the start, and not by whoever comes to need it. */
function check(database: Database.Database, path: string): void {
  const [found] = database.pragma('quick_check(1)') as { quick_check: string }[];
  if (found?.quick_check !== 'ok') throw refusal(path, 'corrupt');
  const unreadable = database.prepare('SELECT 1 FROM entries WHERE NOT json_valid(value) LIMIT 1').get();
  if (unreadable !== undefined) throw refusal(path, 'corrupt');
}

function prepare(path: string, busyTimeoutMs: number) {
  const database = new Database(path, { timeout: busyTimeoutMs });
  database.pragma('journal_mode = WAL');
  // FULL syncs the log at every commit: what was acknowledged survives a power loss, not only a crash.
  database.pragma('synchronous = FULL');
  database.exec(SCHEMA);
  check(database, path);
  database.pragma(`busy_timeout = ${BLOCK_MS}`);
  const alive = '(expires IS NULL OR expires > ?)';
  return {
    database,
    statements: {
      read: database.prepare(`SELECT value FROM entries WHERE key = ? AND ${alive}`),
      write: database.prepare('INSERT OR REPLACE INTO entries (key, value, expires) VALUES (?, ?, ?)'),
      remove: database.prepare('DELETE FROM entries WHERE key = ?'),
      removeRange: database.prepare('DELETE FROM entries WHERE key >= ? AND key < ?'),
      // Plain bounds, which the index finds: what lies outside of a range costs nothing.
      page: database.prepare(
        'SELECT key, value, expires FROM entries WHERE key >= max(?1, ?3) AND key < ?2 AND key <> ?3 AND (expires IS NULL OR expires > ?4) ORDER BY key LIMIT ?5',
      ),
      removeExpired: database.prepare('DELETE FROM entries WHERE expires <= ?'),
    },
  };
}
