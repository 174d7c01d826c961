import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { type Clock, sleep } from '../../clock.ts';
import type { Unread, UnreadWhy } from '../../thread/file-ports.ts';
import type { InputFile } from '../../thread/input.ts';
import { writtenFile } from '../delivery.ts';
import { patiently } from '../patiently.ts';
import { inputFile } from '../written.ts';
import { unread } from './ask.ts';

export interface LookUpOptions {
  reader: WebClient;
  clock: Clock;
  signal: AbortSignal;
}

/** A file of another workspace may be there a moment later than the message that shares it. */
const AGAIN_AFTER_MS = 1_000;

/** `file_not_found` is said of what the bot may not see, too. */
const NO_ACCESS = new Set(['file_not_found', 'not_visible', 'access_denied', 'missing_scope', 'no_permission']);
/** Asking again changes nothing. */
const FINAL = new Set(['file_deleted', 'missing_scope', 'no_permission']);

/** Asks Slack about a file of which the message says no more than its id. Rejects only when the signal aborts. */
export async function lookUp(id: string, { reader, clock, signal }: LookUpOptions): Promise<InputFile | Unread> {
  const first = await askOnce(id, { reader, clock });
  if (!('again' in first)) return first.outcome;
  await sleep(clock, AGAIN_AFTER_MS, signal);
  signal.throwIfAborted();
  return (await askOnce(id, { reader, clock })).outcome;
}

type Asked = { outcome: InputFile | Unread; again?: true };

async function askOnce(id: string, { reader, clock }: Omit<LookUpOptions, 'signal'>): Promise<Asked> {
  try {
    const { file } = await patiently(clock, () => reader.files.info({ file: id }));
    const found = writtenFile.safeParse(file);
    if (!found.success) return { outcome: unread('unreachable'), again: true };
    const described = inputFile(found.data);
    return described.mode === 'stub' ? { outcome: unread('no-access'), again: true } : { outcome: described };
  } catch (error) {
    const name = error instanceof WebAPIPlatformError ? error.data.error : '';
    return { outcome: unread(whyOf(name)), ...(FINAL.has(name) ? {} : { again: true as const }) };
  }
}

function whyOf(name: string): UnreadWhy {
  if (name === 'file_deleted') return 'deleted';
  return NO_ACCESS.has(name) ? 'no-access' : 'unreachable';
}
