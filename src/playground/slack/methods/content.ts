import type { Block } from '../../page/contract.ts';
import type { Args } from '../args.ts';
import { checkBlocks } from '../blocks.ts';
import { isRecord } from '../decode.ts';
import type { Call } from '../method.ts';
import type { Metadata } from '../model.ts';
import { Refusal } from '../refusal.ts';

/** What a message says, checked: shared by everything that writes one. */
export interface Content {
  text: string;
  blocks?: Block[];
  attachments?: unknown[];
  metadata?: Metadata;
}

const MAX_TEXT = 40_000;
const MAX_MARKDOWN = 12_000;
const MAX_ATTACHMENTS = 100;
const MAX_METADATA = 8_000;
export const MESSAGE_BLOCKS = { max: 50 };

export function readContent({ args, warn }: Call): Content {
  const { blocks, attachments } = readBlocks(args);
  const metadata = readMetadata(args.value('metadata'));
  const markdown = args.maybe('markdown_text');
  let text = args.maybe('text') ?? markdown ?? '';
  if (!text.trim() && !blocks?.length && !attachments?.length) throw new Refusal('no_text');
  if (text.length > MAX_TEXT) {
    text = text.slice(0, MAX_TEXT);
    warn('message_truncated');
  }
  const markdownBlocks = markdown ? checkBlocks([{ type: 'markdown', text: markdown }], MESSAGE_BLOCKS) : undefined;
  const shown = markdownBlocks ?? blocks;
  return {
    text,
    ...(shown ? { blocks: shown } : {}),
    ...(attachments ? { attachments } : {}),
    ...(metadata ? { metadata } : {}),
  };
}

function readBlocks(args: Args): { blocks?: Block[]; attachments?: unknown[] } {
  const markdown = args.maybe('markdown_text');
  if (markdown && (args.has('text') || args.has('blocks'))) throw new Refusal('markdown_text_conflict');
  if (markdown && markdown.length > MAX_MARKDOWN) throw new Refusal('msg_too_long');
  const attachments = args.value('attachments');
  if (attachments !== undefined && !Array.isArray(attachments)) throw new Refusal('invalid_attachments');
  if (Array.isArray(attachments) && attachments.length > MAX_ATTACHMENTS) throw new Refusal('too_many_attachments');
  const blocks = args.has('blocks') ? checkBlocks(args.value('blocks'), MESSAGE_BLOCKS) : undefined;
  return { ...(blocks ? { blocks } : {}), ...(attachments ? { attachments } : {}) };
}

/** `{}` clears the metadata of a message that is changed; it says nothing in a new one. */
export function readMetadata(value: unknown): Metadata | undefined {
  if (value === undefined || value === '') return undefined;
  if (!isRecord(value)) throw new Refusal('invalid_metadata_format');
  if (Object.keys(value).length === 0) return undefined;
  const { event_type, event_payload } = value;
  if (typeof event_type !== 'string' || !isRecord(event_payload)) throw new Refusal('invalid_metadata_format');
  if (JSON.stringify(value).length > MAX_METADATA) throw new Refusal('metadata_too_large');
  return { event_type, event_payload };
}
