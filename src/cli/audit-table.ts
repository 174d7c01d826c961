import type { AuditRecord } from '../gate/audit/chain.ts';
import type { Cell } from './csv.ts';

/** The columns of an exported audit. Times are RFC 3339; what an entry does not have is empty. */
export const COLUMNS = [
  'seq',
  'time',
  'type',
  'thread',
  'session',
  'by',
  'question',
  'tool',
  'detail',
  'rule',
  'reason',
  'requesters',
  'event',
  'content_hash',
  'content',
  'hash',
] as const;

export function csvCells(record: AuditRecord): Cell[] {
  const cells: Partial<Record<(typeof COLUMNS)[number], Cell>> = {
    seq: record.seq,
    time: new Date(record.at).toISOString(),
    type: record.type,
    thread: record.thread,
    session: record.session,
    by: record.by,
    question: 'question' in record ? record.question : null,
    hash: record.hash,
    ...cellsOf(record),
  };
  return COLUMNS.map((column) => cells[column] ?? null);
}

function cellsOf(record: AuditRecord): Partial<Record<(typeof COLUMNS)[number], Cell>> {
  switch (record.type) {
    case 'input':
      return { detail: record.input, event: record.ts, content_hash: record.textHash, content: record.text ?? null };
    case 'question':
      return {
        detail: record.subject,
        tool: record.tool && [record.tool.kind, record.tool.server, record.tool.name].filter(Boolean).join(':'),
        requesters: record.requesters.join(' '),
        event: record.event,
        content_hash: record.inputHash,
        content: record.input === undefined ? null : JSON.stringify(record.input),
      };
    case 'verdict':
      return { detail: record.verdict, rule: record.rule };
    case 'decision':
      return {
        detail: record.forThread ? `${record.choice} for the thread` : record.choice,
        reason: record.reason ?? null,
      };
    case 'refused':
      return { detail: record.why };
    case 'opened':
      return {};
    case 'nudge':
      return { detail: record.nudge };
    case 'answer':
      return { detail: [record.answer, ALLOWED.get(record.allow), record.how].filter(Boolean).join(' ') };
    case 'budget':
      return { detail: `${record.scope} to ${record.toCents} cents` };
    default:
      // A newer version may have written more than we know of; it is no reason to keep the rest back.
      record satisfies never;
      return {};
  }
}

const ALLOWED = new Map<boolean | null, string>([
  [true, 'allow'],
  [false, 'deny'],
]);
