import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { SlackTs } from '../../thread/ids.ts';
import type { Receipt } from '../../thread/view.ts';
import { insist } from './insist.ts';
import { refusalOf } from './refusal.ts';
import type { Rows } from './rows.ts';
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

export function createReceipts({ writes, rows, clock, log, signal }: ReceiptsDeps): Receipts {
  /** What may stand: an hourglass from before it is put there until after it is taken away, eyes once they are there. */
  const { receipts: standing } = rows.data;
  const told = new Map(Object.entries(standing).filter(([, state]) => state === 'seen'));
  let wanted = new Map<SlackTs, Receipt['state']>();
  /** What there was when we came: it has waited already, and another turn may have put an hourglass there. */
  let found: ReadonlySet<SlackTs> | null = null;
  const queuedAt = new Map<SlackTs, number>();
  let running: Promise<void> | null = null;
  let cancelLook = () => {};

  const dueAt = ([ts, state]: [SlackTs, Receipt['state']]) =>
    state === 'seen' || found?.has(ts) ? 0 : (queuedAt.get(ts) ?? 0) + QUEUED_FOR_MS;
  const untold = () => [...wanted].filter(([ts, state]) => told.get(ts) !== state);
  const next = () => untold().find((receipt) => dueAt(receipt) <= clock.now());
  const stale = () => Object.keys(standing).find((ts) => standing[ts] === 'queued' && !wanted.has(ts as SlackTs));

  const tell = async (): Promise<void> => {
    for (let receipt = next(); receipt; receipt = next()) {
      const [ts, state] = receipt;
      if (state === 'seen') await see(ts);
      else await queue(ts);
      // Also when it failed: what is missing is worth one call.
      told.set(ts, state);
    }
    for (let ts = stale(); ts; ts = stale()) {
      await takeAway(ts as SlackTs);
      if (signal.aborted) return;
      told.delete(ts);
      delete standing[ts];
    }
    await save();
    if (next() || stale()) return tell();
    running = null;
  };
  const queue = async (ts: SlackTs) => {
    standing[ts] = 'queued';
    await save();
    await quietly(() => writes.react(ts, QUEUED));
  };
  const see = async (ts: SlackTs) => {
    await quietly(() => writes.react(ts, SEEN));
    // What we never knew as queued may have been so before this turn.
    if (standing[ts] === 'queued' || found?.has(ts) || !queuedAt.has(ts)) await takeAway(ts);
    // Else whoever comes after us does it.
    if (!signal.aborted) standing[ts] = 'seen';
  };
  const takeAway = (ts: SlackTs) =>
    quietly(() => insist({ clock, signal, tries: TRIES }, () => writes.unreact(ts, QUEUED)));
  // Written with the next save of the reply when this one fails; a second reaction would change nothing.
  const save = () => rows.save().catch(() => {});
  const quietly = async (call: () => Promise<unknown>) => {
    try {
      await call();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === null || !AS_GOOD.has(reason)) log.debug({ reason }, 'reaction not set');
    }
  };

  const look = () => {
    cancelLook();
    if (next() || stale()) running ??= tell();
    const later = untold()
      .map((receipt) => dueAt(receipt) - clock.now())
      .filter((ms) => ms > 0);
    if (later.length > 0) cancelLook = clock.after(Math.min(...later), look);
  };

  return {
    show(receipts) {
      wanted = new Map(receipts.map(({ ts, state }) => [ts, state]));
      found ??= new Set(wanted.keys());
      for (const [ts, state] of wanted) if (state === 'queued' && !queuedAt.has(ts)) queuedAt.set(ts, clock.now());
      look();
    },
    async settled({ isQueuedDue }) {
      if (isQueuedDue) {
        for (const ts of wanted.keys()) queuedAt.set(ts, -Infinity);
        look();
      }
      await running;
    },
    close: () => cancelLook(),
  };
}
