import { expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { createSqliteAdapter } from '../../src/store/sqlite-adapter.ts';
import { keyvContract } from './keyv-contract.ts';

keyvContract('the built-in Map', () => ({ open: () => new Map(), close() {} }));

keyvContract('our SQLite adapter', (clock) => {
  const sqlite = openSqlite(':memory:');
  return { open: () => createSqliteAdapter(sqlite, clock), close: () => sqlite.close() };
});

test('expiry follows the clock that was handed in, on every way of reading', async () => {
  const sqlite = openSqlite(':memory:');
  let now = 0;
  const adapter = createSqliteAdapter(sqlite, { ...realClock, now: () => now });
  await adapter.set('n:a', 'x', 1000);
  await adapter.setMany([{ key: 'n:b', value: 'x', ttl: 1000 }]);
  now = 999;
  expect(await adapter.hasMany(['n:a', 'n:b'])).toEqual([true, true]);
  now = 1000;
  expect(await adapter.getMany(['n:a', 'n:b'])).toEqual([undefined, undefined]);
  expect(await adapter.get('n:a')).toBeUndefined();
  expect(await adapter.has('n:b')).toBe(false);
  expect((await adapter.iterator('n').next()).done).toBe(true);
  expect(await adapter.delete('n:a')).toBe(false);
  sqlite.close();
});

test('what has expired and is never read again is removed by a later write', async () => {
  const sqlite = openSqlite(':memory:');
  let now = 0;
  const adapter = createSqliteAdapter(sqlite, { ...realClock, now: () => now });
  await adapter.set('n:old', 'x', 1000);
  now = 2 * 3_600_000;
  await adapter.set('n:new', 'x');
  const everythingEver = sqlite.page({ from: '', to: null }, { after: '', limit: 10, now: 0 });
  expect(everythingEver.map(({ key }) => key)).toEqual(['n:new']);
  sqlite.close();
});

test('one failing entry of many leaves nothing written', async () => {
  const sqlite = openSqlite(':memory:');
  const adapter = createSqliteAdapter(sqlite, realClock);
  const write = adapter.setMany([
    { key: 'n:a', value: 'x' },
    { key: 'n:b\0c', value: 'x' },
  ]);
  await expect(write).rejects.toMatchObject({ code: 'key' });
  expect(await adapter.has('n:a')).toBe(false);
  sqlite.close();
});
