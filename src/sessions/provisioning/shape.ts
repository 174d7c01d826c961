/** What the schemas of the declarations share. */
import { z } from 'zod';

const A_NAME = 'a name is of small letters, digits, - and _, 64 at most';

/** What something is called in bridge.yaml, in the lock file and in the metadata that finds it again. */
export const declaredName = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, { error: A_NAME });

/** The metadata key that says what an object is called in bridge.yaml: it is found again by that. */
export const NAME_KEY = 'drawbridge';
/** The one that says which version of an agent we made: any other is a change from elsewhere. */
export const VERSION_KEY = 'drawbridge_version';

/** The API takes 16 pairs, and two of them are ours. */
const MOST_PAIRS = 14;

export const metadata = z
  .record(
    z
      .string()
      .min(1, { error: 'a key of metadata has 1 to 64 letters' })
      .max(64, { error: 'a key of metadata has 1 to 64 letters' })
      .refine((key) => key !== NAME_KEY && key !== VERSION_KEY, {
        error: `the metadata keys ${NAME_KEY} and ${VERSION_KEY} are taken: Drawbridge finds its own by them`,
      }),
    z.string({ error: 'must be a text: put it in quotes' }).max(512, { error: 'is too long: at most 512 letters' }),
    { error: asMap('must be a map of texts such as { owner: ops }') },
  )
  .refine((pairs) => Object.keys(pairs).length <= MOST_PAIRS, { error: `has too many pairs: at most ${MOST_PAIRS}` });

export const description = z
  .string({ error: 'must be a text' })
  .min(1, { error: 'is empty: put something in it, or take it away' })
  .max(2048, { error: 'is too long: at most 2048 letters' });

export function text(most: number) {
  const error = `must be a text of 1 to ${most.toLocaleString('en')} letters`;
  return z.string({ error }).min(1, { error }).max(most, { error });
}

/** An id by its prefix. What stands there instead is not repeated: it may be a secret. */
export function idOf(prefix: string, what: string) {
  const error = `must be ${what} (${prefix}_…)`;
  return z.string({ error }).regex(new RegExp(`^${prefix}_[\\w-]+$`), { error });
}

export function choice<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}` });
}

/** For what is no map at all; the other faults of a map have their own words. */
export function asMap(message: string) {
  return ({ code }: { code?: string | undefined }) => (code === 'invalid_type' ? message : undefined);
}

/** For what is no list at all, or one without anything in it. */
export function some<T extends z.ZodType>(item: T, error: string) {
  return z.array(item, { error }).min(1, { error: 'is empty: put something in it, or take it away' });
}
