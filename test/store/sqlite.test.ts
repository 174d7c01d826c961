import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';
import { storeError } from '../../src/store/store-error.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drawbridge-sqlite-'));
  path = join(folder, 'test.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = { key: 'n:a', value: '"x"', expires: null };

test('what was written is there after opening the file again', () => {
  const first = openSqlite(path);
  first.write([entry]);
  first.close();
  const second = openSqlite(path);
  expect(second.read('n:a', 0)).toBe('"x"');
  second.close();
});

test('a closed connection neither reads nor writes', () => {
  const sqlite = openSqlite(path);
  sqlite.close();
  sqlite.close();
  expect(() => sqlite.write([entry])).toThrow(expect.objectContaining({ name: 'StoreError', code: 'closed' }));
  expect(() => sqlite.read('n:a', 0)).toThrow(expect.objectContaining({ code: 'closed' }));
});

test('a file that is no database is reported as corrupt, with what to do', () => {
  writeFileSync(path, 'not a database at all '.repeat(500));
  expect(() => openSqlite(path)).toThrow(
    expect.objectContaining({ code: 'corrupt', message: expect.stringContaining('restore it from a backup') }),
  );
});

describe('a file that was damaged', () => {
  const entries = Array.from({ length: 2000 }, (_, n) => ({
    key: `n:${String(n).padStart(4, '0')}`,
    value: JSON.stringify({ value: `entry ${n} ${'x'.repeat(100)}` }),
    expires: null,
  }));
  beforeEach(() => {
    const sqlite = openSqlite(path);
    sqlite.write(entries);
    sqlite.close();
  });

  function overwrite(bytes: Buffer, at: number): void {
    const fd = openSync(path, 'r+');
    writeSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
  }

  test.each([
    ['in its middle', () => overwrite(randomBytes(20_000), 100_000)],
    ['at its beginning', () => overwrite(Buffer.alloc(4096), 0)],
    ['by cutting off its end', () => truncateSync(path, 150_000)],
    [
      'in what a value says',
      () => overwrite(Buffer.from('"""'), readFileSync(path).indexOf('{"value":"entry 1200 ') + 2),
    ],
  ])('%s is refused at the start, with what to do', (_, damage) => {
    damage();
    expect(() => openSqlite(path)).toThrow(
      expect.objectContaining({
        code: 'corrupt',
        message: expect.stringMatching(/test\.db is damaged.*restore it from a backup/),
      }),
    );
  });

  test('into an empty one begins anew', () => {
    const empty = join(folder, 'empty.db');
    writeFileSync(empty, '');
    const sqlite = openSqlite(empty);
    sqlite.write([entry]);
    expect(sqlite.read('n:a', 0)).toBe('"x"');
    sqlite.close();
  });
});

test('a database that has no room left is reported as full', () => {
  openSqlite(path).close();
  const database = new Database(path);
  database.pragma('max_page_count = 4');
  const fill = () => database.prepare('INSERT INTO entries VALUES (?, ?, NULL)').run('k', 'x'.repeat(100_000));
  let cause: unknown;
  try {
    fill();
  } catch (error) {
    cause = error;
  }
  expect(storeError(path, cause)).toMatchObject({
    code: 'full',
    message: `${path} has no room left: free some space on its disk`,
  });
  database.close();
});

test('a file in a place that is no folder is reported as unwritable', () => {
  writeFileSync(path, '');
  expect(() => openSqlite(join(path, 'test.db'))).toThrow(expect.objectContaining({ code: 'unwritable' }));
});

test('a write that another connection keeps waiting too long is reported as locked', () => {
  const sqlite = openSqlite(path, { busyTimeoutMs: 10 });
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  expect(() => sqlite.write([entry])).toThrow(expect.objectContaining({ code: 'locked' }));
  other.close();
  sqlite.write([entry]);
  sqlite.close();
});

test('keys that the driver would cut or change are refused', () => {
  const sqlite = openSqlite(path);
  expect(() => sqlite.write([{ ...entry, key: 'a\0b' }])).toThrow(expect.objectContaining({ code: 'key' }));
  expect(() => sqlite.read('a\ud800', 0)).toThrow(expect.objectContaining({ code: 'key' }));
  sqlite.close();
});

test('finds a range without looking at what lies before or after it', () => {
  const pageOf = (others: number) => {
    const sqlite = openSqlite(':memory:');
    const rows = Array.from({ length: others }, (_, n) => ({
      key: `${n % 2 ? 'a' : 'z'}:${n}`,
      value: '1',
      expires: null,
    }));
    sqlite.write([...rows, { key: 'm:1', value: '1', expires: null }]);
    const page = () => sqlite.page({ from: 'm:', to: 'm;' }, { after: '', limit: 100, now: 0 });
    expect(page()).toHaveLength(1);
    const began = performance.now();
    for (let n = 0; n < 200; n += 1) page();
    const took = performance.now() - began;
    sqlite.close();
    return took;
  };
  pageOf(10);
  // A hundred times as long if it did.
  expect(pageOf(100_000) / pageOf(1_000)).toBeLessThan(20);
});
