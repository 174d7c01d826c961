import { isRecord } from './decode.ts';

/** What an input holds, as Slack's `state.values` has it; and what a click on an element says in its action. Pure. */
type Element = Record<string, unknown>;

/** Which field of the state an element's choice is in. */
const FIELDS: Record<string, string> = {
  plain_text_input: 'value',
  email_text_input: 'value',
  url_text_input: 'value',
  number_input: 'value',
  rich_text_input: 'rich_text_value',
  static_select: 'selected_option',
  external_select: 'selected_option',
  overflow: 'selected_option',
  radio_buttons: 'selected_option',
  multi_static_select: 'selected_options',
  multi_external_select: 'selected_options',
  checkboxes: 'selected_options',
  users_select: 'selected_user',
  multi_users_select: 'selected_users',
  conversations_select: 'selected_conversation',
  multi_conversations_select: 'selected_conversations',
  channels_select: 'selected_channel',
  multi_channels_select: 'selected_channels',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
  file_input: 'files',
};

export function holdsValue(element: Element): boolean {
  return String(element.type) in FIELDS;
}

/**
 * Reads what a person put into an element: Slack's own state, or a plain string (several choices with commas, or as
 * a list). Undefined when it is none of the element's options.
 */
export function readValue(element: Element, given: unknown): Record<string, unknown> | undefined {
  const type = String(element.type);
  const field = FIELDS[type] ?? 'value';
  if (given === undefined || given === null) return { type, [field]: initial(element, field) };
  if (isRecord(given)) return { ...given, type };
  const chosen = Array.isArray(given) ? given.map(String) : [String(given)];
  if (field === 'selected_option') {
    const option = optionsOf(element).find((each) => each.value === chosen[0]);
    if (option) return { type, selected_option: option };
    return chosen[0] === '' ? { type, selected_option: null } : undefined;
  }
  const list = Array.isArray(given) ? chosen : String(given).split(',').filter(Boolean);
  if (field === 'selected_options') {
    const options = optionsOf(element).filter((each) => list.includes(String(each.value)));
    return options.length === list.length ? { type, selected_options: options } : undefined;
  }
  if (type.startsWith('multi_')) return { type, [field]: list };
  if (field === 'selected_date_time') return { type, [field]: Number(chosen[0]) };
  return { type, [field]: chosen[0] === '' ? null : chosen[0] };
}

export function isEmpty(state: Record<string, unknown>): boolean {
  const { type: _, ...rest } = state;
  return Object.values(rest).every(
    (value) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
  );
}

function initial(element: Element, field: string): unknown {
  const name = field.replace(/^selected_/, 'initial_').replace(/^value$/, 'initial_value');
  const start = element[name];
  if (start !== undefined) return start;
  return field.endsWith('s') && field !== 'value' ? [] : null;
}

function optionsOf(element: Element): Record<string, unknown>[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups : [];
  const lists = [element.options, ...groups.map((group) => (isRecord(group) ? group.options : undefined))];
  return lists.flatMap((list) => (Array.isArray(list) ? list : [])).filter(isRecord);
}

/** The entry of `actions[]` for an element a person used; undefined when the value is none it offers. */
export function actionOf(element: Element, value: string | undefined): Record<string, unknown> | undefined {
  const { type, action_id } = element;
  if (type === 'feedback_buttons') {
    const buttons = [element.positive_button, element.negative_button].filter(isRecord);
    const pressed = buttons.find((button) => button.value === value);
    return pressed && { type, action_id, value: pressed.value, text: pressed.text };
  }
  if (holdsValue(element)) {
    const state = readValue(element, value);
    return state && { ...state, action_id, ...(element.placeholder ? { placeholder: element.placeholder } : {}) };
  }
  const { accessibility_label: _, ...pressed } = element;
  return pressed;
}
