import { z } from 'zod';
import { badRequest } from './api-error.ts';
import { describeIssue, parse } from './parse.ts';

const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1) });
const base64 = z.strictObject({ type: z.literal('base64'), media_type: z.string(), data: z.string() });
const url = z.strictObject({ type: z.literal('url'), url: z.string() });
const file = z.strictObject({ type: z.literal('file'), file_id: z.string() });
const plain = z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain'), data: z.string() });
const imageTypes = z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

const image = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64.extend({ media_type: imageTypes }), url, file]),
});
const document = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [base64, plain, url, file]),
  title: z.string().nullish(),
  context: z.string().nullish(),
});
const searchResult = z.strictObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(text),
  citations: z.strictObject({ enabled: z.boolean() }).optional(),
});
const spoken = z.array(z.discriminatedUnion('type', [text, image, document])).min(1);
const result = z.array(z.discriminatedUnion('type', [text, image, document, searchResult]));

const SENDABLE = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('user.message'), content: spoken }),
  z.strictObject({ type: z.literal('user.interrupt'), session_thread_id: z.string().nullish() }),
  z.strictObject({
    type: z.literal('user.tool_confirmation'),
    tool_use_id: z.string(),
    result: z.enum(['allow', 'deny']),
    deny_message: z.string().nullish(),
  }),
  z.strictObject({
    type: z.literal('user.custom_tool_result'),
    custom_tool_use_id: z.string(),
    content: result.optional(),
    is_error: z.boolean().nullish(),
  }),
  z.strictObject({
    type: z.literal('user.tool_result'),
    tool_use_id: z.string(),
    content: result.optional(),
    is_error: z.boolean().nullish(),
  }),
  z.strictObject({
    type: z.literal('user.define_outcome'),
    description: z.string().min(1),
    rubric: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text'), content: z.string().max(262_144) }),
      file,
    ]),
    max_iterations: z.int().min(1).max(20).nullish(),
  }),
  z.strictObject({ type: z.literal('system.message'), content: z.array(text).min(1).max(1000) }),
]);

/** An event a client may send, exactly as documented: unknown fields are refused. */
export type SentEvent = z.infer<typeof SENDABLE>;

const BODY = z.strictObject({ events: z.array(z.unknown()).min(1) });

export function parseSend(body: unknown): SentEvent[] {
  return parseEvents(parse(BODY, body).events);
}

/** One bad event refuses the whole request, by its place in it. */
export function parseEvents(events: unknown[]): SentEvent[] {
  return events.map((event, index) => {
    const parsed = SENDABLE.safeParse(event);
    if (!parsed.success) throw badRequest(describeIssue(parsed.error, ['events', index]));
    return parsed.data;
  });
}
