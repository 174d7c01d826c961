import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { assertNever } from '../../thread/assert-never.ts';
import type { Attachments, Fetched, FetchOptions, Unread, UnreadWhy } from '../../thread/file-ports.ts';
import type { InputFile } from '../../thread/input.ts';
import { unread } from './ask.ts';
import { download } from './download.ts';
import type { FileHosts } from './hosts.ts';
import { lookUp } from './look-up.ts';
import { PATIENCE, type Patience } from './watch.ts';

export interface AttachmentsOptions {
  botToken: string;
  hosts: FileHosts;
  /** For look-ups. */
  reader: WebClient;
  clock: Clock;
  log: Logger;
  fetch?: typeof globalThis.fetch;
  patience?: Patience;
}

export function createAttachments(options: AttachmentsOptions): Attachments {
  const { botToken, hosts, reader, clock, log, fetch = globalThis.fetch, patience = PATIENCE } = options;

  const bring = async (file: InputFile, how: FetchOptions): Promise<Fetched | Unread> => {
    how.signal.throwIfAborted();
    const isUnclear = file.mode === 'stub' || (hasBytes(file) && file.url === null);
    const found = isUnclear && file.id !== null ? await lookUp(file.id, { reader, clock, signal: how.signal }) : file;
    if ('why' in found) return found;
    const why = whyUnreadable(found);
    if (why !== null) return unread(why);
    const { url, size } = found;
    if (url === null) return unread('not-a-file');
    if (size > how.maxBytes) return unread('too-large');
    return download({ ...found, url }, { ...how, botToken, hosts, fetch, clock, log, patience });
  };

  return { fetch: bring };
}

function hasBytes({ mode }: InputFile): boolean {
  return mode === 'hosted' || mode === 'snippet';
}

function whyUnreadable({ mode }: InputFile): UnreadWhy | null {
  switch (mode) {
    case 'hosted':
    case 'snippet':
      return null;
    // One without an id: there is nothing to ask about.
    case 'stub':
      return 'no-access';
    case 'other':
      return 'not-a-file';
    case 'external':
    case 'canvas':
    case 'deleted':
    case 'hidden':
      return mode;
    default:
      return assertNever(mode);
  }
}
