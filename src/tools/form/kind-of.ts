import { compileCheck } from '../schema/compile-check.ts';
import type { JsonSchema } from '../schema/plain-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { anything, type Kind } from './kind.ts';
import { listKind } from './list-kind.ts';
import { numberKind } from './number-kind.ts';
import { optionsOf } from './options.ts';
import { textKind, textOf } from './text-kind.ts';
import { Unreadable } from './unreadable.ts';

const MAX_JSON = 3_000;

/** The field for a schema; whatever has none of its own is JSON text. Throws a SchemaError. */
export function kindOf(schema: JsonSchema): Kind {
  return choiceKind(schema) ?? simpleKind(schema) ?? jsonKind(schema);
}

/** The one type a schema has, null aside; undefined when there is no such one. */
export function typeOf({ type }: JsonSchema): unknown {
  const types = Array.isArray(type) ? type.filter((each) => each !== 'null') : [type];
  return types.length === 1 ? types[0] : undefined;
}

export function mayBeNull({ type, enum: values }: JsonSchema): boolean {
  if (Array.isArray(values)) return values.includes(null);
  return Array.isArray(type) && type.includes('null');
}

function choiceKind(schema: JsonSchema): Kind | null {
  const isNarrowed = ['allOf', 'not', 'if'].some((keyword) => keyword in schema);
  const choices = isNarrowed ? null : optionsOf(schema);
  if (!choices) return null;
  const { default: initial } = schema;
  const option = initial === undefined || initial === null ? null : choices.optionOf(initial);
  if (option === undefined) throw new SchemaError('its default is no option');
  return {
    field: { type: 'choice', options: choices.options, initial: option },
    read: (given) => choices.valueOf(textOf(given)),
    check: anything,
  };
}

function simpleKind({ default: initial, ...schema }: JsonSchema): Kind | null {
  const isCombined = ['anyOf', 'oneOf', 'allOf', 'not'].some((keyword) => keyword in schema);
  if (isCombined) return null;
  const single = {
    ...schema,
    type: typeOf(schema),
    ...(initial === undefined || initial === null ? {} : { default: initial }),
  };
  switch (single.type) {
    case 'string':
      return textKind(single);
    case 'number':
    case 'integer':
      return numberKind(single, { integer: single.type === 'integer' });
    case 'array':
      return listKind(single);
    default:
      return null;
  }
}

function jsonKind({ default: initial, ...schema }: JsonSchema): Kind {
  const text = initial === undefined ? null : JSON.stringify(initial, null, 2);
  if ((text ?? '').length > MAX_JSON) throw new SchemaError(`its default is longer than ${MAX_JSON} characters`);
  return {
    field: { type: 'json', initial: text },
    read(given) {
      try {
        return JSON.parse(textOf(given));
      } catch (error) {
        const why = error instanceof SyntaxError ? error.message : 'fill this in again';
        throw new Unreadable(`This is not JSON: ${why}`);
      }
    },
    check: compileCheck(schema),
  };
}
