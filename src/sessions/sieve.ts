import { processedAt, type RawEvent } from './translate.ts';

/** Lets each event of a session through once, however often history and streams bring it. */
export interface Sieve {
  passes(raw: RawEvent): boolean;
  /** A new stream begins: it announces every preview it carries anew. */
  reopen(): void;
}

export function createSieve(): Sieve {
  const seen = new Set<string>();
  /** Of these, those that bore no stamp yet: what people sent, and the session has not taken up. Null: none. */
  let queued: Set<string> | null = null;
  /** The previews that were announced. Null: none. */
  let started: Set<string> | null = null;
  return {
    passes(raw) {
      if (raw.type === 'event_start') {
        const id = raw.event?.id;
        if (!id || seen.has(id)) return false;
        started ??= new Set();
        started.add(id);
        return true;
      }
      // Without its start we joined in the middle; after its final event a piece is stale.
      if (raw.type === 'event_delta') return started?.has(raw.event_id) === true && !seen.has(raw.event_id);
      const key = keyOf(raw);
      if (key === null) return true;
      const isStamped = processedAt(raw) !== null;
      // What people sent comes twice under one id: queued, then stamped. The stamp is news.
      if (seen.has(key)) return isStamped && queued?.delete(key) === true;
      seen.add(key);
      if (!isStamped) {
        queued ??= new Set();
        queued.add(key);
      }
      return true;
    },
    reopen() {
      started = null;
    },
  };
}

/** Interrupts have been seen with a blank id; their time tells them apart, and a queued one cannot be told apart. */
function keyOf(raw: Exclude<RawEvent, { type: 'event_start' | 'event_delta' }>): string | null {
  if (raw.id) return raw.id;
  const at = processedAt(raw);
  return at === null ? null : `${raw.type} ${at}`;
}
