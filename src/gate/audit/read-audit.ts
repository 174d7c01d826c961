import { createReadStream } from 'node:fs';
import { type Link, MAX_LINE_BYTES, readChain } from './chain.ts';
import { readLines } from './read-lines.ts';

/** Every line of the audit file at `path`, streamed. It may be in use. Rejects as `fs` does, e.g. with ENOENT. */
export function readAudit(path: string): AsyncGenerator<Link> {
  return readChain(readLines(createReadStream(path, { highWaterMark: CHUNK_BYTES }), { maxBytes: MAX_LINE_BYTES }));
}

const CHUNK_BYTES = 256 * 1024;
