import { join } from 'node:path';
import { pathsOf } from '../config.ts';
import type { Link } from '../gate/audit/chain.ts';
import { readAudit } from '../gate/audit/read-audit.ts';
import { unreadable } from './cli-error.ts';
import type { World } from './world.ts';

/** The audit in the folder that was given, or in that of the settings. Reading it throws a CliError where it cannot. */
export function findAudit(
  { data }: { data?: string },
  world: Pick<World, 'env'>,
): { path: string; links: AsyncGenerator<Link> } {
  const path = join(data ?? pathsOf(world.env()).dataFolder, 'audit.jsonl');
  return { path, links: readLinks(path) };
}

async function* readLinks(path: string): AsyncGenerator<Link> {
  try {
    yield* readAudit(path);
  } catch (error) {
    const advice = isMissing(error)
      ? 'Drawbridge writes it into its data folder; give that one with --data or DRAWBRIDGE_DATA.'
      : 'run this as the user that Drawbridge runs as, or give another data folder with --data.';
    throw unreadable(path, { error, advice });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
