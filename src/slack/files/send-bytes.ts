import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { UploadError } from '../../thread/file-ports.ts';
import type { FileHosts } from './hosts.ts';
import { createWatch, lastMoment, type Patience } from './watch.ts';

export interface SendBytesOptions {
  path: string;
  /** Bytes. */
  size: number;
  hosts: FileHosts;
  patience: Patience;
  signal: AbortSignal;
}

const PIECE = 262_144;

/**
 * Brings a file from disk to the address that Slack gave for it, piece by piece. The address is its own permission, so
 * the bot's token stays here. Rejects with an UploadError, with the disk's error, or with the signal's reason.
 */
export async function sendBytes(
  address: string,
  { path, size, hosts, patience, signal }: SendBytesOptions,
): Promise<void> {
  const admitted = hosts.admit(address);
  if (!admitted) throw new UploadError('unreachable', 'The upload address is at no host of files.hosts');
  const handle = await open(path);
  const watch = createWatch({ signal, untilMs: lastMoment(size, patience) });
  const pieces = async function* () {
    for await (const piece of handle.createReadStream({ highWaterMark: PIECE, autoClose: false })) {
      watch.expect(patience.pauseMs);
      yield piece;
    }
    watch.expect(patience.answerMs);
  };
  try {
    watch.expect(patience.answerMs);
    // Not `fetch`: that reads a body that is a stream as fast as it can, whatever the other side takes.
    const { statusCode, body } = await request(admitted.url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      body: Readable.from(pieces(), { objectMode: false }),
      // Those of the watch count.
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: watch.signal,
    });
    await body.dump();
    if (statusCode !== 200) throw new UploadError('unreachable', `The upload was answered ${statusCode}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UploadError) throw error;
    throw new UploadError('unreachable', 'The upload broke off', { cause: error });
  } finally {
    watch.end();
    await handle.close();
  }
}
