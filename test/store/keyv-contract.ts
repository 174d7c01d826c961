import { Keyv, type KeyvOptions } from 'keyv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock.ts';

/** A store for one Keyv each, all over the same storage if the implementation has such a thing. */
export interface KeyvStores {
  open(): KeyvOptions['store'];
  close(): void;
}

const VALUES: [string, unknown][] = [
  ['a string', 'bar'],
  ['an empty string', ''],
  ['a string that starts with a colon', ':base64:not really'],
  ['control characters and lone surrogates', 'a\0b\ud800c'],
  ['emoji', '😀 ünï'],
  ['a number', 1.5],
  ['zero', 0],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an array', [1, null, 'two', [3]]],
  ['an object', { a: { b: ['c', 1, false, null] }, 'd:e': ':f' }],
  ['a buffer', Buffer.from('bytes \0 ÿ')],
];

const KEYS = [
  'a:b',
  'a%',
  'a_',
  '%',
  "quote's",
  '"double"',
  'back\\slash',
  ' ',
  '😀',
  'ns',
  'x'.repeat(2000),
  'sql; --',
];

/**
 * What keyv's own compliance suite asks of a store, run through Keyv itself. `clock` tells the store's time.
 * @param makeStores called once per test
 */
export function keyvContract(name: string, makeStores: (clock: Clock) => KeyvStores): void {
  describe(`${name} as a keyv store`, () => {
    let stores: KeyvStores;
    let now: number;
    const open = (options: KeyvOptions = {}) => new Keyv({ store: stores.open(), throwOnErrors: true, ...options });

    beforeEach(() => {
      now = 1_700_000_000_000;
      stores = makeStores({ now: () => now, after: () => () => {} });
    });
    afterEach(() => stores.close());

    describe('get, set, has and delete', () => {
      test.each(VALUES)('gives back %s', async (_, value) => {
        const keyv = open();
        expect(await keyv.set('foo', value)).toBe(true);
        expect(await keyv.get('foo')).toEqual(value);
        expect(await keyv.has('foo')).toBe(true);
      });

      test.each(KEYS.map((key) => [key.slice(0, 20), key]))(
        'keeps the key %j apart from all others',
        async (_, key) => {
          const keyv = open();
          for (const other of KEYS) await keyv.set(other, `of ${other}`);
          expect(await keyv.get(key)).toBe(`of ${key}`);
          expect(await keyv.delete(key)).toBe(true);
          expect(await keyv.has(key)).toBe(false);
          for (const other of KEYS) expect(await keyv.get(other)).toBe(other === key ? undefined : `of ${other}`);
        },
      );

      test('stores undefined as a key without a value', async () => {
        const keyv = open();
        await keyv.set('foo', undefined);
        expect(await keyv.get('foo')).toBeUndefined();
        expect(await keyv.has('foo')).toBe(true);
      });

      test('refuses a symbol', async () => {
        await expect(open().set('foo', Symbol('no'))).rejects.toThrow('symbol');
      });

      test('overwrites', async () => {
        const keyv = open();
        await keyv.set('foo', 'old');
        await keyv.set('foo', 'new');
        expect(await keyv.get('foo')).toBe('new');
      });

      test('answers undefined and false for what is not there', async () => {
        const keyv = open();
        expect(await keyv.get('foo')).toBeUndefined();
        expect(await keyv.has('foo')).toBe(false);
        expect(await keyv.delete('foo')).toBe(false);
      });

      test('gives the raw value with its expiry', async () => {
        const keyv = open();
        await keyv.set('foo', 'bar');
        expect(await keyv.getRaw('foo')).toMatchObject({ value: 'bar' });
        await keyv.set('soon', 'bar', 1000);
        expect((await keyv.getRaw('soon'))?.expires).toEqual(expect.any(Number));
        expect(await keyv.getRaw('gone')).toBeUndefined();
      });
    });

    describe('many at once', () => {
      const entries = [1, 2, 3].map((n) => ({ key: `k${n}`, value: `v${n}` }));

      test('sets, gets, finds and deletes', async () => {
        const keyv = open();
        expect(await keyv.setMany(entries)).toEqual([true, true, true]);
        expect(await keyv.getMany(['k3', 'nope', 'k1'])).toEqual(['v3', undefined, 'v1']);
        expect(await keyv.get(['k2'])).toEqual(['v2']);
        expect(await keyv.hasMany(['k1', 'nope'])).toEqual([true, false]);
        expect(await keyv.deleteMany(['k1', 'k2'])).toBe(true);
        expect(await keyv.getMany(['k1', 'k2', 'k3'])).toEqual([undefined, undefined, 'v3']);
      });

      test('tells when one to delete was not there, and deletes the others', async () => {
        const keyv = open();
        await keyv.setMany(entries);
        expect(await keyv.delete(['k1', 'nope'])).toBe(false);
        expect(await keyv.has('k1')).toBe(false);
      });

      test('takes nothing as nothing', async () => {
        const keyv = open();
        expect(await keyv.getMany([])).toEqual([]);
        expect(await keyv.hasMany([])).toEqual([]);
        expect(await keyv.deleteMany([])).toBe(true);
      });

      test('gives raw values', async () => {
        const keyv = open();
        await keyv.setMany(entries);
        expect(await keyv.getManyRaw(['k1', 'nope'])).toEqual([expect.objectContaining({ value: 'v1' }), undefined]);
      });
    });

    describe('time to live', () => {
      /** Past the expiry by the store's clock and, for keyv's own check, by the wall's. */
      const pass = async (ms: number) => {
        now += ms;
        await new Promise((resolve) => setTimeout(resolve, ms));
      };

      test('hides what has expired from every way of reading', async () => {
        const keyv = open();
        await keyv.set('foo', 'bar', 20);
        await keyv.setMany([{ key: 'many', value: 'bar', ttl: 20 }]);
        await keyv.set('stays', 'bar');
        await pass(40);
        expect(await keyv.get('foo')).toBeUndefined();
        expect(await keyv.getMany(['foo', 'many', 'stays'])).toEqual([undefined, undefined, 'bar']);
        expect(await keyv.has('foo')).toBe(false);
        expect(await keyv.hasMany(['many', 'stays'])).toEqual([false, true]);
        expect(await keyv.getRaw('many')).toBeUndefined();
        expect(await all(keyv)).toEqual([['stays', 'bar']]);
      });

      test('takes the default of the Keyv, and zero as for ever', async () => {
        const keyv = open({ ttl: 20 });
        await keyv.set('soon', 1);
        await keyv.set('own', 1, 60_000);
        await keyv.set('ever', 1, 0);
        await pass(40);
        expect(await keyv.getMany(['soon', 'own', 'ever'])).toEqual([undefined, 1, 1]);
      });

      test('forgets an old time to live when the key is set again', async () => {
        const keyv = open();
        await keyv.set('foo', 'old', 20);
        await keyv.set('foo', 'new');
        await pass(40);
        expect(await keyv.get('foo')).toBe('new');
      });
    });

    describe('namespaces', () => {
      const NAMES = ['a', 'ab', 'a%', 'a_', '%', '_', "a'b", 'a;', 'A'];

      test('keep their entries apart, also when one is the beginning or a pattern of another', async () => {
        const spaces = NAMES.map((namespace) => open({ namespace }));
        for (const [i, keyv] of spaces.entries()) await keyv.set('foo', i);
        for (const [i, keyv] of spaces.entries()) {
          expect(await keyv.get('foo')).toBe(i);
          expect(await all(keyv)).toEqual([['foo', i]]);
        }
      });

      test('clear and delete only their own', async () => {
        const [first, ...others] = NAMES.map((namespace) => open({ namespace }));
        for (const keyv of others) await keyv.set('foo', 'bar');
        await first?.set('foo', 'bar');
        await first?.set('baz', 'bar');
        await first?.delete('baz');
        await first?.clear();
        expect(await first?.get('foo')).toBeUndefined();
        for (const keyv of others) expect(await keyv.get('foo')).toBe('bar');
      });
    });

    describe('clear', () => {
      test('removes everything and may be repeated', async () => {
        const keyv = open();
        await keyv.set('foo', 'bar');
        await keyv.set('fizz', 'buzz');
        expect(await keyv.clear()).toBeUndefined();
        await keyv.clear();
        expect(await keyv.getMany(['foo', 'fizz'])).toEqual([undefined, undefined]);
      });
    });

    describe('iterator', () => {
      test('is empty for an empty store', async () => {
        expect(await all(open())).toEqual([]);
      });

      test('gives every entry once, over many pages', async () => {
        const keyv = open();
        const entries = Array.from({ length: 450 }, (_, i) => ({ key: `k${i}`, value: { i } }));
        await keyv.setMany(entries);
        const found = await all(keyv);
        expect(found).toHaveLength(450);
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(entries.map(({ key, value }) => [key, value])));
      });

      test('may delete what it walks over', async () => {
        const keyv = open();
        await keyv.setMany(Array.from({ length: 250 }, (_, i) => ({ key: `k${i}`, value: i })));
        let seen = 0;
        for await (const [key] of keyv.iterator?.(undefined) ?? []) {
          seen++;
          await keyv.delete(key);
        }
        expect(seen).toBe(250);
        expect(await all(keyv)).toEqual([]);
      });
    });
  });
}

async function all(keyv: Keyv): Promise<[string, unknown][]> {
  const found: [string, unknown][] = [];
  for await (const [key, value] of keyv.iterator?.(undefined) ?? []) found.push([key, value]);
  return found;
}
