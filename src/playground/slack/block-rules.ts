import type { Block } from '../page/contract.ts';
import { elementsOf } from './block-elements.ts';
import { textLength } from './block-text.ts';
import { isRecord } from './decode.ts';

const MAX_TABLE_TEXT = { table: 10_000, data_table: 20_000 };

/** What is wrong between blocks and elements that are each well formed: in Slack's words, with a JSON pointer. */
export function brokenRules(blocks: readonly Block[]): string[] {
  return [misplaced, strangeChoices, oddTables, doubledBlockIds, doubledActionIds, tooManyOfAKind].flatMap((rule) =>
    rule(blocks),
  );
}

const LAYOUTS = new Set(['section', 'actions', 'input', 'context', 'context_actions']);

/** The layouts an element may stand in, for those that may not stand everywhere. */
const PLACES: Record<string, string[]> = {
  plain_text_input: ['input'],
  number_input: ['input'],
  email_text_input: ['input'],
  url_text_input: ['input'],
  rich_text_input: ['input'],
  file_input: ['input'],
  multi_static_select: ['section', 'input'],
  multi_users_select: ['section', 'input'],
  multi_conversations_select: ['section', 'input'],
  multi_channels_select: ['section', 'input'],
  datetimepicker: ['actions', 'input'],
  button: ['section', 'actions'],
  overflow: ['section', 'actions'],
  image: ['section', 'context'],
  feedback_buttons: ['context_actions'],
  icon_button: ['context_actions'],
};

function misplaced(blocks: readonly Block[]): string[] {
  return blocks.flatMap((each, index) =>
    elementsOf(each).flatMap(({ type }) => {
      const places = LAYOUTS.has(each.type) ? PLACES[String(type)] : undefined;
      if (!places || places.includes(each.type)) return [];
      return `unsupported type: ${type} in a block of type ${each.type} [json-pointer:/blocks/${index}]`;
    }),
  );
}

/** A menu has options, one way or the other, and begins with some of them. */
function strangeChoices(blocks: readonly Block[]): string[] {
  return blocks.flatMap((each, index) =>
    elementsOf(each).flatMap((inner) => {
      const at = `[json-pointer:/blocks/${index}]`;
      const groups = listOf(inner.option_groups).flatMap((group) => listOf(group.options));
      const values = new Set([...listOf(inner.options), ...groups].map(({ value }) => value));
      const isMenu = inner.type === 'static_select' || inner.type === 'multi_static_select';
      if (isMenu && values.size === 0) return `must have options or option_groups ${at}`;
      const initial = [inner.initial_option, ...listOf(inner.initial_options)].filter(isRecord);
      return initial.some(({ value }) => values.size > 0 && !values.has(value))
        ? `the initial option is none of the options ${at}`
        : [];
    }),
  );
}

/** A data table has a plain head, and every row has as many cells; no table has a cell without words. */
function oddTables(blocks: readonly Block[]): string[] {
  return blocks.flatMap((each, index) => {
    if (each.type !== 'table' && each.type !== 'data_table') return [];
    const at = `[json-pointer:/blocks/${index}/rows]`;
    const rows = Array.isArray(each.rows) ? each.rows.map(listOf) : [];
    const isBlank = (cell: Record<string, unknown>) => cell.type === 'rich_text' && textLength([cell as Block]) === 0;
    const reasons = rows.flat().some(isBlank) ? [`must be more than 0 characters ${at}`] : [];
    if (each.type === 'table') return reasons;
    if (rows[0]?.some(({ type }) => type === 'rich_text')) reasons.push(`a header cell cannot be rich_text ${at}`);
    if (new Set(rows.map(({ length }) => length)).size > 1) reasons.push(`all rows must have as many cells ${at}`);
    return reasons;
  });
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function doubledBlockIds(blocks: readonly Block[]): string[] {
  const ids = blocks.flatMap((each) => each.block_id ?? []);
  return doubled(ids).map((id) => `\`block_id\` already exists (${id}) [json-pointer:/blocks]`);
}

function doubledActionIds(blocks: readonly Block[]): string[] {
  return blocks.flatMap((each, index) => {
    const ids = elementsOf(each).flatMap((inner) => (typeof inner.action_id === 'string' ? inner.action_id : []));
    return doubled(ids).map((id) => `\`action_id\` already exists (${id}) [json-pointer:/blocks/${index}/elements]`);
  });
}

function doubled(ids: string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

/** What a message may hold only so many of, or so much. */
export function tooManyOfAKind(blocks: readonly Block[]): string[] {
  const count = (type: string) => blocks.filter((each) => each.type === type).length;
  const reasons: string[] = [];
  if (count('table') > 1) reasons.push('only one table allowed [json-pointer:/blocks]');
  if (count('data_visualization') > 2) reasons.push('only two data visualizations allowed [json-pointer:/blocks]');
  for (const [type, max] of Object.entries(MAX_TABLE_TEXT)) {
    if (textLength(blocks, type) > max) reasons.push(`${type} has more than ${max} characters [json-pointer:/blocks]`);
  }
  return reasons;
}
