import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { auditError } from './audit-error.ts';
import { EMPTY_CHAIN, type Head, MAX_LINE_BYTES, misfit, readLine } from './chain.ts';
import { LINE_FEED } from './read-lines.ts';

export interface OpenChain {
  fd: number;
  head: Head;
  /** In bytes. */
  size: number;
}

/** Opens an audit file for appending and reads from its end where the chain stands. Throws an AuditError. */
export function openChain(path: string, log: Logger): OpenChain {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'a+', 0o600);
    const { size } = fstatSync(fd);
    if (size === 0) {
      syncFolder(path);
      return { fd, head: EMPTY_CHAIN, size };
    }
    return { fd, ...mend(fd, { path, size, log }) };
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    throw auditError(path, { cause });
  }
}

/** The name of a new file is on disk only when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function mend(
  fd: number,
  { path, size, log }: { path: string; size: number; log: Logger },
): { head: Head; size: number } {
  const { last, rest } = readEnd(fd, size);
  const head = last === null ? EMPTY_CHAIN : headOf(last);
  if (head === null || rest.length > MAX_LINE_BYTES) throw auditError(path, { code: 'broken' });
  if (rest.length === 0) return { head, size };

  const { record, problem } = readLine({ bytes: rest, end: 'line-feed' });
  if (record && problem === null && misfit(record, head) === null) {
    // All of it but its line feed.
    writeSync(fd, '\n');
    fsyncSync(fd);
    return { head: { seq: record.seq, hash: record.hash }, size: size + 1 };
  }
  log.warn(
    { path, bytes: rest.length, seq: head.seq },
    'a half-written audit entry was cut off; nobody was told it stood',
  );
  ftruncateSync(fd, size - rest.length);
  fsyncSync(fd);
  return { head, size: size - rest.length };
}

function headOf(last: Buffer): Head | null {
  const { record, problem } = readLine({ bytes: last, end: 'line-feed' });
  return record && problem === null ? { seq: record.seq, hash: record.hash } : null;
}

/** The last line that has its line feed, null when there is none, and what stands behind it. */
function readEnd(fd: number, size: number): { last: Buffer | null; rest: Buffer } {
  // Enough for two lines of any length: one whole, one half.
  const wanted = Math.min(size, 2 * (MAX_LINE_BYTES + 1));
  const tail = Buffer.alloc(wanted);
  let got = 0;
  while (got < wanted) {
    const count = readSync(fd, tail, got, wanted - got, size - wanted + got);
    if (count === 0) break;
    got += count;
  }
  const feed = tail.lastIndexOf(LINE_FEED);
  if (feed === -1) return { last: null, rest: tail };
  const before = tail.subarray(0, feed);
  return { last: before.subarray(before.lastIndexOf(LINE_FEED) + 1), rest: tail.subarray(feed + 1) };
}
