import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Clock, sleep } from '../../clock.ts';
import { UploadError, type UploadFile, type Uploads } from '../../thread/file-ports.ts';
import { parseThreadId, type ThreadId } from '../../thread/ids.ts';
import type { Pacer } from '../pacer/pacer.ts';
import { cut, disarm, safely } from '../reply/disarm.ts';
import { cutName } from './cut-name.ts';
import type { FileHosts } from './hosts.ts';
import { sendBytes } from './send-bytes.ts';
import { missingShares } from './shares.ts';
import { uploadError } from './upload-error.ts';
import { PATIENCE, type Patience } from './watch.ts';

export interface UploadsOptions {
  /** For writes: rejects on 429, and retries nothing. */
  client: WebClient;
  reader: WebClient;
  pacer: Pacer;
  hosts: FileHosts;
  clock: Clock;
  log: Logger;
  patience?: Patience;
}

const TRIES = 2;
const RETRY_AFTER_MS = 1_000;
const MAX_ALT = 1_000;
const MAX_NAME = 255;
const MAX_COMMENT = 3_800;
/** Sharing takes Slack some seconds. */
const LOOK_AGAIN_MS = [500, 1_000, 2_000, 4_000];

const announcedSchema = z.object({ upload_url: z.string(), file_id: z.string() });

/**
 * The three steps of Slack's upload, called one by one: the SDK's own way holds whole files in memory, takes a string
 * for a path, and sends the alternative text under a name that Slack does not know.
 */
export function createUploads(options: UploadsOptions): Uploads {
  const { client, reader, pacer, hosts, clock, log, patience = PATIENCE } = options;

  const call = async (method: string, fields: Record<string, unknown>, { thread, signal }: CallOptions) => {
    const write = { method, thread, class: () => (signal?.aborted ? null : 'final') } as const;
    try {
      return await orAborted(
        pacer.write(write, () => client.apiCall(method, fields)),
        signal,
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw uploadError(error);
    }
  };

  const sendOnce = async ({ path, name, size, alt }: UploadFile, signal: AbortSignal) => {
    const fields = { filename: cutName(name, MAX_NAME), length: size, ...(alt ? { alt_txt: cut(alt, MAX_ALT) } : {}) };
    const answer = await call('files.getUploadURLExternal', fields, { thread: '', signal });
    const announced = announcedSchema.safeParse(answer);
    if (!announced.success) throw new UploadError('unreachable', 'Slack gave no address for the upload');
    await sendBytes(announced.data.upload_url, { path, size, hosts, patience, signal });
    return announced.data.file_id;
  };

  return {
    async send(file, signal) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await sendOnce(file, signal);
        } catch (error) {
          if (!(error instanceof UploadError) || error.code !== 'unreachable' || tries === TRIES) throw error;
          // What was sent so far is seen by nobody, so it starts anew.
          log.warn({ err: error }, 'an upload broke off and is tried again');
          await sleep(clock, RETRY_AFTER_MS, signal);
          signal.throwIfAborted();
        }
      }
    },

    async share(thread, { files, comment }) {
      const { channel, root } = parseThreadId(thread);
      const fields = {
        files: files.map(({ id, title }) => ({ id, title: cutName(disarm(title), MAX_NAME) })),
        channel_id: channel,
        thread_ts: root,
        ...(comment.trim() === '' ? {} : { initial_comment: safely(comment, MAX_COMMENT) }),
      };
      await call('files.completeUploadExternal', fields, { thread: `${channel}/${root}` });
    },

    async shared(thread, ids) {
      const missing = await lookForShares(thread, { ids, reader, clock });
      return ids.filter((id) => !missing.has(id));
    },
  };
}

interface CallOptions {
  /** The pacer's name for whose turn it is; a file on its way to Slack is in no thread yet. */
  thread: string;
  signal?: AbortSignal;
}

interface Looking {
  ids: string[];
  reader: WebClient;
  clock: Clock;
}

/** The files that are not in the thread, nor come into it within some seconds. */
async function lookForShares(thread: ThreadId, { ids, reader, clock }: Looking): Promise<Set<string>> {
  const absent = new Set<string>();
  let pending = ids;
  for (const waitMs of [...LOOK_AGAIN_MS, null]) {
    const found = await missingShares(parseThreadId(thread), { ids: pending, reader, clock });
    for (const id of found.unknown) absent.add(id);
    pending = found.unshared;
    if (pending.length === 0 || waitMs === null) break;
    await sleep(clock, waitMs);
  }
  return new Set([...absent, ...pending]);
}

/** The pacer may let it wait for long. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  });
}
