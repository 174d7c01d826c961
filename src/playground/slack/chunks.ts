import { z } from 'zod';
import type { Block, StreamPart } from '../page/contract.ts';
import { tooManyOfAKind } from './block-rules.ts';
import { checkBlocks } from './blocks.ts';
import { Refusal } from './refusal.ts';

/** The pieces a native stream is written in, and how they merge into what the message shows. Pure. */
const MAX_TEXT = 12_000;
/** All text of one streamed message; Slack's own cap is not documented, this is what others measured for blocks. */
const MAX_TOTAL = 13_200;
const MAX_TASKS = 50;
const field = z.string().max(256);

const chunk = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('markdown_text'), text: z.string().max(MAX_TEXT) }),
  z.looseObject({
    type: z.literal('task_update'),
    id: field.min(1),
    title: field.min(1),
    status: z.enum(['pending', 'in_progress', 'complete', 'error']),
    details: field.optional(),
    output: field.optional(),
    sources: z.array(z.looseObject({ type: z.literal('url'), url: z.string(), text: field.min(1) })).optional(),
  }),
  z.looseObject({ type: z.literal('plan_update'), title: field.min(1) }),
  z.looseObject({ type: z.literal('blocks'), blocks: z.array(z.unknown()) }),
]);

export type Chunk = z.infer<typeof chunk>;
type TaskPart = Extract<StreamPart, { type: 'task' }>;

/** What a stream has so far; `written` is never changed in place. */
export interface Written {
  parts: StreamPart[];
  plan_title?: string;
}

/** Throws `invalid_chunks` for a bad shape and `msg_too_long` for a text over its limit. */
export function readChunks(value: unknown): Chunk[] {
  if (!Array.isArray(value)) throw new Refusal('invalid_chunks');
  const parsed = z.array(chunk).safeParse(value);
  if (parsed.success) return parsed.data;
  const tooLong = parsed.error.issues.every((issue) => issue.code === 'too_big');
  const details = parsed.error.issues.map(
    (issue) => `[ERROR] ${issue.message} [json-pointer:/chunks/${issue.path.join('/')}]`,
  );
  throw new Refusal(tooLong ? 'msg_too_long' : 'invalid_chunks', details);
}

/** Merges chunks into what is written. Throws a Refusal when the whole becomes too much; nothing is written then. */
export function writeChunks(written: Written, chunks: readonly Chunk[]): Written {
  const next = chunks.reduce(writeOne, written);
  if (next.parts.filter((part) => part.type === 'task').length > MAX_TASKS) {
    throw new Refusal('invalid_chunks', [`[ERROR] no more than ${MAX_TASKS} tasks allowed [json-pointer:/chunks]`]);
  }
  // A stream is one message, in however many pieces its blocks come.
  const excess = tooManyOfAKind(next.parts.flatMap((part) => (part.type === 'blocks' ? part.blocks : [])));
  if (excess.length > 0) {
    throw new Refusal(
      'invalid_blocks',
      excess.map((reason) => `[ERROR] ${reason}`),
    );
  }
  if (totalLength(next.parts) > MAX_TOTAL) throw new Refusal('msg_too_long');
  return next;
}

function writeOne(written: Written, piece: Chunk): Written {
  const { parts } = written;
  switch (piece.type) {
    case 'markdown_text':
      return { ...written, parts: writeText(parts, piece.text) };
    case 'plan_update':
      return { ...written, plan_title: piece.title };
    case 'blocks':
      return { ...written, parts: [...parts, { type: 'blocks', blocks: checkBlocks(piece.blocks, { max: 50 }) }] };
    case 'task_update': {
      const known = parts.find((part): part is TaskPart => part.type === 'task' && part.id === piece.id);
      const task = mergeTask(known, piece);
      return { ...written, parts: known ? parts.map((part) => (part === known ? task : part)) : [...parts, task] };
    }
  }
}

function writeText(parts: StreamPart[], text: string): StreamPart[] {
  const last = parts.at(-1);
  if (text === '') return parts;
  if (last?.type !== 'text') return [...parts, { type: 'text', text }];
  return [...parts.slice(0, -1), { type: 'text', text: last.text + text }];
}

/** Title and status replace, details append, and the output is written once. */
function mergeTask(known: TaskPart | undefined, update: Extract<Chunk, { type: 'task_update' }>): TaskPart {
  const details = `${known?.details ?? ''}${update.details ?? ''}`;
  const output = known?.output ?? update.output;
  return {
    type: 'task',
    id: update.id,
    title: update.title,
    status: update.status,
    ...(details ? { details } : {}),
    ...(output ? { output } : {}),
  };
}

function totalLength(parts: readonly StreamPart[]): number {
  return parts.reduce((sum, part) => {
    if (part.type === 'text') return sum + part.text.length;
    if (part.type === 'task') return sum + part.title.length + (part.details?.length ?? 0) + (part.output?.length ?? 0);
    return sum;
  }, 0);
}

export function textOf(parts: readonly StreamPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('\n');
}

/** The stream as the blocks that history and events show. */
export function blocksOf({ parts, plan_title }: Written): Block[] {
  const blocks = parts.flatMap((part): Block[] => {
    if (part.type === 'blocks') return part.blocks;
    if (part.type === 'text') return [{ type: 'markdown', text: part.text }];
    return [taskCard(part)];
  });
  const shown = plan_title ? [{ type: 'plan', title: plan_title }, ...blocks] : blocks;
  return shown.map((block, index) => ({ ...block, block_id: `s${index + 1}` }));
}

function taskCard(part: TaskPart): Block {
  const { id, title, status, details, output } = part;
  return {
    type: 'task_card',
    task_id: id,
    title,
    status,
    ...(details ? { details: richText(details) } : {}),
    ...(output ? { output: richText(output) } : {}),
  };
}

function richText(text: string): Block {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
  };
}
