import type { InputBlock, InputBlockElement, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { assertNever } from '../../thread/assert-never.ts';
import type { Card, Field, Option } from '../../thread/question.ts';
import type { FormBody } from '../cards/form-card.ts';
import { cut, disarm } from '../reply/disarm.ts';
import { plainBlock } from '../reply/message.ts';
import { GATE_VIEWS } from './actions.ts';
import { modal } from './modal.ts';

/** The one element of every field's block. */
export const VALUE = 'value';

const MAX_TEXT = 3_000;
/** Slack takes 2,000, but also no more than 250 KB in all. */
const MAX_LABEL = 300;
const MAX_OPTION = 75;
/** Slack's numbers: radio buttons, options of a select or of one group of it, groups. */
const MAX_RADIO = 10;
const MAX_SELECT = 100;
/** In all fields together, again for the sake of the 250 KB. */
const MAX_OPTIONS = 500;
/** A view takes 100 blocks; the question is up to two of them. */
export const MAX_FIELDS = 95;

export function fieldBlockId(index: number): string {
  return `field:${index}`;
}

/** The form as a modal. Choices are named by their place: what they stand for may be longer than Slack takes. */
export function formModal(card: Card, body: FormBody): ModalView {
  const fields = body.form.fields.slice(0, MAX_FIELDS);
  const menus = fields.filter(({ type }) => type === 'choice' || type === 'choices').length;
  const most = Math.max(Math.floor(MAX_OPTIONS / Math.max(menus, 1)), 2);
  return modal({
    title: 'The agent asks',
    question: card.id,
    sends: { label: 'Send', callbackId: GATE_VIEWS.form },
    blocks: [
      ...questionBlocks(body.question),
      ...fields.map((field, index) => fieldBlock(fitted(field, most), fieldBlockId(index))),
    ],
  });
}

/** A menu of which Slack would not take all says that there is more than it shows. */
function fitted(field: Field, most: number): Field {
  if ((field.type !== 'choice' && field.type !== 'choices') || field.options.length <= most) return field;
  const hint = `Only the first ${most} of ${field.options.length} choices are shown. ${field.hint ?? ''}`;
  return { ...field, hint, options: field.options.slice(0, most) };
}

function questionBlocks(question: string): KnownBlock[] {
  const text = question.trim();
  return [text.slice(0, MAX_TEXT), text.slice(MAX_TEXT, 2 * MAX_TEXT)].filter((part) => part !== '').map(plainBlock);
}

function fieldBlock(field: Field, blockId: string): InputBlock {
  const label = field.label.trim() || field.name.trim() || 'Answer';
  return {
    type: 'input',
    block_id: blockId,
    label: words(label, MAX_LABEL),
    ...(field.hint?.trim() ? { hint: words(field.hint, MAX_LABEL) } : {}),
    optional: !field.required,
    element: { ...element(field), action_id: VALUE },
  };
}

function element(field: Field): InputBlockElement {
  switch (field.type) {
    case 'text':
      return {
        type: 'plain_text_input',
        multiline: field.multiline,
        ...lengths(field),
        ...initialText(field.initial),
      };
    case 'json':
      return { type: 'plain_text_input', multiline: true, ...initialText(field.initial) };
    case 'number':
      return {
        type: 'number_input',
        is_decimal_allowed: !field.integer,
        ...(isPlainNumber(field.minimum) ? { min_value: String(field.minimum) } : {}),
        ...(isPlainNumber(field.maximum) ? { max_value: String(field.maximum) } : {}),
        ...(isPlainNumber(field.initial) ? { initial_value: field.initial } : {}),
      };
    case 'choice':
      return choice(field);
    case 'choices':
      return choices(field);
    case 'date':
      return { type: 'datepicker', ...matching(field.initial, /^\d{4}-\d\d-\d\d$/, 'initial_date') };
    case 'time':
      return { type: 'timepicker', ...matching(field.initial, /^\d\d:\d\d$/, 'initial_time') };
    case 'datetime':
      return { type: 'datetimepicker', ...initialMoment(field.initial) };
    case 'email':
      return { type: 'email_text_input', ...initialText(field.initial) };
    case 'url':
      return { type: 'url_text_input', ...initialText(field.initial) };
    case 'person':
      return { type: 'users_select' };
    case 'people':
      return { type: 'multi_users_select' };
    default:
      return assertNever(field);
  }
}

function choice({ options, initial }: Extract<Field, { type: 'choice' }>): InputBlockElement {
  const all = namedOptions(options);
  const chosen = all[options.findIndex(({ value }) => value === initial)];
  const start = chosen ? { initial_option: chosen } : {};
  if (all.length <= MAX_RADIO) return { type: 'radio_buttons', options: all, ...start };
  return { type: 'static_select', ...offered(all), ...start };
}

function choices({ options, initial }: Extract<Field, { type: 'choices' }>): InputBlockElement {
  const all = namedOptions(options);
  const chosen = all.filter((_, index) => initial.includes(options[index]?.value ?? ''));
  return {
    type: 'multi_static_select',
    ...offered(all),
    ...(chosen.length > 0 ? { initial_options: chosen } : {}),
  };
}

function offered(all: PlainTextOption[]) {
  if (all.length <= MAX_SELECT) return { options: all };
  const groups = Array.from({ length: Math.ceil(all.length / MAX_SELECT) }, (_, index) => index * MAX_SELECT);
  return {
    option_groups: groups.map((from) => {
      const some = all.slice(from, from + MAX_SELECT);
      return { label: words(`${from + 1} to ${from + some.length}`, MAX_OPTION), options: some };
    }),
  };
}

function namedOptions(options: Option[]): PlainTextOption[] {
  const named = options.map(({ label, value }, index) => ({
    text: words(label.trim() || value.trim() || `Choice ${index + 1}`, MAX_OPTION),
    value: String(index),
  }));
  // Slack takes no menu without a choice in it.
  return named.length > 0 ? named : [{ text: words('There is nothing to choose from', MAX_OPTION), value: 'none' }];
}

function lengths({ minLength, maxLength }: Extract<Field, { type: 'text' }>) {
  const max = maxLength === null || maxLength < 1 ? MAX_TEXT : Math.min(Math.floor(maxLength), MAX_TEXT);
  const min = minLength === null ? 0 : Math.min(Math.max(Math.ceil(minLength), 0), max);
  return { ...(min > 0 ? { min_length: min } : {}), max_length: max };
}

function initialText(initial: string | null) {
  return initial !== null && initial !== '' && initial.length <= MAX_TEXT ? { initial_value: initial } : {};
}

/** What Slack takes as a number: no exponent. */
function isPlainNumber<T extends string | number | null>(value: T): value is T & (string | number) {
  return value !== null && /^-?\d{1,15}(\.\d{1,15})?$/.test(String(value));
}

function matching<K extends string>(initial: string | null, pattern: RegExp, key: K): { [P in K]?: string } {
  return initial !== null && pattern.test(initial) ? ({ [key]: initial } as { [P in K]: string }) : {};
}

function initialMoment(initial: string | null) {
  const seconds = initial === null ? Number.NaN : Math.floor(Date.parse(initial) / 1_000);
  // Slack wants ten digits.
  return seconds >= 1_000_000_000 && seconds <= 9_999_999_999 ? { initial_date_time: seconds } : {};
}

function words(text: string, max: number) {
  return { type: 'plain_text' as const, text: cut(disarm(text), max), emoji: false };
}
