import { type Break, type Head, verifyChain } from '../gate/audit/chain.ts';
import { CliError } from './cli-error.ts';
import { counted } from './counted.ts';
import { findAudit } from './find-audit.ts';
import type { World } from './world.ts';

/** `drawbridge audit verify`: exit code 0 when the chain is whole, 1 when it is broken. */
export async function verifyAudit(
  { head: expectedHead, ...options }: { data?: string; head?: string },
  world: World,
): Promise<number> {
  if (expectedHead !== undefined && !/^[0-9a-f]{64}$/.test(expectedHead)) {
    throw new CliError('--head must be the hash of an entry, 64 hexadecimal digits: verify printed it as the head.');
  }
  const { path, links } = findAudit(options, world);
  const verified = await verifyChain(links, expectedHead === undefined ? {} : { expectedHead });
  if (!verified.ok) {
    world.complain(describeBreak(path, verified));
    return 1;
  }
  await world.print(`OK: ${counted(verified.head.seq, 'entry', 'entries')}, head ${verified.head.hash}\n`);
  return 0;
}

/** Where the chain is broken, and what to do about it. */
export function describeBreak(path: string, { broken, head }: { broken: Break; head: Head }): string {
  const { line, seq, problem } = broken;
  const entry = seq === null ? '' : ` (entry ${seq})`;
  const before =
    head.seq === 0 ? 'No entry stands before it' : `Before it: ${counted(head.seq, 'whole entry', 'whole entries')}`;
  return [
    `BROKEN: line ${line} of ${path}${entry} ${problem}.`,
    `${before}, head ${head.hash}.`,
    'Keep a copy of the file as it is, and compare it with a backup. If Drawbridge runs and the line is the last one,',
    'it may be writing it right now: verify again.',
    '',
  ].join('\n');
}
