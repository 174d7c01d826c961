import { Refusal } from './refusal.ts';

/** The arguments of one call, read by name: forms carry booleans and numbers as strings. */
export interface Args {
  has(name: string): boolean;
  /** A required string. */
  text(name: string): string;
  maybe(name: string): string | undefined;
  flag(name: string): boolean;
  number(name: string): number | undefined;
  /** The value as decoded, for what is structured. */
  value(name: string): unknown;
}

export function readArgs(fields: Record<string, unknown>, needed: readonly string[]): Args {
  const has = (name: string) => fields[name] !== undefined && fields[name] !== null && fields[name] !== '';
  const missing = needed.filter((name) => !has(name));
  if (missing.length > 0) throw invalid(missing.map((name) => `missing required field: ${name}`));
  const maybe = (name: string) => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw invalid([`must provide a string [json-pointer:/${name}]`]);
    return value;
  };
  return {
    has,
    maybe,
    text: (name) => maybe(name) ?? '',
    flag: (name) => ['true', '1'].includes(maybe(name) ?? ''),
    number(name) {
      const value = maybe(name);
      if (value === undefined || value === '') return undefined;
      const number = Number(value);
      if (!Number.isFinite(number)) throw invalid([`must provide a number [json-pointer:/${name}]`]);
      return number;
    },
    value: (name) => fields[name],
  };
}

function invalid(reasons: string[]): Refusal {
  return new Refusal(
    'invalid_arguments',
    reasons.map((reason) => `[ERROR] ${reason}`),
  );
}
