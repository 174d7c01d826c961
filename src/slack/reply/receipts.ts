import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { SlackTs } from '../../thread/ids.ts';
import type { Receipt } from '../../thread/view.ts';
import { insist } from './insist.ts';
import { refusalOf } from './refusal.ts';
import type { RowData, Rows } from './rows.ts';
import type { ThreadWrites } from './thread-writes.ts';

/**
 * Reactions on people's messages, as a projection of the view's receipts: eyes when seen, and an hourglass on what is
 * queued for so long that one wonders.
 */
export interface Receipts {
  /** All there are: an hourglass on a message that is not among them any more is taken away. */
  show(receipts: Receipt[]): void;
  /** Resolves when all that is due has been told; with what is queued whether it is due or not, when that is wanted. */
  settled(options: { isQueuedDue: boolean }): Promise<void>;
  /** Lets nothing of it live on. */
  close(): void;
}

const QUEUED = 'hourglass_flowing_sand';
const SEEN = 'eyes';
/** What we wanted is so already, or there is no message to put it on any more. */
const AS_GOOD = new Set(['already_reacted', 'no_reaction', 'message_not_found']);

/** Most are taken up sooner. */
const QUEUED_FOR_MS = 2_000;
/** A quarter of a minute: an hourglass that stays says something wrong for good, and holds nothing else up for longer. */
const TRIES = 6;

export interface ReceiptsDeps {
  writes: ThreadWrites;
  rows: Rows;
  clock: Clock;
  log: Logger;
  /** Aborted when nothing more may be written. */
  signal: AbortSignal;
}

export function createReceipts(deps: ReceiptsDeps): Receipts {
  return new Reactions(deps);
}

/** One of people's messages: what it is to show, and what it shows. */
interface Mark {
  readonly ts: SlackTs;
  /** Null when it is not among the receipts any more. */
  wanted: Receipt['state'] | null;
  told: Receipt['state'] | null;
  /** It was there when we came: it has waited already, and another turn may have put an hourglass there. */
  readonly isFound: boolean;
  /** Null when we never knew it as queued. */
  queuedAt: number | null;
}

class Reactions implements Receipts {
  readonly #deps: ReceiptsDeps;
  /** Of every message that was ever among the receipts, in the order in which they came last. Most turns have none. */
  #marks: Map<SlackTs, Mark> | null = null;
  #hasBegun = false;
  #running: Promise<void> | null = null;
  #cancelLook: (() => void) | null = null;

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
  }

  show(receipts: Receipt[]): void {
    if (receipts.length > 0 || this.#marks) this.#want(receipts);
    this.#hasBegun = true;
    this.#look();
  }

  async settled({ isQueuedDue }: { isQueuedDue: boolean }): Promise<void> {
    if (isQueuedDue) {
      for (const mark of this.#wanted()) if (mark.wanted === 'queued') mark.queuedAt = -Infinity;
      this.#look();
    }
    await this.#running;
  }

  close(): void {
    this.#cancelLook?.();
  }

  #want(receipts: Receipt[]): void {
    this.#marks ??= new Map();
    for (const mark of this.#marks.values()) mark.wanted = null;
    for (const { ts, state } of receipts) {
      const mark = this.#marks.get(ts) ?? this.#newMark(ts);
      mark.wanted = state;
      if (state === 'queued') mark.queuedAt ??= this.#deps.clock.now();
      this.#marks.delete(ts);
      this.#marks.set(ts, mark);
    }
  }

  #newMark(ts: SlackTs): Mark {
    const told = this.#standing[ts] === 'seen' ? 'seen' : null;
    return { ts, wanted: null, told, isFound: !this.#hasBegun, queuedAt: null };
  }

  /** What may stand: an hourglass from before it is put there until after it is taken away, eyes once they are there. */
  get #standing(): RowData['receipts'] {
    return this.#deps.rows.data.receipts;
  }

  #wanted(): Mark[] {
    return this.#marks ? [...this.#marks.values()].filter(({ wanted }) => wanted !== null) : [];
  }

  #untold(): Mark[] {
    return this.#wanted().filter(({ wanted, told }) => wanted !== told);
  }

  #next(): Mark | undefined {
    return this.#untold().find((mark) => dueAt(mark) <= this.#deps.clock.now());
  }

  /** An hourglass that is to go. */
  #stale(): SlackTs | undefined {
    const standing = Object.keys(this.#standing) as SlackTs[];
    return standing.find((ts) => this.#standing[ts] === 'queued' && !this.#marks?.get(ts)?.wanted);
  }

  async #tell(): Promise<void> {
    for (let mark = this.#next(); mark; mark = this.#next()) {
      const { wanted } = mark;
      if (wanted === 'seen') await this.#see(mark);
      else await this.#queue(mark);
      // Also when it failed: what is missing is worth one call.
      mark.told = wanted;
    }
    for (let ts = this.#stale(); ts; ts = this.#stale()) {
      await this.#takeAway(ts);
      if (this.#deps.signal.aborted) return;
      const mark = this.#marks?.get(ts);
      if (mark) mark.told = null;
      delete this.#standing[ts];
    }
    await this.#save();
    if (this.#next() || this.#stale()) return this.#tell();
    this.#running = null;
  }

  async #queue({ ts }: Mark): Promise<void> {
    this.#standing[ts] = 'queued';
    await this.#save();
    await this.#quietly(() => this.#deps.writes.react(ts, QUEUED));
  }

  async #see(mark: Mark): Promise<void> {
    const { ts, isFound } = mark;
    await this.#quietly(() => this.#deps.writes.react(ts, SEEN));
    // What we never knew as queued may have been so before this turn.
    if (this.#standing[ts] === 'queued' || isFound || mark.queuedAt === null) await this.#takeAway(ts);
    // Else whoever comes after us does it.
    if (!this.#deps.signal.aborted) this.#standing[ts] = 'seen';
  }

  #takeAway(ts: SlackTs): Promise<void> {
    const { writes, clock, signal } = this.#deps;
    return this.#quietly(() => insist({ clock, signal, tries: TRIES }, () => writes.unreact(ts, QUEUED)));
  }

  // Written with the next save of the reply when this one fails; a second reaction would change nothing.
  #save(): Promise<void> {
    return this.#deps.rows.save().catch(() => {});
  }

  async #quietly(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === null || !AS_GOOD.has(reason)) this.#deps.log.debug({ reason }, 'reaction not set');
    }
  }

  #look(): void {
    const { clock } = this.#deps;
    this.#cancelLook?.();
    if (this.#next() || this.#stale()) this.#running ??= this.#tell();
    const later = this.#untold()
      .map((mark) => dueAt(mark) - clock.now())
      .filter((ms) => ms > 0);
    if (later.length > 0) this.#cancelLook = clock.after(Math.min(...later), () => this.#look());
  }
}

function dueAt({ wanted, isFound, queuedAt }: Mark): number {
  return wanted === 'seen' || isFound ? 0 : (queuedAt ?? 0) + QUEUED_FOR_MS;
}
