import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { StoreError } from './store-error.ts';

/** One keyv namespace with one type of value. Every method rejects when the store fails: nothing fails silently. */
interface Space<Value> {
  get(key: string): Promise<Value | undefined>;
  /** On disk when it resolves. */
  set(key: string, value: Value): Promise<void>;
  /** The same for several at once: all of them or, when it rejects, none. */
  setAll(entries: { key: string; value: Value }[]): Promise<void>;
  has(key: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  values(): AsyncIterable<Value>;
  keys(): AsyncIterable<string>;
}

/** Opens a namespace. `a:b` lies inside `a`: its entries are those of `a` whose keys start with `b:`. */
export type OpenSpace = <Value>(namespace: string, options?: { ttlMs?: number }) => Space<Value>;

/**
 * Spaces over whatever keyv can store in; `createAdapter` gives a fresh adapter for each, as keyv needs it, and `toError`
 * says what a failed read is to be known as.
 */
export function createSpaces(
  createAdapter: () => Omit<KeyvStoreAdapter, 'setMany'>,
  { toError = (cause) => cause }: { toError?: (cause: unknown) => unknown } = {},
): OpenSpace {
  /** What keyv itself makes of a value may be what is wrong. */
  async function* reading<T>(values: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* values;
    } catch (cause) {
      throw toError(cause);
    }
  }

  return <Value>(namespace: string, { ttlMs }: { ttlMs?: number } = {}) => {
    // By default keyv answers a failed read with undefined and a failed write with false.
    const keyv = new Keyv<Value>({
      store: createAdapter(),
      namespace,
      throwOnErrors: true,
      ...(ttlMs !== undefined && { ttl: ttlMs }),
    });
    return {
      get: (key) =>
        keyv.get<Value>(key).catch((cause: unknown) => {
          throw toError(cause);
        }),
      async set(key, value) {
        if (!(await keyv.set(key, value))) throw new StoreError('failed', `${namespace} was not written`);
      },
      async setAll(values) {
        const written = await keyv.setMany(values);
        if (!written.every(Boolean)) throw new StoreError('failed', `${namespace} was not written`);
      },
      has: (key) => keyv.has(key),
      async delete(key) {
        await keyv.delete(key);
      },
      async *values() {
        for await (const [, value] of reading(entries(keyv))) yield value;
      },
      async *keys() {
        for await (const [key] of reading(entries(keyv))) yield key;
      },
    };
  };
}

function entries<Value>(keyv: Keyv<Value>): AsyncIterable<[string, Value]> {
  if (!keyv.iterator) throw new TypeError('this store has no iterator');
  return keyv.iterator(undefined);
}
