import { type Fields, fieldsOf, listOf, stringOf } from './fields.ts';

/** What is filled in: for each input block, the chosen values (texts and dates have one). */
export type Filled = Record<string, string[]>;

export function initialValues(blocks: Fields[]): Filled {
  const inputs = blocks.filter((block) => block.type === 'input');
  return Object.fromEntries(inputs.map((block) => [stringOf(block.block_id), initialOf(fieldsOf(block.element))]));
}

/** A modal that changes keeps what was filled in, for the inputs that are still there; new ones begin as they ask. */
export function valuesIn(blocks: Fields[], filled: Filled): Filled {
  return Object.fromEntries(Object.entries(initialValues(blocks)).map(([id, values]) => [id, filled[id] ?? values]));
}

const WRITTEN = ['initial_value', 'initial_date', 'initial_time', 'initial_user'] as const;

function initialOf(element: Fields): string[] {
  const options = [...listOf(element.initial_options), fieldsOf(element.initial_option)];
  const chosen = options.map((option) => stringOf(option.value)).filter(Boolean);
  if (Array.isArray(element.initial_users)) return element.initial_users.map(stringOf).filter(Boolean);
  if (element.initial_date_time) return [localDateTime(Number(element.initial_date_time))];
  const written = WRITTEN.map((name) => stringOf(element[name])).find(Boolean);
  return written ? [written] : chosen;
}

/** The filled form as Slack's `view.state.values`: `values[block_id][action_id]`. */
export function stateValues(blocks: Fields[], filled: Filled): Record<string, Record<string, unknown>> {
  const inputs = blocks.filter((block) => block.type === 'input');
  return Object.fromEntries(
    inputs.map((block) => {
      const element = fieldsOf(block.element);
      const values = filled[stringOf(block.block_id)] ?? [];
      return [stringOf(block.block_id), { [stringOf(element.action_id)]: stateValue(element, values) }];
    }),
  );
}

function stateValue(element: Fields, values: string[]): Fields {
  const type = stringOf(element.type);
  const options = [
    ...listOf(element.options),
    ...listOf(element.option_groups).flatMap(({ options }) => listOf(options)),
  ];
  const selected = options.filter((option) => values.includes(stringOf(option.value)));
  switch (type) {
    case 'static_select':
    case 'radio_buttons':
      return { type, selected_option: selected[0] ?? null };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: selected };
    case 'datepicker':
      return { type, selected_date: values[0] || null };
    case 'timepicker':
      return { type, selected_time: values[0] || null };
    case 'datetimepicker':
      return { type, selected_date_time: values[0] ? Math.floor(new Date(values[0]).getTime() / 1000) : null };
    case 'users_select':
      return { type, selected_user: values[0] || null };
    case 'multi_users_select':
      return { type, selected_users: values };
    default:
      return { type, value: values[0] || null };
  }
}

/** Input blocks that must be filled and are not, with the sentence Slack's client shows. */
export function missingValues(blocks: Fields[], filled: Filled): Record<string, string> {
  const missing = blocks.filter((block) => {
    const values = filled[stringOf(block.block_id)] ?? [];
    return block.type === 'input' && block.optional !== true && !values.some((value) => value.trim());
  });
  return Object.fromEntries(missing.map((block) => [stringOf(block.block_id), 'Please complete this required field.']));
}

/** Seconds since the epoch as a browser's date and time field has them: local time, to the minute. */
function localDateTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
