import { SchemaError } from './schema-error.ts';

/** A JSON Schema without references: what `$ref` pointed at stands in its place. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 24;
const MAX_NODES = 5_000;
const MAX_CHARACTERS = 100_000;

/** Keywords whose value is a schema, or a list of them. */
const SCHEMAS = new Set([
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'oneOf',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** Keywords whose value is a map of schemas by name. */
const SCHEMA_MAPS = new Set(['dependentSchemas', 'patternProperties', 'properties']);
/** What only serves references and identity. */
const DROPPED = new Set(['$anchor', '$comment', '$defs', '$id', '$schema', 'definitions', 'id']);
const ANNOTATIONS = new Set(['$comment', 'default', 'deprecated', 'description', 'examples', 'title']);

/** What a keyword says about the type, for the many schemas that leave it out. */
const IMPLIED: [type: string, keywords: string[]][] = [
  ['object', ['properties', 'required', 'additionalProperties']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

/**
 * Somebody's JSON Schema made simple: local references are inlined, the type is always said, and "or null" is said in
 * one way only. Bounded in depth and size, since references can make a small schema huge. Throws a SchemaError.
 */
export function plainSchema(given: unknown): JsonSchema {
  measure(given);
  let nodes = 0;

  const simplify = (value: unknown, at: { depth: number; inside: readonly string[] }): unknown => {
    nodes += 1;
    if (nodes > MAX_NODES || at.depth > MAX_DEPTH) throw new SchemaError('the schema is too large: make it simpler');
    if (typeof value === 'boolean') return value;
    if (!isRecord(value)) throw new SchemaError('every schema in it must be an object, true or false');
    const inner = { ...at, depth: at.depth + 1 };

    const { $ref: ref, ...own } = value;
    if (typeof ref === 'string') {
      if (at.inside.includes(ref)) throw new SchemaError(`${shorten(ref)} refers to itself, which is not supported`);
      const target = resolve(given, ref);
      const whole = isRecord(target) ? merge(target, own) : target;
      return simplify(whole, { ...inner, inside: [...at.inside, ref] });
    }
    const { allOf, ...rest } = value;
    if (Array.isArray(allOf) && allOf.length === 1 && isRecord(allOf[0])) {
      // Some generators write a reference with a description beside it so.
      const { $ref, ...only } = allOf[0];
      return simplify({ ...merge(only, rest), ...($ref === undefined ? {} : { $ref }) }, inner);
    }

    const plain: Record<string, unknown> = {};
    for (const [keyword, item] of Object.entries(value)) {
      if (item === undefined || DROPPED.has(keyword)) continue;
      if (SCHEMA_MAPS.has(keyword)) plain[keyword] = mapRecord(item, (each) => simplify(each, inner));
      else if (!SCHEMAS.has(keyword)) plain[keyword] = item;
      else plain[keyword] = Array.isArray(item) ? item.map((each) => simplify(each, inner)) : simplify(item, inner);
    }
    return withNull(withType(plain));
  };

  const plain = simplify(given, { depth: 0, inside: [] });
  if (!isRecord(plain)) throw new SchemaError('the schema must be an object');
  return plain;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every part of a schema that comes from outside passes here before anything walks it. */
function measure(schema: unknown): void {
  let nodes = 0;
  let characters = 0;
  const visit = (value: unknown, depth: number) => {
    nodes += 1;
    if (depth > MAX_DEPTH) throw new SchemaError(`the schema is nested more than ${MAX_DEPTH} deep: make it flatter`);
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        if (key === '__proto__') throw new SchemaError('nothing in the schema may be called __proto__: rename it');
        characters += key.length;
        visit(item, depth + 1);
      }
    } else if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
      throw new SchemaError('the schema holds something that is not JSON');
    }
    if (nodes > MAX_NODES || characters > MAX_CHARACTERS) {
      throw new SchemaError('the schema is too large: make it simpler');
    }
  };
  visit(schema, 0);
}

function resolve(root: unknown, ref: string): unknown {
  const [start, ...segments] = ref.split('/');
  if (start !== '#')
    throw new SchemaError(`${shorten(ref)} is not in this schema: only "#/$defs/…" can be referred to`);
  let target: unknown = root;
  for (const segment of segments) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    const found = typeof target === 'object' && target !== null && Object.hasOwn(target, key);
    if (!found) throw new SchemaError(`${shorten(ref)} does not exist in this schema`);
    target = (target as Record<string, unknown>)[key];
  }
  return target;
}

/** Two schemas that both hold. What stands beside a reference wins where it only describes. */
function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(over)) {
    const clashes = Object.hasOwn(base, key) && !ANNOTATIONS.has(key) && !DROPPED.has(key);
    if (clashes && JSON.stringify(base[key]) !== JSON.stringify(value)) {
      throw new SchemaError(`"${shorten(key)}" stands both in a referred schema and beside the reference: keep one`);
    }
  }
  return { ...base, ...over };
}

/** A schema that constrains strings, say, and does not say `string` would let everything else through. */
function withType(schema: Record<string, unknown>): Record<string, unknown> {
  const isSaid = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'not'].some((keyword) => keyword in schema);
  if (isSaid) return schema;
  const implied = IMPLIED.find(([, keywords]) => keywords.some((keyword) => keyword in schema));
  return implied ? { type: implied[0], ...schema } : schema;
}

/** `anyOf: [X, null]` as `type: [X, 'null']`. */
function withNull(schema: Record<string, unknown>): Record<string, unknown> {
  for (const keyword of ['anyOf', 'oneOf']) {
    const { [keyword]: branches, ...rest } = schema;
    if (!Array.isArray(branches) || branches.length !== 2) continue;
    const other = branches.find((branch) => !isNullType(branch));
    const isOrNull = branches.some(isNullType) && isRecord(other) && !('anyOf' in other) && !('oneOf' in other);
    if (!isOrNull) continue;
    const { type, enum: values, const: value, ...constraints } = merge(other, rest);
    const choices = Array.isArray(values) ? values : value === undefined ? null : [value];
    if (choices) return { ...constraints, enum: [...choices, null] };
    if (typeof type === 'string') return { ...constraints, type: [type, 'null'] };
  }
  return schema;
}

function isNullType(schema: unknown): boolean {
  return isRecord(schema) && (schema.type === 'null' || schema.const === null);
}

function mapRecord(value: unknown, change: (item: unknown) => unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new SchemaError('properties must be an object');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
