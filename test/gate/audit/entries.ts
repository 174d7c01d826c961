import { EMPTY_CHAIN, link, readChain, type Verified, verifyChain } from '../../../src/gate/audit/chain.ts';
import { readLines } from '../../../src/gate/audit/read-lines.ts';
import type { AuditEntry } from '../../../src/thread/gate-ports.ts';
import type { ThreadId } from '../../../src/thread/ids.ts';
import type { QuestionId } from '../../../src/thread/question.ts';

export const THREAD = 'T1/C1/1700000000.000100' as ThreadId;
export const AT = Date.UTC(2026, 0, 31, 12);

/** A decision; `reason` makes it as long as wanted. */
export function entry(
  reason: string,
  { at = AT, thread = THREAD }: { at?: number; thread?: ThreadId } = {},
): AuditEntry {
  const question = 'q1' as QuestionId;
  return { at, thread, session: 'sesn_1', by: 'U1', type: 'decision', question, choice: 'deny', reason };
}

/** The lines of a chain of these entries. */
export function chainOf(entries: AuditEntry[]): string[] {
  let head = EMPTY_CHAIN;
  return entries.map((one) => {
    const linked = link(one, head);
    head = linked.head;
    return linked.line;
  });
}

export function verify(
  bytes: Uint8Array | string,
  options: { expectedHead?: string; chunk?: number } = {},
): Promise<Verified> {
  const { chunk = 1000, ...rest } = options;
  return verifyChain(readChain(readLines(inChunks(Buffer.from(bytes), chunk), { maxBytes: 256 * 1024 })), rest);
}

export async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
