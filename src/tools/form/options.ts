import type { Option } from '../../thread/question.ts';
import { isRecord, type JsonSchema } from '../schema/plain-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { Unreadable } from './unreadable.ts';

/** A choice among a few values: what people see, and the values behind it. */
export interface Options {
  options: Option[];
  /** Throws an Unreadable for what is none of them. */
  valueOf(option: string): unknown;
  /** Undefined when no option stands for the value. */
  optionOf(value: unknown): string | undefined;
}

const MAX_OPTIONS = 100;
const MAX_LABEL = 75;
const MAX_VALUE = 150;

/** The options that an enum, a const, consts with titles, or a boolean leaves; null for any other schema. */
export function optionsOf(schema: JsonSchema): Options | null {
  const choices = choicesOf(schema)?.filter(({ value }) => value !== null);
  if (!choices) return null;
  if (choices.length === 0) throw new SchemaError('a choice needs at least one option');
  if (choices.length > MAX_OPTIONS) throw new SchemaError(`a choice may have ${MAX_OPTIONS} options at most`);
  const labels = choices.map(labelOf);
  const tooLong = labels.find((label) => label.length > MAX_LABEL);
  if (tooLong !== undefined) {
    throw new SchemaError(`the option ${JSON.stringify(tooLong.slice(0, 40))}… is longer than ${MAX_LABEL} characters`);
  }
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw new SchemaError(`two options look the same to a person: ${JSON.stringify(twice)}`);

  // Slack takes short texts only; whatever else there is goes by its number.
  const fits = choices.every(({ value }) => typeof value === 'string' && value.length > 0 && value.length <= MAX_VALUE);
  const keys = choices.map(({ value }, index) => (fits || typeof value === 'boolean' ? String(value) : String(index)));
  const same = new Map(choices.map(({ value }, index) => [JSON.stringify(value), keys[index]]));
  return {
    options: labels.map((label, index) => ({ label, value: keys[index] ?? '' })),
    valueOf(option) {
      const index = keys.indexOf(option);
      if (index < 0) throw new Unreadable('Choose one of the options.');
      return choices[index]?.value;
    },
    optionOf: (value) => same.get(JSON.stringify(value)),
  };
}

interface Choice {
  value: unknown;
  title?: unknown;
}

function choicesOf(schema: JsonSchema): Choice[] | null {
  const { enum: values, enumNames, oneOf, anyOf = oneOf, type } = schema;
  if (Array.isArray(values)) {
    const titles: unknown[] = Array.isArray(enumNames) ? enumNames : [];
    return values.map((value, index) => ({ value, title: titles[index] }));
  }
  if ('const' in schema) return [{ value: schema.const }];
  if (Array.isArray(anyOf) && anyOf.length > 0) {
    const branches = anyOf.flatMap((branch) => constOf(branch) ?? []);
    return branches.length === anyOf.length ? branches : null;
  }
  const isBoolean = type === 'boolean' || (Array.isArray(type) && isSetOf(type, ['boolean', 'null']));
  return isBoolean ? [{ value: true }, { value: false }] : null;
}

function constOf(branch: unknown): Choice | null {
  if (!isRecord(branch)) return null;
  if ('const' in branch) return { value: branch.const, title: branch.title };
  const { enum: values } = branch;
  return Array.isArray(values) && values.length === 1 ? { value: values[0], title: branch.title } : null;
}

function labelOf({ value, title }: Choice): string {
  if (typeof title === 'string' && title.trim() !== '') return title.trim();
  if (value === true) return 'Yes';
  if (value === false) return 'No';
  const label = typeof value === 'string' ? value.trim() : JSON.stringify(value);
  return label === '' ? '(blank)' : label;
}

function isSetOf(list: unknown[], members: string[]): boolean {
  return list.length === members.length && members.every((member) => list.includes(member));
}
