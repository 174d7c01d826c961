import { closeSync, fdatasync, fstat, ftruncate, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import type { Audit, AuditEntry } from '../../thread/gate-ports.ts';
import { auditError } from './audit-error.ts';
import { type Head, link } from './chain.ts';
import { openChain } from './open-chain.ts';

export interface AuditFile extends Audit {
  /** Resolves when what was recorded before is on disk or refused; nothing can be recorded any more. */
  close(): Promise<void>;
}

export interface AuditOptions {
  /** Created when missing, for this user only; its folder must be there. */
  path: string;
  log: Logger;
  disk?: Disk;
}

/** The calls that write, on an open file. A parameter, so that a disk can be full. */
export interface Disk {
  /** Adds to the end and gives how many bytes that were; fewer than asked when there is no room for all. */
  write(fd: number, bytes: Buffer): Promise<number>;
  sync(fd: number): Promise<void>;
  size(fd: number): Promise<number>;
  truncate(fd: number, size: number): Promise<void>;
}

/**
 * Opens the audit for appending; whoever does must have locked the data folder. An entry that a crash left half
 * written is cut off with a warning: it was never acknowledged. Throws an AuditError that says what to do, `broken`
 * when the last entry is not what was written.
 *
 * Entries stand in the order of the calls. A call that finds others waiting shares one sync with them. When writing
 * fails, all that waited together are rejected with an AuditError and leave nothing behind, and the next ones are tried
 * anew. (After a crash in between, an entry that was refused may stand there; never the other way round.)
 */
export function openAudit({ path, log, disk = realDisk }: AuditOptions): AuditFile {
  const { fd, ...end } = openChain(path, log);
  let { head, size } = end;
  /** Something may stand behind what is acknowledged. */
  let isDirty = false;
  let isClosed = false;
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;
  log.info({ path, seq: head.seq, head: head.hash }, 'audit opened');

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await commit(batch);
    }
    flushing = null;
  }

  async function commit(batch: Waiting[]): Promise<void> {
    const { lines, linked, next } = linkAll(batch, head);
    try {
      if (lines !== '') await append(Buffer.from(lines));
      head = next;
      for (const one of linked) one.resolve();
    } catch (cause) {
      const error = auditError(path, { cause });
      for (const one of linked) one.reject(error);
    }
  }

  async function append(bytes: Buffer): Promise<void> {
    if (isDirty) await cutBack();
    // A line behind another's would claim to follow what it does not, and cutting back would take theirs away.
    if ((await disk.size(fd)) !== size) throw auditError(path, { code: 'changed' });
    isDirty = true;
    try {
      await writeAll(bytes);
      await disk.sync(fd);
    } catch (error) {
      // What cannot be cut back now is cut back before the next line.
      await cutBack().catch((cause) =>
        log.warn({ err: cause, path }, 'a refused audit entry could not be removed yet'),
      );
      throw error;
    }
    size += bytes.length;
    isDirty = false;
  }

  async function writeAll(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const count = await disk.write(fd, bytes.subarray(done));
      if (count === 0) throw auditError(path, { code: 'full' });
      done += count;
    }
  }

  async function cutBack(): Promise<void> {
    if ((await disk.size(fd)) > size) await disk.truncate(fd, size);
    isDirty = false;
  }

  return {
    record: (entry) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(auditError(path, { code: 'closed' }));
        waiting.push({ entry, resolve, reject });
        // Whoever records in the same breath still gets on.
        flushing ??= Promise.resolve().then(flush);
      }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await flushing;
      closeSync(fd);
      log.info({ path, seq: head.seq, head: head.hash }, 'audit closed');
    },
  };
}

interface Waiting {
  entry: AuditEntry;
  resolve(): void;
  reject(error: unknown): void;
}

/** What cannot be written at all is refused alone, and the chain goes on without it. */
function linkAll(batch: Waiting[], head: Head): { lines: string; linked: Waiting[]; next: Head } {
  let next = head;
  const lines: string[] = [];
  const linked: Waiting[] = [];
  for (const one of batch) {
    try {
      const made = link(one.entry, next);
      next = made.head;
      lines.push(made.line);
      linked.push(one);
    } catch (error) {
      one.reject(error);
    }
  }
  return { lines: lines.join(''), linked, next };
}

export const realDisk: Disk = {
  write: async (fd, bytes) => (await promisify(write)(fd, bytes, 0, bytes.length)).bytesWritten,
  sync: promisify(fdatasync),
  size: async (fd) => (await promisify(fstat)(fd)).size,
  truncate: promisify(ftruncate),
};
