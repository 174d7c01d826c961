import canonicalizeModule from 'canonicalize';

// Its types are written for a module with a default export; Node gives the function itself.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/**
 * The canonical JSON of a value (RFC 8785): equal for equal values, whatever the order of their keys. Throws for what
 * JSON cannot say (NaN, Infinity, undefined) and for what is nested too deep to be walked.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('there is no JSON for this value');
  return text;
}
