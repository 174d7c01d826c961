import { z } from 'zod';
import type { Block } from '../page/contract.ts';
import { brokenRules } from './block-rules.ts';
import { textLength } from './block-text.ts';
import { Refusal } from './refusal.ts';

/** Block Kit's limits: what Slack refuses with `invalid_blocks`, said with a JSON pointer to the fault. */
export interface BlockLimits {
  /** 50 in a message, 100 in a view. */
  max: number;
}

const plain = (max: number) =>
  z.looseObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const anyText = (max: number) =>
  z.looseObject({ type: z.enum(['plain_text', 'mrkdwn']), text: z.string().min(1).max(max) });

const actionId = z.string().max(255).optional();
const confirm = z
  .looseObject({ title: plain(100), text: anyText(300), confirm: plain(30), deny: plain(30) })
  .optional();
const style = z.enum(['primary', 'danger']).optional();
const option = z.looseObject({ text: anyText(75), value: z.string().max(150), description: anyText(75).optional() });
const options = (max: number) => z.array(option).min(1).max(max);
const placeholder = plain(150).optional();
const url = z.string().max(3_000);
const feedbackButton = z.looseObject({
  text: plain(75),
  value: z.string().max(2_000),
  accessibility_label: z.string().max(75).optional(),
});
const button = z.looseObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: actionId,
  url: url.optional(),
  value: z.string().max(2_000).optional(),
  style,
  confirm,
  accessibility_label: z.string().max(75).optional(),
});
const image = z.looseObject({ type: z.literal('image'), image_url: url.optional(), alt_text: z.string().max(2_000) });
const optionGroups = z
  .array(z.looseObject({ label: plain(75), options: options(100) }))
  .max(100)
  .optional();
const numeric = z.string().regex(/^-?\d+(\.\d+)?$/);
const select = (type: string) =>
  z.looseObject({
    type: z.literal(type),
    action_id: actionId,
    placeholder,
    confirm,
    initial_option: option.optional(),
  });

const element = z.discriminatedUnion('type', [
  button,
  image,
  select('static_select').extend({ options: options(100).optional(), option_groups: optionGroups }),
  select('multi_static_select').extend({ options: options(100).optional(), option_groups: optionGroups }),
  select('users_select'),
  select('multi_users_select'),
  select('conversations_select'),
  select('multi_conversations_select'),
  select('channels_select'),
  select('multi_channels_select'),
  select('external_select'),
  select('multi_external_select'),
  select('datepicker').extend({ initial_date: z.iso.date().optional() }),
  select('timepicker').extend({
    initial_time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
      .optional(),
  }),
  select('datetimepicker').extend({ initial_date_time: z.number().int().min(1e9).max(9_999_999_999).optional() }),
  select('email_text_input').extend({ initial_value: z.string().optional() }),
  select('url_text_input').extend({ initial_value: z.string().optional() }),
  select('number_input').extend({
    is_decimal_allowed: z.boolean(),
    initial_value: numeric.optional(),
    min_value: numeric.optional(),
    max_value: numeric.optional(),
  }),
  select('rich_text_input'),
  select('overflow').extend({ options: options(5) }),
  select('checkboxes').extend({ options: options(10) }),
  select('radio_buttons').extend({ options: options(10) }),
  select('file_input').extend({ max_files: z.number().int().min(1).max(10).optional() }),
  select('plain_text_input').extend({
    multiline: z.boolean().optional(),
    min_length: z.number().int().min(0).max(3_000).optional(),
    max_length: z.number().int().min(1).max(3_000).optional(),
    initial_value: z.string().max(3_000).optional(),
  }),
  z.looseObject({
    type: z.literal('feedback_buttons'),
    action_id: actionId,
    positive_button: feedbackButton,
    negative_button: feedbackButton,
  }),
  z.looseObject({
    type: z.literal('icon_button'),
    icon: z.literal('trash'),
    text: plain(75),
    action_id: actionId,
    value: z.string().max(2_000).optional(),
    visible_to_user_ids: z.array(z.string()).max(10).optional(),
    confirm,
  }),
]);

const richText = z.looseObject({
  type: z.literal('rich_text'),
  elements: z.array(z.looseObject({ type: z.string() })),
});
const blockId = z.string().max(255).optional();
const task = z.looseObject({
  task_id: z.string().min(1).max(255),
  title: z.string().min(1).max(256),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']).optional(),
  details: richText.optional(),
  output: richText.optional(),
});
const card = z
  .looseObject({
    type: z.literal('card'),
    block_id: blockId,
    hero_image: z.looseObject({}).optional(),
    title: anyText(150).optional(),
    subtitle: anyText(150).optional(),
    body: anyText(200).optional(),
    actions: z.array(button).max(3).optional(),
  })
  .refine((value) => value.hero_image || value.title || value.actions || value.body, {
    message: 'must have one of hero_image, title, actions, body',
  });
const rawText = z.looseObject({ type: z.literal('raw_text'), text: z.string().min(1) });
const rawNumber = z.looseObject({
  type: z.literal('raw_number'),
  value: z.number(),
  text: z.string().min(1).optional(),
});
const cell = z.discriminatedUnion('type', [rawText, rawNumber, richText]);
const columnSetting = z.looseObject({
  align: z.enum(['left', 'center', 'right']).optional(),
  is_wrapped: z.boolean().optional(),
});

const block = z.discriminatedUnion('type', [
  z
    .looseObject({
      type: z.literal('section'),
      block_id: blockId,
      text: anyText(3_000).optional(),
      fields: z.array(anyText(2_000)).min(1).max(10).optional(),
      accessory: element.optional(),
      expand: z.boolean().optional(),
    })
    .refine((value) => value.text || value.fields, { message: 'must have text or fields' }),
  z.looseObject({ type: z.literal('header'), block_id: blockId, text: plain(150) }),
  z.looseObject({ type: z.literal('divider'), block_id: blockId }),
  z.looseObject({ type: z.literal('markdown'), block_id: blockId, text: z.string().min(1).max(12_000) }),
  richText.extend({ block_id: blockId }),
  z.looseObject({
    type: z.literal('image'),
    block_id: blockId,
    image_url: url.optional(),
    alt_text: z.string().max(2_000),
  }),
  z.looseObject({
    type: z.literal('context'),
    block_id: blockId,
    elements: z
      .array(z.union([anyText(3_000), image]))
      .min(1)
      .max(10),
  }),
  z.looseObject({ type: z.literal('actions'), block_id: blockId, elements: z.array(element).min(1).max(25) }),
  z.looseObject({ type: z.literal('context_actions'), block_id: blockId, elements: z.array(element).min(1).max(5) }),
  z.looseObject({
    type: z.literal('input'),
    block_id: blockId,
    label: plain(2_000),
    element,
    hint: plain(2_000).optional(),
    optional: z.boolean().optional(),
  }),
  z.looseObject({
    type: z.literal('alert'),
    block_id: blockId,
    text: anyText(200),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
  card,
  z.looseObject({ type: z.literal('carousel'), block_id: blockId, elements: z.array(card).min(1).max(10) }),
  z.looseObject({ type: z.literal('container'), block_id: blockId, title: anyText(150).optional() }),
  z.looseObject({
    type: z.literal('table'),
    block_id: blockId,
    rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
    column_settings: z.array(columnSetting).max(20).optional(),
  }),
  z.looseObject({
    type: z.literal('data_table'),
    block_id: blockId,
    caption: z.string().min(1),
    rows: z.array(z.array(cell).min(1).max(20)).min(2).max(201),
    page_size: z.number().int().min(1).max(100).optional(),
    row_header_column_index: z.number().int().min(0).max(19).optional(),
  }),
  task.extend({ type: z.literal('task_card'), block_id: blockId }),
  z.looseObject({
    type: z.literal('plan'),
    block_id: blockId,
    title: z.string().min(1).max(256),
    tasks: z.array(task).max(50).optional(),
  }),
  z.looseObject({ type: z.literal('data_visualization'), block_id: blockId }),
  z.looseObject({ type: z.literal('file'), block_id: blockId, external_id: z.string(), source: z.string() }),
  z.looseObject({
    type: z.literal('video'),
    block_id: blockId,
    title: plain(200),
    video_url: url,
    alt_text: z.string(),
  }),
]);

const MAX_TEXT = 13_200;
const MAX_MARKDOWN = 12_000;

/** Checks blocks as Slack does and gives back copies with every `block_id` filled in. Throws a Refusal. */
export function checkBlocks(value: unknown, limits: BlockLimits): Block[] {
  if (!Array.isArray(value)) throw new Refusal('invalid_blocks_format');
  if (value.length > limits.max)
    throw invalidBlocks([`no more than ${limits.max} items allowed [json-pointer:/blocks]`]);
  const parsed = z.array(block).safeParse(value);
  if (!parsed.success) {
    throw invalidBlocks(
      parsed.error.issues.map((issue) => `${issue.message} [json-pointer:/blocks/${issue.path.join('/')}]`),
    );
  }
  const blocks = value as Block[];
  const broken = brokenRules(blocks);
  if (broken.length > 0) throw invalidBlocks(broken);
  if (textLength(blocks, 'markdown') > MAX_MARKDOWN) throw new Refusal('msg_blocks_too_long');
  if (limits.max === 50 && textLength(blocks) > MAX_TEXT) throw new Refusal('msg_blocks_too_long');
  return nameBlocks(blocks);
}

/** Gives blocks and their elements the ids Slack makes up for them. */
function nameBlocks(blocks: readonly Block[]): Block[] {
  return blocks.map((each, index) => ({ ...each, block_id: each.block_id ?? `b${index + 1}` }));
}

function invalidBlocks(reasons: string[]): Refusal {
  return new Refusal(
    'invalid_blocks',
    reasons.map((reason) => `[ERROR] ${reason}`),
  );
}
