import { expect, it } from 'vitest';
import { initialValues, missingValues, stateValues } from '../../../src/playground/page/modal-values.ts';

const option = (value: string) => ({ text: { type: 'plain_text', text: value.toUpperCase() }, value });
const input = (block_id: string, element: Record<string, unknown>, more = {}) => ({
  type: 'input',
  block_id,
  element: { action_id: 'a', ...element },
  ...more,
});

const blocks = [
  { type: 'section', text: 'not an input' },
  input('reason', { type: 'plain_text_input', initial_value: 'because' }),
  input('team', { type: 'static_select', options: [option('ops'), option('data')], initial_option: option('data') }),
  input('tell', { type: 'checkboxes', options: [option('ana'), option('ben')] }, { optional: true }),
  input('until', { type: 'datepicker', initial_date: '2026-12-01' }),
  input('grouped', { type: 'multi_static_select', option_groups: [{ options: [option('x')] }] }),
];

it('begins with what the app put in', () => {
  expect(initialValues(blocks)).toEqual({
    reason: ['because'],
    team: ['data'],
    tell: [],
    until: ['2026-12-01'],
    grouped: [],
  });
});

it("writes what was chosen as Slack's view state", () => {
  const filled = { ...initialValues(blocks), tell: ['ben', 'ana'], grouped: ['x'] };
  expect(stateValues(blocks, filled)).toEqual({
    reason: { a: { type: 'plain_text_input', value: 'because' } },
    team: { a: { type: 'static_select', selected_option: option('data') } },
    tell: { a: { type: 'checkboxes', selected_options: [option('ana'), option('ben')] } },
    until: { a: { type: 'datepicker', selected_date: '2026-12-01' } },
    grouped: { a: { type: 'multi_static_select', selected_options: [option('x')] } },
  });
});

it('asks for required inputs that are empty or blank, and only for those', () => {
  expect(Object.keys(missingValues(blocks, { ...initialValues(blocks), reason: ['  '] }))).toEqual([
    'reason',
    'grouped',
  ]);
});
