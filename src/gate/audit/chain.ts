/** The chain of the audit: every line carries the hash of the line before it and its own. Pure. */
import type { AuditEntry } from '../../thread/gate-ports.ts';
import { canonicalJson } from '../canonical-json.ts';
import { hashText } from './hash.ts';
import type { Line } from './read-lines.ts';

/** An entry as a line holds it: canonical JSON of this, and a line feed. */
export type AuditRecord = AuditEntry & {
  /** From 1, without gaps. */
  seq: number;
  /** The hash of the entry before it; 64 zeros in the first. */
  prev: string;
  /** SHA-256, hex, of the canonical JSON of everything else in the record. */
  hash: string;
};

/** Where a chain ends: the newest entry's number and hash. */
export interface Head {
  seq: number;
  hash: string;
}

export const EMPTY_CHAIN: Head = { seq: 0, hash: '0'.repeat(64) };

/** A line is never longer, so that a reader needs no more memory than this, whatever somebody did to the file. */
export const MAX_LINE_BYTES = 256 * 1024;

/**
 * The entry as the line after `head`, and the head it makes. Content that was configured to be kept is left out where
 * it would make the line too long; its hash stays. Throws a RangeError when the rest is still too long, and for what is
 * no entry.
 */
export function link(entry: AuditEntry, head: Head): { line: string; head: Head } {
  const linked = write(entry, head);
  if (isShortEnough(linked.line)) return linked;
  const short = write(withoutContent(entry), head);
  if (isShortEnough(short.line)) return short;
  throw new RangeError(`an audit entry of type ${entry.type} is longer than ${MAX_LINE_BYTES} bytes`);
}

function withoutContent(entry: AuditEntry): AuditEntry {
  switch (entry.type) {
    case 'input': {
      const { text: _, ...rest } = entry;
      return rest;
    }
    case 'question': {
      const { input: _, ...rest } = entry;
      return rest;
    }
    default:
      return entry;
  }
}

function write(entry: AuditEntry, { seq, hash: prev }: Head): { line: string; head: Head } {
  const content = { ...entry, seq: seq + 1, prev };
  const hash = hashText(canonicalJson(content));
  const record = { ...content, hash };
  // What could not be read again would break the chain for ever.
  if (!isRecord(record)) throw new TypeError('this is no audit entry');
  return { line: `${canonicalJson(record)}\n`, head: { seq: seq + 1, hash } };
}

function isShortEnough(line: string): boolean {
  return Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

/** The first place where a chain is broken. */
export interface Break {
  /** From 1. */
  line: number;
  /** The number that the entry there gives itself; null when it cannot be read. */
  seq: number | null;
  /** What is wrong with it, as the end of a sentence about the line. */
  problem: string;
}

export type Verified = { ok: true; head: Head } | { ok: false; broken: Break /** The last whole entry. */; head: Head };

/**
 * Whether every line is what was written and follows the one before it. Any changed, removed, added or moved byte is
 * found, except two things that a chain cannot show by itself: whole entries cut off the end, and a file rewritten from
 * some entry on with hashes that fit. Both show in the head: compare it with one that was noted elsewhere, or give that
 * one as `expectedHead` (the hash of any entry).
 */
export async function verifyChain(
  links: AsyncIterable<Link>,
  { expectedHead }: { expectedHead?: string } = {},
): Promise<Verified> {
  let head = EMPTY_CHAIN;
  let isExpected = expectedHead === undefined || expectedHead === EMPTY_CHAIN.hash;
  for await (const { record, broken } of links) {
    if (broken) return { ok: false, broken, head };
    head = { seq: record.seq, hash: record.hash };
    isExpected ||= record.hash === expectedHead;
  }
  if (isExpected) return { ok: true, head };
  const problem = `is missing: no entry has the hash ${expectedHead}; entries were cut off the end or written anew`;
  return { ok: false, broken: { line: head.seq + 1, seq: null, problem }, head };
}

/** One line: a whole entry that follows the one before it, or what is wrong, with the entry if it can be read. */
export type Link = { record: AuditRecord; broken: null } | { record: AuditRecord | null; broken: Break };

/** Every line of an audit with what is wrong with it; after a break, the next is held against what stands there. */
export async function* readChain(lines: AsyncIterable<Line>): AsyncGenerator<Link> {
  let head: Head | null = EMPTY_CHAIN;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const { record, seq, problem } = readLine(line);
    const wrong = problem ?? (head && record ? misfit(record, head) : null);
    if (record && wrong === null) yield { record, broken: null };
    else yield { record, broken: { line: number, seq, problem: wrong ?? UNREADABLE } };
    head = record && { seq: record.seq, hash: record.hash };
  }
}

/** What one line says by itself; `problem` null when it is a whole entry, wherever in the chain it belongs. */
export function readLine({ bytes, end }: Line): {
  record: AuditRecord | null;
  seq: number | null;
  problem: string | null;
} {
  if (end === 'cut') return { record: null, seq: null, problem: `is longer than ${MAX_LINE_BYTES} bytes` };
  const parsed = parse(bytes);
  const record = parsed?.record ?? null;
  const seq = record?.seq ?? null;
  if (end === 'none') return { record, seq, problem: TORN };
  if (!parsed || !record) return { record, seq, problem: UNREADABLE };
  const { hash, ...content } = record;
  // The hash is of what the line says; the bytes must be the ones that say it canonically.
  if (!Buffer.from(parsed.canonical).equals(bytes)) return { record, seq, problem: REWRITTEN };
  if (hashText(canonicalJson(content)) !== hash) return { record, seq, problem: CHANGED };
  return { record, seq, problem: null };
}

/** Why a whole entry cannot stand after `head`; null when it can. */
export function misfit(record: AuditRecord, head: Head): string | null {
  if (record.seq !== head.seq + 1) {
    return head.seq === 0
      ? `is entry ${record.seq}, but the first must be 1: entries are missing before it`
      : `is entry ${record.seq}, but entry ${head.seq} stands before it: entries are missing, doubled or moved`;
  }
  if (record.prev !== head.hash) return 'does not follow the entry before it: one of the two was replaced';
  return null;
}

const TORN = 'is not finished: writing it was interrupted, or goes on right now, or the end of the file was cut';
const UNREADABLE = 'cannot be read as an entry of the audit';
const REWRITTEN = 'is not written as the audit writes it: its bytes were changed';
const CHANGED = 'has a hash that does not match its content: it was changed after it was written';

const HASH = /^[0-9a-f]{64}$/;

function parse(bytes: Buffer): { record: AuditRecord; canonical: string } | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? { record: value, canonical: canonicalJson(value) } : null;
  } catch {
    // What is not JSON, or too deep to be walked, is no entry, and the caller says so.
    return null;
  }
}

/** The last moment that a Date can be. */
const MAX_DATE = 8.64e15;

/** Only what everybody who reads an entry relies on: a newer version may know more types of entries. */
function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, prev, hash, at, thread, type } = value as Record<string, unknown>;
  return (
    Number.isSafeInteger(seq) &&
    typeof at === 'number' &&
    Math.abs(at) <= MAX_DATE &&
    [prev, hash].every((one) => typeof one === 'string' && HASH.test(one)) &&
    [thread, type].every((one) => typeof one === 'string')
  );
}
