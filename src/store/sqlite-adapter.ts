import type { KeyvStoreAdapter } from 'keyv';
import type { Clock } from '../clock.ts';
import type { Range, Sqlite } from './sqlite.ts';
import type { WriteQueue } from './write-queue.ts';

const PAGE = 100;
const SWEEP_EVERY_MS = 3_600_000;

/** What keyv's own type leaves out: `Keyv.setMany` hands on what the adapter answers. */
export type SqliteAdapter = Omit<Required<KeyvStoreAdapter>, 'namespace' | 'setMany'> & {
  namespace: string | undefined;
  setMany(entries: { key: string; value: string; ttl?: number }[]): Promise<boolean[]>;
};

/**
 * A keyv store over a shared SQLite connection. Each Keyv needs an adapter of its own, since it writes its namespace
 * on it; keys arrive with that namespace in front, as `namespace:key`. Methods reject with a StoreError.
 */
export function createSqliteAdapter(sqlite: Sqlite, clock: Clock, queue: WriteQueue = atOnce): SqliteAdapter {
  const sweep = createSweep(sqlite, clock);
  const expiry = (ttl: number | undefined) => (ttl === undefined ? null : clock.now() + ttl);
  // What was written stands, whether there is room for tidying or not.
  const tidy = () => void (sweep.isDue() && queue(sweep.run).catch(() => {}));
  const read = (key: string) => sqlite.read(key, clock.now());

  const adapter: SqliteAdapter = {
    // The dialect is how keyv knows a store whose iterator it may use.
    opts: { dialect: 'sqlite', url: 'sqlite://' },
    namespace: undefined,
    // The driver is synchronous: every error is thrown to its caller, and none is left to emit.
    on: () => adapter,
    get: async <Value>(key: string) => read(key) as Value | undefined,
    getMany: async <Value>(keys: string[]) => keys.map((key) => read(key) as Value | undefined),
    has: async (key) => read(key) !== undefined,
    hasMany: async (keys) => keys.map((key) => read(key) !== undefined),
    async set(key, value, ttl) {
      await queue(() => sqlite.write([{ key, value, expires: expiry(ttl) }]));
      tidy();
      return true;
    },
    async setMany(entries) {
      await queue(() => sqlite.write(entries.map(({ key, value, ttl }) => ({ key, value, expires: expiry(ttl) }))));
      tidy();
      return entries.map(() => true);
    },
    delete: (key) => queue(() => sqlite.remove([key], clock.now())[0] === true),
    deleteMany: (keys) => queue(() => sqlite.remove(keys, clock.now()).every(Boolean)),
    clear: () => queue(() => sqlite.removeRange(rangeOf(adapter.namespace))),
    async *iterator<Value>(namespace?: string) {
      for (let after = ''; ; ) {
        const rows = sqlite.page(rangeOf(namespace), { after, limit: PAGE, now: clock.now() });
        for (const { key, value } of rows) yield [key, value as Awaited<Value>];
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return;
        after = last.key;
      }
    },
    // The connection belongs to whoever opened it: other namespaces are still using it.
    disconnect: async () => {},
  };
  return adapter;
}

const atOnce: WriteQueue = async (write) => write();

/** All keys that start with `namespace:`; `;` follows `:` in byte order, so no pattern has to be escaped. */
function rangeOf(namespace: string | undefined): Range {
  return namespace ? { from: `${namespace}:`, to: `${namespace};` } : { from: '', to: null };
}

/** Removes what expired and was never asked for again: now, and hourly while there are writes. */
function createSweep(sqlite: Sqlite, clock: Clock): { isDue(): boolean; run(): void } {
  let next = Number.NEGATIVE_INFINITY;
  return {
    isDue: () => clock.now() >= next,
    run() {
      next = clock.now() + SWEEP_EVERY_MS;
      sqlite.removeExpired(clock.now());
    },
  };
}
