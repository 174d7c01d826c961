import { z } from 'zod';

/**
 * What we read of a delivery's body, and nothing more. A field of the wrong type reads as absent: Slack adds shapes
 * without notice, and one odd field must not cost a person's message.
 */
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);

function listOf<T extends z.ZodType>(item: T) {
  return z.array(item.nullable().catch(null)).optional().catch(undefined);
}

export const writtenFile = z.object({
  id: text,
  url_private: text,
  url_private_download: text,
  name: text,
  title: text,
  mimetype: text,
  size: number,
  mode: text,
  is_external: z.boolean().optional().catch(undefined),
  file_access: text,
});

const cell = z.union([
  z.object({ type: z.literal('raw_text'), text: z.string() }),
  z.object({ type: z.literal('raw_number'), value: z.union([z.string(), z.number()]) }),
  z.object({ type: z.literal('rich_text'), elements: z.array(z.unknown()) }),
]);

const table = z.object({ type: z.literal('table'), rows: z.array(z.array(cell.nullable().catch(null))) });

const attachment = z.object({
  is_share: z.boolean().optional().catch(undefined),
  is_msg_unfurl: z.boolean().optional().catch(undefined),
  author_name: text,
  text,
  fallback: text,
  files: listOf(writtenFile),
  blocks: listOf(table),
});

const written = z.object({
  channel: text,
  channel_type: text,
  user: text,
  bot_id: text,
  subtype: text,
  text,
  ts: text,
  thread_ts: text,
  team: text,
  user_team: text,
  source_team: text,
  user_profile: z.object({ team: text }).optional().catch(undefined),
  edited: z.unknown().optional(),
  files: listOf(writtenFile),
  attachments: listOf(attachment),
});

export const eventBody = z.object({
  type: z.literal('event_callback'),
  team_id: text,
  event_time: number,
  event: z.looseObject({ type: z.string() }),
});

export const writtenEvent = written;

export const stoppedEvent = z.object({ channel: z.string(), user: z.string(), thread_ts: z.string(), event_ts: text });

export const clickBody = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string(), team_id: text }),
  container: z.object({ channel_id: text, thread_ts: text }),
  channel: z.object({ id: text }).optional().catch(undefined),
  message: z.object({ thread_ts: text }).optional().catch(undefined),
  /** For a button inside a modal. */
  view: z.object({ id: z.string(), hash: z.string() }).optional().catch(undefined),
  trigger_id: text,
  actions: z.array(z.object({ action_id: text, action_ts: text, value: text })),
});

export const submissionBody = z.object({
  type: z.literal('view_submission'),
  user: z.object({ id: z.string(), team_id: text }),
  view: z.object({
    id: z.string(),
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  }),
});

export type EventBody = z.infer<typeof eventBody>;
export type Written = z.infer<typeof written>;
export type WrittenFile = z.infer<typeof writtenFile>;
export type Attachment = z.infer<typeof attachment>;
export type Table = z.infer<typeof table>;
export type Click = z.infer<typeof clickBody>;
