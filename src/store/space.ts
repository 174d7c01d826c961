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
  /** `under`: only those whose keys start with it and a colon. */
  values(under?: string): AsyncIterable<Value>;
  keys(): AsyncIterable<string>;
}

/** An adapter that can be read from one end to the other. */
type Adapter = Omit<KeyvStoreAdapter, 'setMany'> & Required<Pick<KeyvStoreAdapter, 'iterator'>>;

/** Opens a namespace. */
export type OpenSpace = <Value>(namespace: string, options?: { ttlMs?: number }) => Space<Value>;

/**
 * Spaces over whatever keyv can store in; `createAdapter` gives a fresh adapter for each, as keyv needs it, and `toError`
 * says what a failed read is to be known as.
 */
export function createSpaces(
  createAdapter: () => Adapter,
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
    const adapter = createAdapter();
    // By default keyv answers a failed read with undefined and a failed write with false.
    const keyv = new Keyv<Value>({
      store: adapter,
      namespace,
      throwOnErrors: true,
      ...(ttlMs !== undefined && { ttl: ttlMs }),
    });
    // keyv would have another Keyv for it, which is dear for what each thread asks for again and again.
    async function* valuesUnder(start: string): AsyncGenerator<Value> {
      for await (const [, stored] of adapter.iterator(`${namespace}:${start}`)) {
        const found = await keyv.deserializeData<Value>(stored as string);
        if (found?.value !== undefined) yield found.value as Value;
      }
    }

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
      values: (under) => reading(under === undefined ? valuesOf(keyv) : valuesUnder(under)),
      keys: () => reading(keysOf(keyv)),
    };
  };
}

async function* valuesOf<Value>(keyv: Keyv<Value>): AsyncGenerator<Value> {
  for await (const [, value] of entries(keyv)) yield value;
}

async function* keysOf(keyv: Keyv<unknown>): AsyncGenerator<string> {
  for await (const [key] of entries(keyv)) yield key;
}

function entries<Value>(keyv: Keyv<Value>): AsyncIterable<[string, Value]> {
  if (!keyv.iterator) throw new TypeError('this store has no iterator');
  return keyv.iterator(undefined);
}
