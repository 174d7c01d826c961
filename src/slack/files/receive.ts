import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Unread } from '../../thread/file-ports.ts';
import { type Again, letGo, unread } from './ask.ts';
import { HEAD_BYTES } from './bytes-kind.ts';
import { createTextWatch } from './text-watch.ts';
import type { Watch } from './watch.ts';

export interface Received {
  type: 'received';
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
  head: Uint8Array;
  isText: boolean;
}

export interface ReceiveOptions {
  handle: FileHandle;
  maxBytes: number;
  watch: Watch;
  pauseMs: number;
}

/** Writes the body to disk piece by piece, and looks at it on the way. Rejects when the watch aborts or the disk fails. */
export async function receive(
  response: Response,
  { handle, maxBytes, watch, pauseMs }: ReceiveOptions,
): Promise<Received | Again | Unread> {
  const hash = createHash('sha256');
  const text = createTextWatch();
  let head = Buffer.alloc(0);
  let size = 0;
  const reader = response.body?.getReader();
  try {
    for (;;) {
      watch.expect(pauseMs);
      const piece = await next(reader, watch.signal);
      if (piece === 'broken') return { type: 'again', afterMs: null };
      if (piece === 'end') break;
      size += piece.length;
      if (size > maxBytes) return unread('too-large');
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES - head.length)]);
      hash.update(piece);
      text.see(piece);
      await handle.appendFile(piece);
    }
  } finally {
    reader?.releaseLock();
    await letGo(response);
  }
  return { type: 'received', size, sha256: hash.digest('hex'), head, isText: text.isText() };
}

interface BodyReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}

async function next(reader: BodyReader | undefined, signal: AbortSignal): Promise<Uint8Array | 'end' | 'broken'> {
  if (!reader) return 'end';
  try {
    const { done, value } = await reader.read();
    return done || !value ? 'end' : value;
  } catch (error) {
    if (signal.aborted) throw error;
    return 'broken';
  }
}
