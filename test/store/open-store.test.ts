import { cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { createInbox } from '../../src/store/inbox.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { createSchedule } from '../../src/store/schedule.ts';
import { createSpaces, type OpenSpace } from '../../src/store/space.ts';
import { openSqlite, type Sqlite } from '../../src/store/sqlite.ts';
import { createSqliteAdapter } from '../../src/store/sqlite-adapter.ts';
import { createThreads } from '../../src/store/threads.ts';
import { createWriteQueue } from '../../src/store/write-queue.ts';
import { threadId } from '../../src/thread/ids.ts';
import { collect, message, parked, portsContract, thread, ts, working } from './ports-contract.ts';

const log = pino({ level: 'silent' });
const folders: string[] = [];
const stores: Store[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-store-'));
  folders.push(folder);
  return folder;
}

function open(dataFolder: string): Store {
  const store = openStore({ dataFolder, log, busyTimeoutMs: 20 });
  stores.push(store);
  return store;
}

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

portsContract('memory', (clock) => openStore({ dataFolder: ':memory:', log, clock }));
portsContract('a file', (clock) => openStore({ dataFolder: newFolder(), log, clock }));

describe('the data folder', () => {
  test('is created for this user only, with the database in it', () => {
    const folder = join(newFolder(), 'deep', 'data');
    open(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'drawbridge.db')).mode & 0o777).toBe(0o600);
  });

  test('that cannot be made is one error that says what to do', () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'data')]) {
      expect(() => open(folder)).toThrow(
        expect.objectContaining({
          code: 'unwritable',
          message: expect.stringMatching(/^\S+ cannot be written: .*DRAWBRIDGE_DATA/),
        }),
      );
    }
  });

  test('serves one Drawbridge at a time, and the next when that has left', () => {
    const folder = newFolder();
    const first = open(folder);
    expect(() => open(folder)).toThrow(
      expect.objectContaining({
        code: 'locked',
        message: `${folder} is in use by another process: stop the other Drawbridge, or set DRAWBRIDGE_DATA to another folder`,
      }),
    );
    first.close();
    open(folder);
  });

  test('is free again after a failed start', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'drawbridge.db'), 'no database '.repeat(1000));
    expect(() => open(folder)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    rmSync(join(folder, 'drawbridge.db'));
    open(folder);
  });

  test('holds everything in one file once closed, so that a copy is a backup', async () => {
    const folder = newFolder();
    const store = open(folder);
    await store.inbox.add(message(1));
    store.close();
    const backup = newFolder();
    cpSync(join(folder, 'drawbridge.db'), join(backup, 'drawbridge.db'));
    expect(await open(backup).inbox.list(thread(1))).toEqual([message(1)]);
  });
});

describe('after a crash', () => {
  /** The files as a killed process leaves them: not closed, nothing flushed by us. */
  function crashed(folder: string): string {
    const copy = newFolder();
    for (const name of ['drawbridge.db', 'drawbridge.db-wal']) {
      if (existsSync(join(folder, name))) cpSync(join(folder, name), join(copy, name));
    }
    return copy;
  }

  test('everything that was resolved is there', async () => {
    const folder = newFolder();
    const store = open(folder);
    for (const n of [2, 1, 3]) await store.inbox.add(message(n));
    await store.inbox.settle(message(1));
    await store.threads.save(thread(1), working);
    await store.ledger.save(thread(1), 'turn-1', { posted: [1] });

    const next = open(crashed(folder));
    expect((await next.inbox.list(thread(1))).map((input) => input.ts)).toEqual([ts(2), ts(3)]);
    expect(await next.inbox.add(message(1))).toBe(false);
    expect(await collect(next.inbox.waiting())).toEqual([thread(1)]);
    expect(await next.threads.load(thread(1))).toEqual(working);
    expect(await collect(next.threads.unfinished())).toEqual([thread(1)]);
    expect(await next.ledger.load(thread(1), 'turn-1')).toEqual({ posted: [1] });
  });
});

/** Spaces whose n-th disk write, and every one after it, fails: a process that dies between two writes. */
function spacesThatDieAt(sqlite: Sqlite, fatal: number): OpenSpace {
  let writes = 0;
  const dying =
    <Args extends unknown[], T>(write: (...args: Args) => T) =>
    (...args: Args) => {
      if (++writes >= fatal) throw new Error('killed');
      return write(...args);
    };
  const mortal = { ...sqlite, write: dying(sqlite.write), remove: dying(sqlite.remove) };
  return createSpaces(() => createSqliteAdapter(mortal, realClock));
}

describe('dying between two writes', () => {
  let sqlite: Sqlite;
  let healthy: OpenSpace;
  beforeEach(() => {
    sqlite = openSqlite(':memory:');
    healthy = createSpaces(() => createSqliteAdapter(sqlite, realClock));
  });
  afterEach(() => sqlite.close());

  test('an input whose settling was cut short is either still open or settled for good', async () => {
    for (const fatal of [1, 2]) {
      const input = message(fatal);
      await createInbox(healthy).add(input);
      await expect(createInbox(spacesThatDieAt(sqlite, fatal)).settle(input)).rejects.toThrow('killed');
      const inbox = createInbox(healthy);
      const stillOpen = (await inbox.list(thread(1))).length === 1;
      expect(stillOpen).toBe(fatal === 1);
      expect(await collect(inbox.waiting())).toEqual(stillOpen ? [thread(1)] : []);
      expect(await inbox.add(input)).toBe(stillOpen);
      await inbox.settle(input);
      expect(await inbox.list(thread(1))).toEqual([]);
    }
  });

  test('no thread with a turn is ever missing among the unfinished', async () => {
    const waiting = { ...working, parked: { heardAt: null } };
    const journeys = [
      [undefined, working],
      [working, parked],
      [parked, working],
      [working, waiting],
      [waiting, working],
    ] as const;
    for (const [before, after] of journeys) {
      for (const fatal of [1, 2]) {
        if (before) await createThreads(healthy).save(thread(1), before);
        await expect(createThreads(spacesThatDieAt(sqlite, fatal)).save(thread(1), after)).rejects.toThrow('killed');
        const threads = createThreads(healthy);
        const record = await threads.load(thread(1));
        const owes = record?.turn != null && record.parked === null;
        expect(await collect(threads.unfinished())).toEqual(owes ? [thread(1)] : []);
      }
    }
  });
});

test('a time that was cut short while it was written is the former one or the new one', async () => {
  const sqlite = openSqlite(':memory:');
  const healthy = createSchedule(createSpaces(() => createSqliteAdapter(sqlite, realClock)));
  for (const [before, after] of [
    [1000, 2000],
    [2000, 1000],
    [1000, null],
  ] as const) {
    await healthy.set(thread(1), before);
    await expect(createSchedule(spacesThatDieAt(sqlite, 1)).set(thread(1), after)).rejects.toThrow('killed');
    expect(await collect(healthy.after(0))).toEqual([{ thread: thread(1), at: before }]);
    await healthy.set(thread(1), after);
    expect(await collect(healthy.after(0))).toEqual(after === null ? [] : [{ thread: thread(1), at: after }]);
  }
  sqlite.close();
});

describe('writes that fail', () => {
  test('reject when the database is read-only', async () => {
    const folder = newFolder();
    const store = open(folder);
    await store.inbox.add(message(1));
    const other = new Database(join(folder, 'drawbridge.db'));
    // A trigger is the one way to make a file read-only that also stops root, who runs many test machines.
    other.exec("CREATE TRIGGER no BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no'); END");
    other.close();
    await expect(store.inbox.add(message(2))).rejects.toMatchObject({ name: 'StoreError', code: 'failed' });
    await expect(store.inbox.settle(message(1))).rejects.toThrow();
    await expect(store.threads.save(thread(1), working)).rejects.toThrow();
    expect(await store.inbox.list(thread(1))).toEqual([message(1)]);
  });

  test('reject while another connection holds the database', async () => {
    const folder = newFolder();
    const store = open(folder);
    const other = new Database(join(folder, 'drawbridge.db'));
    other.exec('BEGIN IMMEDIATE');
    await expect(store.inbox.add(message(1))).rejects.toMatchObject({ code: 'locked' });
    other.close();
    expect(await store.inbox.add(message(1))).toBe(true);
  });
});

describe('while it is used', () => {
  let logged: Record<string, unknown>[];
  let damages: Error[];

  function watched(folder: string, busyTimeoutMs = 20): Store {
    logged = [];
    damages = [];
    const store = openStore({
      dataFolder: folder,
      log: pino({}, { write: (line) => void logged.push(JSON.parse(line)) }),
      onDamaged: (error) => damages.push(error),
      busyTimeoutMs,
    });
    stores.push(store);
    return store;
  }

  test('one line says that it cannot be written, and one that it can be again', async () => {
    const folder = newFolder();
    const store = watched(folder);
    const other = new Database(join(folder, 'drawbridge.db'));
    other.exec('BEGIN IMMEDIATE');
    for (const n of [1, 2, 3]) await expect(store.inbox.add(message(n))).rejects.toMatchObject({ code: 'locked' });
    expect(await store.inbox.list(thread(1))).toEqual([]);
    expect(logged).toMatchObject([
      { level: 50, code: 'locked', msg: expect.stringContaining('is in use by another process') },
    ]);
    other.close();
    for (const n of [1, 2]) await store.inbox.add(message(n));
    expect(logged).toHaveLength(2);
    expect(logged[1]).toMatchObject({ level: 30, msg: 'the store can be written again' });
    expect(damages).toEqual([]);
  });

  test('somebody who holds it is waited for, with the process free for other things, and every write in its turn', async () => {
    const folder = newFolder();
    const store = watched(folder, 5000);
    const other = new Database(join(folder, 'drawbridge.db'));
    other.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    const turns = ['a', 'b', 'c'];
    const saves = turns.map((turn) => store.threads.save(thread(1), { ...working, turn }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ticks).toBeGreaterThan(5);
    other.close();
    await Promise.all(saves);
    clearInterval(ticking);
    expect((await store.threads.load(thread(1)))?.turn).toBe('c');
    expect(logged.filter(({ level }) => level === 50)).toHaveLength(1);
  });

  test('whoever writes in the same moment shares a commit, and one that is refused is refused alone', async () => {
    const sqlite = openSqlite(':memory:');
    let commits = 0;
    const counting = {
      together(work: () => void) {
        commits += 1;
        return sqlite.together(work);
      },
    };
    const { queue } = createWriteQueue({ sqlite: counting, patienceMs: 0 });
    const write = (key: string) => queue(() => sqlite.write([{ key, value: '1', expires: null }]));
    await Promise.all(Array.from({ length: 100 }, (_, n) => write(`k${n}`)));
    expect(commits).toBe(1);
    const outcomes = await Promise.allSettled([write('a'), write('b\0'), write('c')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(['k0', 'k99', 'a', 'c'].map((key) => sqlite.read(key, 0))).toEqual(['1', '1', '1', '1']);
    sqlite.close();
  });

  test('what still waits to be written when it is closed is written first', async () => {
    const folder = newFolder();
    const store = watched(folder);
    const adding = store.inbox.add(message(1));
    await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    store.close();
    await adding.catch(() => {});
    const outcome = await adding.then(
      () => 'kept',
      () => 'refused',
    );
    const kept = await open(folder).inbox.list(thread(1));
    expect(kept.length === 1).toBe(outcome === 'kept');
  });

  test('a value that cannot be read any more is damage, told once', async () => {
    const folder = newFolder();
    const store = watched(folder);
    await store.threads.save(thread(1), working);
    const other = new Database(join(folder, 'drawbridge.db'));
    other.exec("UPDATE entries SET value = '{' WHERE key LIKE 'threads:%'");
    other.close();
    await expect(store.threads.load(thread(1))).rejects.toMatchObject({ name: 'StoreError', code: 'corrupt' });
    await expect(collect(store.threads.unfinished())).rejects.toMatchObject({ code: 'corrupt' });
    expect(damages).toMatchObject([{ message: expect.stringMatching(/drawbridge\.db is damaged.*restore it/) }]);
  });
});

test('ten thousand parked threads cost a start no reads of their records', async () => {
  const sqlite = openSqlite(':memory:');
  let reads = 0;
  const counting: Sqlite = {
    ...sqlite,
    read: (...args) => {
      reads++;
      return sqlite.read(...args);
    },
    page: (...args) => {
      const rows = sqlite.page(...args);
      reads += rows.length;
      return rows;
    },
  };
  const seed = Array.from({ length: 10_000 }, (_, i) => ({
    key: `threads:${threadId({ team: 'T1', channel: `C${i}`, root: ts(1) })}`,
    value: JSON.stringify({ value: parked }),
    expires: null,
  }));
  sqlite.write(seed);
  const openSpace = createSpaces(() => createSqliteAdapter(counting, realClock));
  const [threads, inbox] = [createThreads(openSpace), createInbox(openSpace)];
  await threads.save(thread(1), working);
  await inbox.add(message(1));
  expect(await threads.load(threadId({ team: 'T1', channel: 'C9999', root: ts(1) }))).toEqual(parked);

  reads = 0;
  expect(await collect(threads.unfinished())).toEqual([thread(1)]);
  expect(await collect(inbox.waiting())).toEqual([thread(1)]);
  expect(reads).toBeLessThan(10);
  sqlite.close();
});

test('a record costs one write while what marks it stays as it is', async () => {
  const sqlite = openSqlite(':memory:');
  let writes = 0;
  const counting: Sqlite = {
    ...sqlite,
    write(rows) {
      writes++;
      sqlite.write(rows);
    },
    remove(...args) {
      writes++;
      return sqlite.remove(...args);
    },
  };
  const threads = createThreads(createSpaces(() => createSqliteAdapter(counting, realClock)));
  const writesOf = async (...[id, record]: Parameters<typeof threads.save>) => {
    writes = 0;
    await threads.save(id, record);
    return writes;
  };
  expect(await writesOf(thread(1), working)).toBe(2);
  expect(await writesOf(thread(1), { ...working, cents: 3 })).toBe(1);
  expect(await writesOf(thread(1), { ...working, turn: null })).toBe(2);
  expect(await writesOf(thread(1), { ...working, turn: null, cents: 4 })).toBe(1);
  sqlite.close();
});
