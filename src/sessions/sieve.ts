import { processedAt, type RawEvent } from './translate.ts';

/** Lets each event of a session through once, however often history and streams bring it. */
export interface Sieve {
  passes(raw: RawEvent): boolean;
  /** A new stream begins: it announces every preview it carries anew. */
  reopen(): void;
}

export function createSieve(): Sieve {
  return new EventSieve();
}

class EventSieve implements Sieve {
  readonly #seen = new Fingerprints();
  /** Of what was let through, what bore no stamp yet: people sent it, and the session has not taken it up. */
  #queued: Set<string> | null = null;
  /** The previews that are under way. */
  #started: Set<string> | null = null;

  passes(raw: RawEvent): boolean {
    if (raw.type === 'event_start') {
      const id = raw.event?.id;
      if (!id || this.#seen.has(id)) return false;
      this.#started ??= new Set();
      this.#started.add(id);
      return true;
    }
    // Without its start we joined in the middle; after its final event a piece is stale.
    if (raw.type === 'event_delta') return this.#started?.has(raw.event_id) === true;
    const key = keyOf(raw);
    if (key === null) return true;
    this.#ends(key);
    const isStamped = processedAt(raw) !== null;
    // What people sent comes twice under one id: queued, then stamped. The stamp is news.
    if (!this.#seen.add(key)) return isStamped && this.#isTakenUp(key);
    if (!isStamped) {
      this.#queued ??= new Set();
      this.#queued.add(key);
    }
    return true;
  }

  reopen(): void {
    this.#started = null;
  }

  /** A preview that has its whole text is under way no longer. */
  #ends(id: string): void {
    this.#started?.delete(id);
    if (this.#started?.size === 0) this.#started = null;
  }

  /** It was queued until now. */
  #isTakenUp(key: string): boolean {
    const wasQueued = this.#queued?.delete(key) === true;
    if (this.#queued?.size === 0) this.#queued = null;
    return wasQueued;
  }
}

/** Interrupts have been seen with a blank id; their time tells them apart, and a queued one cannot be told apart. */
function keyOf(raw: Exclude<RawEvent, { type: 'event_start' | 'event_delta' }>): string | null {
  if (raw.id) return raw.id;
  const at = processedAt(raw);
  return at === null ? null : `${raw.type} ${at}`;
}

/**
 * A set of texts that takes eight bytes for each in place of a hundred: a session has hundreds of events, and each of
 * their ids is kept for as long as it is followed. Two of 10,000 texts have the same 53 bits once in 180 million sets.
 */
class Fingerprints {
  /** In order, so that V8 keeps them as bare numbers and one is found by halves. */
  readonly #sorted: number[] = [];

  has(text: string): boolean {
    const print = fingerprint(text);
    return this.#sorted[this.#placeOf(print)] === print;
  }

  /** False when it was there. */
  add(text: string): boolean {
    const print = fingerprint(text);
    const place = this.#placeOf(print);
    if (this.#sorted[place] === print) return false;
    this.#sorted.splice(place, 0, print);
    return true;
  }

  /** The first place whose number is not smaller. */
  #placeOf(print: number): number {
    let from = 0;
    let to = this.#sorted.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#sorted[middle] as number) < print) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/**
 * 53 bits: `cyrb53`, which bryc has put in the public domain (https://github.com/bryc/code). Node's own hash took a twelfth of
 * all work of a busy bot for this.
 */
function fingerprint(text: string): number {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 4294967296 * (2097151 & two) + (one >>> 0);
}
