import { expect, test } from 'vitest';
import { readView } from '../../../src/playground/slack/methods/views.ts';
import { formModal } from '../../../src/slack/gate/form-modal.ts';
import { fieldErrors, formValues } from '../../../src/slack/gate/form-values.ts';
import type { Field, FieldKind } from '../../../src/thread/question.ts';
import { card } from './memory-desk.ts';
import { BEN } from './rig.ts';

const options = (count: number, label = 'Choice') =>
  Array.from({ length: count }, (_, n) => ({ label: `${label} ${n}`, value: `value-${n}` }));
const field = (kind: FieldKind, fields: Partial<Field> = {}): Field =>
  ({ name: 'it', label: 'It', hint: null, required: true, ...kind, ...fields }) as Field;
const bodyOf = (...fields: Field[]) => ({
  type: 'form' as const,
  question: 'Well?',
  form: { fields },
  buttons: null,
  person: BEN,
});

function elementOf(kind: FieldKind): Record<string, unknown> {
  const body = bodyOf(field(kind));
  const view = formModal(card('q1', { body }), body);
  expect(() => readView(structuredClone(view), 'modal')).not.toThrow();
  const input = view.blocks.find(({ type }) => type === 'input') as unknown as { element: Record<string, unknown> };
  return input.element;
}

const text = { type: 'text' as const, multiline: false, minLength: null, maxLength: null, initial: null };
const number = { type: 'number' as const, integer: true, minimum: null, maximum: null, initial: null };
const named = (label: string, value: number) => ({
  text: { type: 'plain_text', text: label, emoji: false },
  value: `${value}`,
});

test.each<[FieldKind, Record<string, unknown>]>([
  [text, { type: 'plain_text_input', multiline: false, max_length: 3_000 }],
  [
    { ...text, multiline: true, minLength: 2, maxLength: 9, initial: 'abc' },
    { multiline: true, min_length: 2, max_length: 9, initial_value: 'abc' },
  ],
  [
    { ...text, minLength: 9_000, maxLength: 9_000 },
    { min_length: 3_000, max_length: 3_000 },
  ],
  [
    { ...text, minLength: 5, maxLength: 2 },
    { min_length: 2, max_length: 2 },
  ],
  [number, { type: 'number_input', is_decimal_allowed: false }],
  [
    { ...number, integer: false, minimum: 0.5, maximum: 10, initial: '3' },
    { is_decimal_allowed: true, min_value: '0.5', max_value: '10', initial_value: '3' },
  ],
  [
    { type: 'choice', options: options(3), initial: 'value-1' },
    { type: 'radio_buttons', initial_option: named('Choice 1', 1) },
  ],
  [{ type: 'choice', options: options(11), initial: null }, { type: 'static_select' }],
  [
    { type: 'choices', options: options(3), initial: ['value-0', 'value-2', 'gone'] },
    { type: 'multi_static_select', initial_options: [named('Choice 0', 0), named('Choice 2', 2)] },
  ],
  [
    { type: 'date', initial: '2026-01-31' },
    { type: 'datepicker', initial_date: '2026-01-31' },
  ],
  [
    { type: 'time', initial: '14:30' },
    { type: 'timepicker', initial_time: '14:30' },
  ],
  [
    { type: 'datetime', initial: '2026-01-31T14:30:00Z' },
    { type: 'datetimepicker', initial_date_time: 1_769_869_800 },
  ],
  [
    { type: 'email', initial: 'a@b.c' },
    { type: 'email_text_input', initial_value: 'a@b.c' },
  ],
  [{ type: 'url', initial: null }, { type: 'url_text_input' }],
  [{ type: 'person' }, { type: 'users_select' }],
  [{ type: 'people' }, { type: 'multi_users_select' }],
  [
    { type: 'json', initial: '{"a":1}' },
    { type: 'plain_text_input', multiline: true, initial_value: '{"a":1}' },
  ],
])('%j becomes a field that Slack takes', (kind, element) => {
  expect(elementOf(kind)).toMatchObject(element);
});

test.each<[FieldKind, string]>([
  [{ ...text, initial: 'x'.repeat(3_001) }, 'initial_value'],
  [{ ...number, integer: false, minimum: 1e-20, maximum: 1e30, initial: 'NaN' }, 'min_value'],
  [{ ...number, maximum: Number.POSITIVE_INFINITY }, 'max_value'],
  [{ type: 'date', initial: 'tomorrow' }, 'initial_date'],
  [{ type: 'time', initial: '25h' }, 'initial_time'],
  [{ type: 'datetime', initial: '1969-01-01T00:00:00Z' }, 'initial_date_time'],
  [{ type: 'datetime', initial: 'soon' }, 'initial_date_time'],
  [{ type: 'choice', options: options(2), initial: 'gone' }, 'initial_option'],
])('of %j, what Slack would refuse is left out', (kind, key) => {
  expect(elementOf(kind)).not.toHaveProperty(key);
});

test('what a person puts in comes back under the names of the form', () => {
  const kinds: FieldKind[] = [
    text,
    number,
    { type: 'choice', options: options(3), initial: null },
    { type: 'choices', options: options(3), initial: [] },
    { type: 'date', initial: null },
    { type: 'time', initial: null },
    { type: 'datetime', initial: null },
    { type: 'email', initial: null },
    { type: 'url', initial: null },
    { type: 'person' },
    { type: 'people' },
    { type: 'json', initial: null },
  ];
  const form = { fields: kinds.map((kind, n) => field(kind, { name: `f${n}.${kind.type}` })) };
  const states: Record<string, unknown>[] = [
    { type: 'plain_text_input', value: ' hi ' },
    { type: 'number_input', value: '4' },
    { type: 'radio_buttons', selected_option: named('Choice 1', 1) },
    { type: 'multi_static_select', selected_options: [named('Choice 2', 2), named('Choice 0', 0)] },
    { type: 'datepicker', selected_date: '2026-01-31' },
    { type: 'timepicker', selected_time: '14:30' },
    { type: 'datetimepicker', selected_date_time: 1_769_869_800 },
    { type: 'email_text_input', value: 'a@b.c' },
    { type: 'url_text_input', value: 'https://b.c' },
    { type: 'users_select', selected_user: BEN },
    { type: 'multi_users_select', selected_users: [BEN] },
    { type: 'plain_text_input', value: '{"a":1}' },
  ];
  const values = Object.fromEntries(states.map((value, n) => [`field:${n}`, { value }]));
  expect(formValues(form, values)).toEqual({
    'f0.text': ' hi ',
    'f1.number': '4',
    'f2.choice': 'value-1',
    'f3.choices': ['value-2', 'value-0'],
    'f4.date': '2026-01-31',
    'f5.time': '14:30',
    'f6.datetime': '2026-01-31T14:30:00Z',
    'f7.email': 'a@b.c',
    'f8.url': 'https://b.c',
    'f9.person': BEN,
    'f10.people': [BEN],
    'f11.json': '{"a":1}',
  });
  const nothing = formValues(form, {});
  expect(Object.values(nothing)).toEqual(Array(12).fill(null));
  const odd = Object.fromEntries(
    states.map((_, n) => [`field:${n}`, { value: { value: 7, selected_option: { value: '99' } } }]),
  );
  expect(Object.values(formValues(form, odd)).flat()).toEqual(Array(10).fill(null));
});

test('a value that is longer than Slack takes is named by its place', () => {
  const long = { label: 'x'.repeat(500), value: 'y'.repeat(5_000) };
  const kind: FieldKind = { type: 'choice', options: [long, { label: ' ', value: ' ' }], initial: long.value };
  expect(elementOf(kind)).toMatchObject({ initial_option: { value: '0' } });
  const state = { 'field:0': { value: { selected_option: { value: '0' } } } };
  expect(formValues({ fields: [field(kind)] }, state)).toEqual({ it: long.value });
});

test.each([0, 1, 10, 11, 100, 101, 9_999, 12_000])('a choice among %i fits', (count) => {
  elementOf({ type: 'choice', options: options(count), initial: null });
  elementOf({ type: 'choices', options: options(count), initial: [] });
});

test('a menu that does not show all of its choices says so', () => {
  const body = bodyOf(field({ type: 'choice', options: options(12_000), initial: null }));
  const view = formModal(card('q1', { body }), body);
  expect(JSON.stringify(view.blocks)).toContain('Only the first 500 of 12000 choices are shown.');
});

test('a form of any size and with any words fits', () => {
  const evil = '<!channel> `x` \u202e '.repeat(500);
  const fields = Array.from({ length: 150 }, (_, n) =>
    field(n % 3 ? text : { type: 'choices', options: options(300, evil), initial: [] }, {
      name: `f${n}`,
      label: n % 2 ? evil : ' ',
      hint: evil,
    }),
  );
  const body = { ...bodyOf(...fields), question: evil };
  const view = formModal(card('q1', { body }), body);
  expect(() => readView(structuredClone(view), 'modal')).not.toThrow();
});

test('errors stand at their fields, and those of no field at the first', () => {
  const form = { fields: [field(text, { name: 'a' }), field(text, { name: 'b.c' })] };
  expect(fieldErrors(form, { 'b.c': 'Wrong.', d: 'Missing.', '': 'Odd.' })).toEqual({
    'field:0': 'd: Missing. Odd.',
    'field:1': 'Wrong.',
  });
});

test('what an agent calls a field or a choice pings nobody', () => {
  const body = bodyOf(
    field(
      { type: 'choice', options: options(2, '<!here>'), initial: null },
      { label: '<@U1> @channel', hint: '<#C1>' },
    ),
  );
  expect(JSON.stringify(formModal(card('q1', { body }), body))).not.toMatch(/<[!@#]|@channel/);
});
