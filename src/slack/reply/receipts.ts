import type { Logger } from 'pino';
import type { SlackTs } from '../../thread/ids.ts';
import type { Receipt } from '../../thread/view.ts';
import { refusalOf } from './refusal.ts';
import type { Rows } from './rows.ts';
import type { ThreadWrites } from './thread-writes.ts';

/** Reactions on people's messages, as a projection of the view's receipts: an hourglass while queued, eyes when seen. */
export interface Receipts {
  /** All there are: an hourglass on a message that is not among them any more is taken away. */
  show(receipts: Receipt[]): void;
  settled(): Promise<void>;
}

const QUEUED = 'hourglass_flowing_sand';
const SEEN = 'eyes';
/** What we wanted is so already, or there is no message to put it on any more. */
const AS_GOOD = new Set(['already_reacted', 'no_reaction', 'message_not_found']);

export interface ReceiptsDeps {
  writes: ThreadWrites;
  rows: Rows;
  log: Logger;
}

export function createReceipts({ writes, rows, log }: ReceiptsDeps): Receipts {
  /** What may stand: an hourglass from before it is put there until after it is taken away, eyes once they are there. */
  const { receipts: standing } = rows.data;
  const told = new Map(Object.entries(standing).filter(([, state]) => state === 'seen'));
  let wanted = new Map<SlackTs, Receipt['state']>();
  let running: Promise<void> | null = null;

  const next = () => [...wanted].find(([ts, state]) => told.get(ts) !== state);
  const stale = () => Object.keys(standing).find((ts) => standing[ts] === 'queued' && !wanted.has(ts as SlackTs));

  const tell = async (): Promise<void> => {
    for (let receipt = next(); receipt; receipt = next()) {
      const [ts, state] = receipt;
      if (state === 'seen') await see(ts);
      else await queue(ts);
      // Also when it failed: a reaction is worth one call.
      told.set(ts, state);
    }
    for (let ts = stale(); ts; ts = stale()) {
      await quietly(() => writes.unreact(ts as SlackTs, QUEUED));
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
    // Also when this turn has put none there: the turn in which the message was queued may have.
    await quietly(() => writes.unreact(ts, QUEUED));
    standing[ts] = 'seen';
  };
  // Written with the next save of the reply when this one fails; a second reaction would change nothing.
  const save = () => rows.save().catch(() => {});
  const quietly = async (call: () => Promise<void>) => {
    try {
      await call();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === null || !AS_GOOD.has(reason)) log.debug({ reason }, 'reaction not set');
    }
  };

  return {
    show(receipts) {
      wanted = new Map(receipts.map(({ ts, state }) => [ts, state]));
      if (next() || stale()) running ??= tell();
    },
    settled: async () => {
      await running;
    },
  };
}
