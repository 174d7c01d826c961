import { type Check, compileCheck } from '../schema/compile-check.ts';
import type { JsonSchema } from '../schema/plain-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { anything, type Kind } from './kind.ts';
import { Unreadable } from './unreadable.ts';

/** The most that fits into a text field of Slack. */
const MAX_TEXT = 3_000;
/** A text that may be longer than this gets a field of several lines. */
const LONG = 200;
const LONG_FORMATS = ['textarea', 'multiline', 'markdown'];
const TIME = /^([01]\d|2[0-3]):[0-5]\d/;

/** A schema of type string. */
export function textKind(schema: JsonSchema): Kind {
  const { format, default: initial } = schema;
  if (initial !== undefined && typeof initial !== 'string') throw new SchemaError('its default must be a text');
  switch (format) {
    case 'date':
      return { field: { type: 'date', initial: initial ?? null }, read: line, check: compileCheck(schema) };
    case 'time':
      return timeKind(schema, initial);
    case 'date-time':
      return { field: { type: 'datetime', initial: initial ?? null }, read: instant, check: compileCheck(schema) };
    case 'email':
      return { field: { type: 'email', initial: initial ?? null }, read: line, check: compileCheck(schema) };
    case 'uri':
    case 'url':
    case 'iri':
      return {
        field: { type: 'url', initial: initial ?? null },
        read: line,
        check: compileCheck({ ...schema, format: 'uri' }),
      };
    case 'slack-user':
      return { field: { type: 'person' }, read: user, check: anything };
    default:
      return plainTextKind(schema, initial);
  }
}

/** The text of a field that holds one. */
export function textOf(given: string | string[]): string {
  if (typeof given !== 'string') throw new Unreadable('Fill this in again.');
  return given;
}

/** A person as Slack names them. */
export function user(given: string | string[]): string {
  const id = line(given);
  if (!/^[UW][A-Z0-9]{2,}$/.test(id)) throw new Unreadable('Choose a person.');
  return id;
}

function plainTextKind(schema: JsonSchema, initial = ''): Kind {
  const { minLength, maxLength, format } = schema;
  const [min, max] = [length(minLength), length(maxLength)];
  if ((min ?? 0) > MAX_TEXT || initial.length > MAX_TEXT) {
    throw new SchemaError(`a text may have ${MAX_TEXT} characters at most, and so may its default`);
  }
  const isLong = (max ?? 0) > LONG || initial.length > LONG || initial.includes('\n');
  return {
    field: {
      type: 'text',
      multiline: isLong || LONG_FORMATS.some((long) => long === format),
      minLength: min,
      maxLength: max === null ? null : Math.min(max, MAX_TEXT),
      initial: initial || null,
    },
    read: textOf,
    check: compileCheck(schema),
  };
}

/** JSON Schema's own `time` has a zone, which nobody who gives a time in Slack is asked for. */
function timeKind({ format: _format, ...schema }: JsonSchema, initial: string | undefined): Kind {
  const check: Check = compileCheck(schema);
  if (initial !== undefined && !TIME.test(initial)) throw new SchemaError('its default must be a time, such as 14:30');
  return {
    field: { type: 'time', initial: initial?.slice(0, 5) ?? null },
    read(given) {
      const time = line(given);
      if (!TIME.test(time)) throw new Unreadable('Give a time, such as 14:30.');
      return time;
    },
    check,
  };
}

function line(given: string | string[]): string {
  return textOf(given).trim();
}

/** Slack's own picker gives seconds since the epoch. */
function instant(given: string | string[]): string {
  const text = line(given);
  if (!/^\d{1,11}$/.test(text)) return text;
  return new Date(Number(text) * 1_000).toISOString().replace('.000Z', 'Z');
}

function length(limit: unknown): number | null {
  return typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 0 ? limit : null;
}
