import type { Field, Form, FormValues } from '../thread/question.ts';

/** What a person has put into a form, as people read it: a line per field, by its label; the value alone for one. */
export function answerWords({ fields }: Form, values: FormValues): string {
  const filled = fields.flatMap((field) => {
    const value = valueWords(field, values[field.name] ?? null);
    return value === '' ? [] : [{ label: field.label, value }];
  });
  if (fields.length === 1) return filled[0]?.value ?? '';
  return filled.map(({ label, value }) => `${label}: ${value}`).join('\n');
}

function valueWords(field: Field, value: FormValues[string]): string {
  const all = value === null ? [] : [value].flat();
  const named = 'options' in field ? all.map((one) => labelOf(field, one)) : all;
  return named.join(', ').trim();
}

function labelOf({ options }: Extract<Field, { type: 'choice' | 'choices' }>, value: string): string {
  return options.find((option) => option.value === value)?.label ?? value;
}
