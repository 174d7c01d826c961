import { type AuditRecord, type Break, EMPTY_CHAIN, type Head } from '../gate/audit/chain.ts';
import { COLUMNS, csvCells } from './audit-table.ts';
import { describeBreak } from './audit-verify.ts';
import { CliError } from './cli-error.ts';
import { csvLine } from './csv.ts';
import { findAudit } from './find-audit.ts';
import { isOfThread, parseThread } from './parse-thread.ts';
import { sinceOption } from './since-option.ts';
import type { World } from './world.ts';

export const FORMATS = ['csv', 'json'] as const;

export interface ExportOptions {
  data?: string;
  thread?: string;
  since?: string;
  format: (typeof FORMATS)[number];
}

/**
 * `drawbridge audit export`: everything that is readable and asked for, to stdout as it is read. Exit code 1 when the
 * chain is broken somewhere, since then it proves nothing.
 */
export async function exportAudit(options: ExportOptions, world: World): Promise<number> {
  const isWanted = createFilter(options, world);
  const { path, links } = findAudit(options, world);
  const out = createOutput(options.format, world);
  let broken: { broken: Break; head: Head } | null = null;
  let head = EMPTY_CHAIN;
  for await (const link of links) {
    if (link.broken) broken ??= { broken: link.broken, head };
    if (link.record) head = { seq: link.record.seq, hash: link.record.hash };
    if (link.record && isWanted(link.record)) await out.add(link.record);
  }
  await out.end();
  if (broken) world.complain(describeBreak(path, broken));
  else if (out.count() === 0) world.complain(`No entry of ${path} is asked for: it has ${head.seq} in all.\n`);
  return broken ? 1 : 0;
}

function createFilter({ thread, since }: ExportOptions, world: World): (record: AuditRecord) => boolean {
  const named = thread === undefined ? undefined : parseThread(thread);
  if (named === null) {
    throw new CliError(
      '--thread must be team/channel/ts, channel/ts, or the link to a message that roots a thread:\n' +
        'in Slack, "Copy link" in the menu of that message.',
    );
  }
  const from = since === undefined ? Number.NEGATIVE_INFINITY : sinceOption(since, world);
  return (record) => record.at >= from && (named === undefined || isOfThread(record.thread, named));
}

interface Output {
  add(record: AuditRecord): Promise<void>;
  end(): Promise<void>;
  count(): number;
}

function createOutput(format: ExportOptions['format'], { print }: World): Output {
  const { first, between, last, line } = SHAPES[format];
  let held = first;
  let count = 0;
  return {
    async add(record) {
      held += (count === 0 ? '' : between) + line(record);
      count += 1;
      if (held.length < ENOUGH) return;
      await print(held);
      held = '';
    },
    end: () => print(held + (count === 0 ? SHAPES[format].none : last)),
    count: () => count,
  };
}

/** So many characters are printed at once. */
const ENOUGH = 64 * 1024;

const SHAPES = {
  csv: {
    first: csvLine(COLUMNS),
    between: '',
    last: '',
    none: '',
    line: (record: AuditRecord) => csvLine(csvCells(record)),
  },
  json: {
    first: '[',
    between: ',',
    last: '\n]\n',
    none: ']\n',
    line: (record: AuditRecord) => `\n${JSON.stringify(record)}`,
  },
};
