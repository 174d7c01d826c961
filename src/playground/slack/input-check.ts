/** What Slack's own client finds wrong with an input before the app hears of it; undefined when nothing is. Pure. */
export function faultOf(element: Record<string, unknown>, state: Record<string, unknown>): string | undefined {
  const { value } = state;
  switch (element.type) {
    case 'plain_text_input':
      return typeof value === 'string' ? lengthFault(element, value) : undefined;
    case 'number_input':
      return typeof value === 'string' && value !== '' ? numberFault(element, value) : undefined;
    case 'email_text_input':
      return typeof value === 'string' && value !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
        ? 'Please enter a valid email address.'
        : undefined;
    case 'url_text_input':
      return typeof value === 'string' && value !== '' && !/^https?:\/\/\S+$/i.test(value)
        ? 'Please enter a valid URL.'
        : undefined;
    case 'multi_static_select':
    case 'multi_users_select':
      return countFault(element, state.selected_options ?? state.selected_users);
    default:
      return undefined;
  }
}

function lengthFault({ min_length: min, max_length: max }: Record<string, unknown>, text: string): string | undefined {
  if (typeof min === 'number' && text !== '' && text.length < min) return `Must be at least ${min} characters long.`;
  const most = typeof max === 'number' ? max : 3_000;
  return text.length > most ? `Must be at most ${most} characters long.` : undefined;
}

function numberFault(element: Record<string, unknown>, text: string): string | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return 'Please enter a number.';
  if (element.is_decimal_allowed !== true && text.includes('.')) return 'Please enter a whole number.';
  const { min_value: min, max_value: max } = element;
  if (typeof min === 'string' && Number(text) < Number(min)) return `Must be at least ${min}.`;
  return typeof max === 'string' && Number(text) > Number(max) ? `Must be at most ${max}.` : undefined;
}

function countFault({ max_selected_items: most }: Record<string, unknown>, chosen: unknown): string | undefined {
  if (typeof most !== 'number' || !Array.isArray(chosen) || chosen.length <= most) return undefined;
  return `Choose at most ${most}.`;
}
