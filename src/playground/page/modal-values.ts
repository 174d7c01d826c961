import { type Fields, fieldsOf, listOf, stringOf } from './fields.ts';

/** What is filled in: for each input block, the chosen values (texts and dates have one). */
type Filled = Record<string, string[]>;

export function initialValues(blocks: Fields[]): Filled {
  const inputs = blocks.filter((block) => block.type === 'input');
  return Object.fromEntries(inputs.map((block) => [stringOf(block.block_id), initialOf(fieldsOf(block.element))]));
}

function initialOf(element: Fields): string[] {
  const options = [...listOf(element.initial_options), fieldsOf(element.initial_option)];
  const chosen = options.map((option) => stringOf(option.value)).filter(Boolean);
  const written = stringOf(element.initial_value) || stringOf(element.initial_date);
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
