import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { SessionError } from '../../thread/errors.ts';
import type { FileId } from '../../thread/file-ports.ts';
import { applyOnce } from '../apply-once.ts';
import type { FilesWorld } from './agent-files.ts';

export interface DownloadOptions extends FilesWorld {
  path: string;
  maxBytes: number;
  signal: AbortSignal;
  /** No byte for this long, in real time as every socket's, ends a try. */
  idleMs: number;
}

interface Downloaded {
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
}

/**
 * `AgentFiles.download`. What ended early is begun anew once; of what failed nothing is left on disk. Rejects with the
 * signal's reason once it aborts.
 */
export async function download(file: FileId, options: DownloadOptions): Promise<Downloaded> {
  const { path, signal } = options;
  try {
    return await applyOnce(
      {
        key: `download ${file}`,
        subject: 'file',
        signal,
        tries: 2,
        giveUpAfterMs: Number.POSITIVE_INFINITY,
        run: () => downloadOnce(file, options),
      },
      options,
    );
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function downloadOnce(file: FileId, { client, path, maxBytes, signal, idleMs }: DownloadOptions) {
  const stalled = new AbortController();
  const idle = setTimeout(() => stalled.abort(), idleMs);
  try {
    const ending = AbortSignal.any([signal, stalled.signal]);
    const response = await client.beta.files.download(file, {}, { signal: ending });
    return await save(response, { path, maxBytes, ending, heard: () => idle.refresh() });
  } finally {
    clearTimeout(idle);
    stalled.abort(); // lets go of a body that was not read to its end
  }
}

interface SaveOptions {
  path: string;
  maxBytes: number;
  ending: AbortSignal;
  heard: () => void;
}

async function save(response: Response, { path, maxBytes, ending, heard }: SaveOptions): Promise<Downloaded> {
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) > maxBytes) throw tooLarge(maxBytes);
  const hash = createHash('sha256');
  let size = 0;
  const disk = await onDisk(() => open(path, 'w'));
  try {
    for await (const bytes of response.body ?? []) {
      ending.throwIfAborted();
      heard();
      size += bytes.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      hash.update(bytes);
      await append(disk, bytes);
    }
  } finally {
    await disk.close();
  }
  return { size, sha256: hash.digest('hex') };
}

function append(disk: FileHandle, bytes: Uint8Array): Promise<void> {
  return onDisk(() => disk.appendFile(bytes));
}

/** A disk that fails is no failure of the API: trying again would not help, an operator must act. */
async function onDisk<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw new SessionError('request', 'The file cannot be written to disk: look at its space and its rights.', {
      cause,
    });
  }
}

function tooLarge(maxBytes: number): SessionError {
  return new SessionError('request', `The file is larger than ${maxBytes} bytes, the most that is taken.`);
}
