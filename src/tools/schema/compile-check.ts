import { RE2JS } from 're2js';
import { z } from 'zod';
import { isRecord, type JsonSchema } from './plain-schema.ts';
import { SchemaError } from './schema-error.ts';

export type Issue = z.core.$ZodIssue;

/** What is wrong with a value; empty when nothing is. */
export type Check = (value: unknown) => Issue[];

const MAX_PATTERN = 1_000;
/** What stands below these must hold, so its patterns can be checked after all else. */
const CERTAIN = ['additionalItems', 'additionalProperties', 'allOf', 'items', 'prefixItems'];
const UNCERTAIN = ['anyOf', 'contains', 'not', 'oneOf', 'propertyNames'];

/**
 * Checks values against a plain schema: by zod, and patterns by RE2, because a pattern that a model or an operator
 * wrote could keep JavaScript's own engine busy for years. Throws a SchemaError for what cannot be checked in full.
 */
export function compileCheck(schema: JsonSchema): Check {
  const patterns = new Map<string, RE2JS>();
  const type = toZod(withoutPatterns(schema, { patterns, isCertain: true }));
  return (value) => {
    const result = type.safeParse(value);
    return result.success ? mismatches(schema, { value, path: [], patterns }) : result.error.issues;
  };
}

function toZod(schema: unknown): z.ZodType {
  try {
    // A registry of its own: the global one would keep what a stranger wrote.
    return z.fromJSONSchema(schema as z.core.JSONSchema.BaseSchema, { registry: z.registry() });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SchemaError(`the schema cannot be checked: ${why}`, { cause: error });
  }
}

interface Stripping {
  patterns: Map<string, RE2JS>;
  /** Whether everything here must hold, rather than one of several alternatives. */
  isCertain: boolean;
}

function withoutPatterns(schema: unknown, options: Stripping): unknown {
  if (!isRecord(schema)) return schema;
  const { pattern, ...plain } = schema;
  if (typeof pattern === 'string') {
    if (!options.isCertain) throw new SchemaError('"pattern" inside of anyOf, oneOf or contains is not supported');
    options.patterns.set(pattern, compilePattern(pattern));
  }
  refuseUncheckable(plain);
  const certain = (item: unknown) => withoutPatterns(item, options);
  const uncertain = (item: unknown) => withoutPatterns(item, { ...options, isCertain: false });
  for (const keyword of Object.keys(plain)) {
    const value = plain[keyword];
    if (keyword === 'properties' && isRecord(value)) plain[keyword] = mapValues(value, certain);
    const strip = CERTAIN.includes(keyword) ? certain : UNCERTAIN.includes(keyword) ? uncertain : null;
    if (strip) plain[keyword] = Array.isArray(value) ? value.map(strip) : strip(value);
  }
  return plain;
}

/** What zod would pass over in silence, or hand to JavaScript's engine. */
function refuseUncheckable(schema: Record<string, unknown>): void {
  if ('patternProperties' in schema) throw new SchemaError('"patternProperties" is not supported');
  const choices = [...(Array.isArray(schema.enum) ? schema.enum : []), schema.const];
  if (choices.some((choice) => typeof choice === 'object' && choice !== null)) {
    throw new SchemaError('"enum" and "const" may hold texts, numbers, true and false here, not objects or lists');
  }
  const known = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const stray = required.find((name) => typeof name !== 'string' || !Object.hasOwn(known, name));
  if (stray !== undefined) throw new SchemaError(`"required" names ${JSON.stringify(stray)}, which "properties" lacks`);
}

function compilePattern(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN) throw new SchemaError(`a "pattern" has more than ${MAX_PATTERN} characters`);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    throw new SchemaError(
      `the pattern ${JSON.stringify(pattern)} is not one of RE2, which has no look-around: ${why}`,
      {
        cause: error,
      },
    );
  }
}

interface Place {
  value: unknown;
  path: PropertyKey[];
  patterns: ReadonlyMap<string, RE2JS>;
}

function mismatches(schema: unknown, { value, path, patterns }: Place): Issue[] {
  if (!isRecord(schema)) return [];
  const below = (part: unknown, item: unknown, key: PropertyKey) =>
    mismatches(part, { value: item, path: [...path, key], patterns });
  const issues: Issue[] = [];

  const { pattern, allOf, items, prefixItems } = schema;
  if (typeof value === 'string' && typeof pattern === 'string' && !patterns.get(pattern)?.matcher(value).find()) {
    issues.push({
      code: 'invalid_format',
      format: 'regex',
      pattern,
      path,
      input: value,
      message: `must match ${pattern}`,
    });
  }
  for (const part of Array.isArray(allOf) ? allOf : []) issues.push(...mismatches(part, { value, path, patterns }));
  if (isRecord(value)) {
    const known = isRecord(schema.properties) ? schema.properties : {};
    for (const [key, item] of Object.entries(value)) {
      issues.push(...below(Object.hasOwn(known, key) ? known[key] : schema.additionalProperties, item, key));
    }
  }
  if (Array.isArray(value)) {
    const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const others = Array.isArray(items) ? schema.additionalItems : items;
    issues.push(...value.flatMap((item, index) => below(index < first.length ? first[index] : others, item, index)));
  }
  return issues;
}

function mapValues(record: Record<string, unknown>, change: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, change(item)]));
}
