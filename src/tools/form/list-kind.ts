import { compileCheck } from '../schema/compile-check.ts';
import { isRecord, type JsonSchema } from '../schema/plain-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import type { Kind } from './kind.ts';
import { optionsOf } from './options.ts';
import { textKind, textOf, user } from './text-kind.ts';

const MAX_TEXT = 3_000;

/** A schema of type array, when its items are choices, people or lines of text; null for any other. */
export function listKind(schema: JsonSchema): Kind | null {
  const { items, prefixItems, contains, ...rest } = schema;
  if (!isRecord(items) || prefixItems !== undefined || contains !== undefined) return null;
  const { default: initial = [] } = schema;
  if (!Array.isArray(initial)) throw new SchemaError('its default must be a list');
  const choices = optionsOf(items);
  if (choices) {
    const chosen = initial.map((value) => choices.optionOf(value));
    if (chosen.includes(undefined)) throw new SchemaError('its default holds what is no option');
    return {
      field: { type: 'choices', options: choices.options, initial: chosen.flatMap((option) => option ?? []) },
      read: (given) => listOf(given).map((option) => choices.valueOf(option)),
      // The items are options, so only their number is left to check.
      check: compileCheck({ ...rest, items: true }),
    };
  }
  if (items.type !== 'string' || isCombined(items)) return null;
  if (items.format === 'slack-user') {
    return {
      field: { type: 'people' },
      read: (given) => listOf(given).map(user),
      check: compileCheck({ ...rest, items: true }),
    };
  }
  return linesKind(schema, { items, initial });
}

function linesKind(schema: JsonSchema, { items, initial }: { items: JsonSchema; initial: unknown[] }): Kind | null {
  const item = textKind(items);
  const isLine = (value: unknown) =>
    typeof value === 'string' && value !== '' && value === value.trim() && !/[\r\n]/.test(value);
  if (item.field.type === 'text' && item.field.multiline) return null;
  if (!initial.every(isLine)) return null;
  const text = initial.join('\n');
  if (text.length > MAX_TEXT)
    throw new SchemaError(`a text may have ${MAX_TEXT} characters at most, and so may its default`);
  const check = compileCheck({ ...schema, items: true });
  return {
    field: { type: 'text', multiline: true, minLength: null, maxLength: null, initial: text || null },
    read: (given) => linesOf(textOf(given)).map((line) => item.read(line)),
    check: (value) => [...check(value), ...itemIssues(value, item)],
  };
}

function itemIssues(value: unknown, item: Kind) {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.flatMap((each, index) => item.check(each).map((issue) => ({ ...issue, path: [index, ...issue.path] })));
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function listOf(given: string | string[]): string[] {
  return typeof given === 'string' ? [given] : given;
}

function isCombined(schema: JsonSchema): boolean {
  return ['anyOf', 'oneOf', 'allOf', 'not'].some((keyword) => keyword in schema);
}
