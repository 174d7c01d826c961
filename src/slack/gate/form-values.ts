import { assertNever } from '../../thread/assert-never.ts';
import type { Field, Form, FormValues, Option } from '../../thread/question.ts';
import { fieldBlockId, MAX_FIELDS, VALUE } from './form-modal.ts';

type Values = Record<string, Record<string, unknown>>;

/** What a person has put into a form's modal, by field name; null for what was left empty. */
export function formValues({ fields }: Form, values: Values): FormValues {
  return Object.fromEntries(
    fields.map((field, index) => [field.name, readField(field, values[fieldBlockId(index)]?.[VALUE])]),
  );
}

/** What is wrong with which field, as Slack wants it: by block. What belongs to no field is said at the first one. */
export function fieldErrors({ fields }: Form, errors: Record<string, string>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, words] of Object.entries(errors)) {
    const index = fields.slice(0, MAX_FIELDS).findIndex((field) => field.name === name);
    const blockId = fieldBlockId(Math.max(index, 0));
    const said = index === -1 && name !== '' ? `${name}: ${words}` : words;
    shown[blockId] = shown[blockId] === undefined ? said : `${shown[blockId]} ${said}`;
  }
  return shown;
}

function readField(field: Field, state: unknown): FormValues[string] {
  if (typeof state !== 'object' || state === null) return null;
  const held = state as Record<string, unknown>;
  switch (field.type) {
    case 'text':
    case 'json':
    case 'number':
    case 'email':
    case 'url':
      return text(held.value);
    case 'choice':
      return chosen(held.selected_option, field.options);
    case 'choices':
      return listOf(held.selected_options).flatMap((option) => chosen(option, field.options) ?? []);
    case 'date':
      return text(held.selected_date);
    case 'time':
      return text(held.selected_time);
    case 'datetime':
      return moment(held.selected_date_time);
    case 'person':
      return text(held.selected_user);
    case 'people':
      return listOf(held.selected_users).flatMap((user) => text(user) ?? []);
    default:
      return assertNever(field);
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An option is named by its place in the form. */
function chosen(option: unknown, options: Option[]): string | null {
  if (typeof option !== 'object' || option === null || !('value' in option)) return null;
  return options[Number(option.value)]?.value ?? null;
}

/** Slack gives seconds since the epoch. */
function moment(seconds: unknown): string | null {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return null;
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('.000Z', 'Z');
}
