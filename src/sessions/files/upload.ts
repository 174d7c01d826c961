import { openAsBlob } from 'node:fs';
import type { FileId } from '../../thread/file-ports.ts';
import { applyOnce } from '../apply-once.ts';
import type { FilesWorld } from './agent-files.ts';

/** Time for the answer of a file without bytes. */
const TIMEOUT_MS = 60_000;
/** The slowest line that is waited for, 250 kB a second. */
const BYTES_PER_MS = 250;

/**
 * Node's fetch tees a body so that it can send it again to where a redirect points, and so holds all of it. Only a
 * request with both of these is sent as it is read.
 */
const UNHELD = { redirect: 'error', window: null } as const;

interface LocalFile {
  path: string;
  name: string;
  mimetype: string;
}

/**
 * `AgentFiles.upload`. When an answer is lost the file may land twice: nobody sees the first one, it is in no session,
 * and it costs nothing but its share of the organisation's storage. Rejects with the signal's reason once it aborts.
 */
export async function upload(
  { path, name, mimetype }: LocalFile,
  options: FilesWorld & { signal: AbortSignal },
): Promise<FileId> {
  const { client, log, signal } = options;
  // Backed by the disk: fetch reads it piece by piece, and again from its start for another try.
  const bytes = await openAsBlob(path, { type: mimetype });
  const file = new File([bytes], name, { type: mimetype });
  const timeout = Math.ceil(TIMEOUT_MS + file.size / BYTES_PER_MS);
  return applyOnce(
    {
      key: `upload ${path}`,
      subject: 'file',
      signal,
      giveUpAfterMs: timeout,
      async run() {
        const { data, request_id } = await client.beta.files
          .upload({ file }, { signal, timeout, fetchOptions: UNHELD })
          .withResponse();
        log.debug({ fileId: data.id, size: file.size, requestId: request_id }, 'file uploaded');
        return data.id as FileId;
      },
    },
    options,
  );
}
