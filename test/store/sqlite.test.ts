import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drawbridge-sqlite-'));
  path = join(folder, 'test.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = { key: 'n:a', value: 'x', expires: null };

test('what was written is there after opening the file again', () => {
  const first = openSqlite(path);
  first.write([entry]);
  first.close();
  const second = openSqlite(path);
  expect(second.read('n:a', 0)).toBe('x');
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
