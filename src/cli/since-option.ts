import { CliError } from './cli-error.ts';
import { parseSince } from './parse-since.ts';
import type { World } from './world.ts';

/** `--since` in ms since the epoch. */
export function sinceOption(since: string, world: Pick<World, 'now'>): number {
  const from = parseSince(since, world.now());
  if (from !== null) return from;
  throw new CliError('--since must be a span of time such as 30d or 12h, or a date such as 2026-01-31.');
}
