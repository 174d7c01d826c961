import type { ThreadId } from '../thread/ids.ts';
import type { Ledger } from '../thread/ports.ts';
import type { OpenSpace } from './space.ts';

const ROWS_TTL_MS = 30 * 24 * 3_600_000;

/** The rows of each turn as one value, forgotten after 30 days without a write. */
export function createLedger(openSpace: OpenSpace): Ledger {
  const turns = openSpace<unknown>('ledger', { ttlMs: ROWS_TTL_MS });
  const nameOf = (thread: ThreadId, turn: string) => `${thread}:${turn}`;

  return {
    load: (thread, turn) => turns.get(nameOf(thread, turn)),
    save: (thread, turn, rows) => turns.set(nameOf(thread, turn), rows),
  };
}
