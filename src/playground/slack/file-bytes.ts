import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { newUuid } from './ids.ts';

/** What a file holds, piece by piece: a large one is nowhere in memory as a whole. */
export interface FileBytes {
  size: number;
  chunks(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const CHUNK = 65_536;

export function givenBytes(bytes: Uint8Array): FileBytes {
  return { size: bytes.length, chunks: () => (bytes.length > 0 ? [bytes] : []) };
}

/** `size` bytes of the same text over and over: as large as one likes, and made while it is read. */
export function repeatedBytes(text: string, size: number): FileBytes {
  const once = Buffer.from(text);
  const whole = Buffer.concat(Array(Math.max(1, Math.floor(CHUNK / once.length))).fill(once));
  return {
    size,
    *chunks() {
      for (let left = size; left > 0; left -= whole.length) yield whole.subarray(0, Math.min(left, whole.length));
    },
  };
}

/** Keeps what is uploaded on disk. */
export interface Spool {
  keep(body: ReadableStream<Uint8Array> | null): Promise<FileBytes>;
  clear(): Promise<void>;
}

export function createSpool(): Spool {
  let folder: Promise<string> | undefined;
  return {
    async keep(body) {
      folder ??= mkdtemp(join(tmpdir(), 'drawbridge-slack-'));
      const path = join(await folder, newUuid());
      await pipeline(body ? Readable.fromWeb(body) : Readable.from([]), createWriteStream(path));
      const { size } = await stat(path);
      return { size, chunks: () => createReadStream(path) };
    },
    async clear() {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}
