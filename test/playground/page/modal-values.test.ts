import { expect, it } from 'vitest';
import { initialValues, missingValues, stateValues, valuesIn } from '../../../src/playground/page/modal-values.ts';

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

it('has times and people too', () => {
  const at = new Date(2026, 6, 15, 14, 30).getTime() / 1000;
  const more = [
    input('time', { type: 'timepicker', initial_time: '14:30' }),
    input('at', { type: 'datetimepicker', initial_date_time: at }),
    input('never', { type: 'datetimepicker' }),
    input('who', { type: 'users_select', initial_user: 'U1' }),
    input('all', { type: 'multi_users_select', initial_users: ['U1', 'U2'] }),
    input('count', { type: 'number_input', initial_value: '7' }),
  ];
  const filled = initialValues(more);
  expect(filled.at).toEqual(['2026-07-15T14:30']);
  expect(stateValues(more, filled)).toEqual({
    time: { a: { type: 'timepicker', selected_time: '14:30' } },
    at: { a: { type: 'datetimepicker', selected_date_time: at } },
    never: { a: { type: 'datetimepicker', selected_date_time: null } },
    who: { a: { type: 'users_select', selected_user: 'U1' } },
    all: { a: { type: 'multi_users_select', selected_users: ['U1', 'U2'] } },
    count: { a: { type: 'number_input', value: '7' } },
  });
});

it('keeps what was filled in when the modal changes, and begins new inputs as they ask', () => {
  const changed = [
    input('reason', { type: 'plain_text_input', initial_value: 'another' }),
    input('fresh', { type: 'plain_text_input', initial_value: 'new' }),
  ];
  expect(valuesIn(changed, { reason: ['typed'], team: ['ops'] })).toEqual({ reason: ['typed'], fresh: ['new'] });
  expect(valuesIn(changed, { reason: [''] })).toMatchObject({ reason: [''] });
});

it('asks for required inputs that are empty or blank, and only for those', () => {
  expect(Object.keys(missingValues(blocks, { ...initialValues(blocks), reason: ['  '] }))).toEqual([
    'reason',
    'grouped',
  ]);
});
