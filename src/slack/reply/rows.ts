import { z } from 'zod';
import type { SlackTs, ThreadId } from '../../thread/ids.ts';
import type { Ledger } from '../../thread/ports.ts';
import { digestOf } from './message.ts';

const ts = z.custom<SlackTs>((value) => typeof value === 'string');

const schema = z.object({
  /** Messages of our own: key → where it stands. A null ts: a post was tried and its outcome is unknown. */
  posts: z
    .record(
      z.string(),
      z.object({
        ts: ts.nullable(),
        digest: z.string(),
        /** When it was last edited, in ms since the epoch. */
        editedAt: z.number().optional(),
        /** Of a message that shows work: the texts that stand in it. */
        texts: z.array(z.string()).optional(),
      }),
    )
    .default({}),
  /**
   * Native streams. A null ts: a start was tried and its outcome is unknown; it was not made before `triedAt`, in ms since
   * the epoch.
   */
  streams: z
    .record(z.string(), z.object({ ts: ts.nullable(), open: z.boolean(), triedAt: z.number().optional() }))
    .default({}),
  /** How many characters of a text stand in closed streams, and which. */
  reach: z.record(z.string(), z.object({ chars: z.number(), digest: z.string() })).default({}),
  /** In which state a step stands in closed streams. */
  steps: z.record(z.string(), z.string()).default({}),
  /** Texts that get messages of their own, because what was streamed of them is not how they begin. */
  own: z.array(z.string()).default([]),
  /** Messages that show work and are not posted: what they show stands in the message with this key, above its own words. */
  joined: z.record(z.string(), z.string()).default({}),
  /** The footer stands below a closed stream. */
  footed: z.boolean().default(false),
  /** Why this reply goes on without streams: Slack refused them, a person stopped one, or there was no room for another. */
  fellBack: z.enum(['refused', 'stopped', 'short']).nullable().default(null),
  receipts: z.record(z.string(), z.enum(['queued', 'seen'])).default({}),
});

export type RowData = z.infer<typeof schema>;

/** What stands in Slack for one turn, in memory and in the ledger. */
export interface Rows {
  data: RowData;
  /** On disk when it resolves. Saves that come while one is under way share the next. */
  save(): Promise<void>;
}

export async function loadRows(
  ledger: Ledger,
  { thread, turn }: { thread: ThreadId; turn: string },
): Promise<Rows & { isNew: boolean }> {
  const known = await ledger.load(thread, turn);
  return new TurnRows({ ledger, thread, turn, known });
}

interface RowsOptions {
  ledger: Ledger;
  thread: ThreadId;
  turn: string;
  /** What the ledger has of the turn, if anything. */
  known: unknown;
}

class TurnRows implements Rows {
  readonly data: RowData;
  readonly isNew: boolean;
  readonly #ledger: Ledger;
  readonly #thread: ThreadId;
  readonly #turn: string;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor({ ledger, thread, turn, known }: RowsOptions) {
    this.data = schema.parse(known ?? {});
    this.isNew = known === undefined || known === null;
    this.#ledger = ledger;
    this.#thread = thread;
    this.#turn = turn;
  }

  save(): Promise<void> {
    if (!this.#running) return this.#write();
    this.#next ??= this.#running
      // The failure is the earlier caller's; this one tries anew.
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#write();
      });
    return this.#next;
  }

  #write(): Promise<void> {
    const saving = this.#ledger.save(this.#thread, this.#turn, this.data).finally(() => {
      if (this.#running === saving) this.#running = null;
    });
    this.#running = saving;
    return saving;
  }
}

/** When a message was last edited, as far as we know. A process before ours may have done so until we began. */
export function lastEdit(
  { editedAt = 0 }: { editedAt?: number | undefined },
  { startedAt }: { startedAt: number },
): number {
  return Math.max(editedAt, startedAt);
}

export function lastEdits({ posts }: RowData, deps: { startedAt: number }): Map<string, number> {
  return new Map(Object.entries(posts).map(([key, row]) => [key, lastEdit(row, deps)]));
}

/** How many characters of a (disarmed) text stand in closed streams; null when what stands is not its beginning. */
export function reachOf({ reach }: RowData, { id, text }: { id: string; text: string }): number | null {
  const row = reach[id];
  if (!row) return 0;
  return row.chars <= text.length && digestOf(text.slice(0, row.chars)) === row.digest ? row.chars : null;
}
