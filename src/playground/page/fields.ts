/** Reading blocks: everything in them comes from outside, so each field is looked at before it is used. */
export type Fields = Record<string, unknown>;

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The words of a text object (`{type: 'plain_text' | 'mrkdwn', text}`) or of a bare string. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : stringOf(fieldsOf(value).text);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
