import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { expectedFiles } from './files/expected-files.ts';
import type { Outgoing, Unposted } from './files/outgoing.ts';
import type { ThreadId } from './ids.ts';
import type { OwedOutputs } from './ports.ts';
import type { Stage } from './stage.ts';
import type { Call, Turn } from './turn.ts';

/** Gives people what the agent wrote, beside everything else that goes on in the thread. */
export interface Giving {
  /** The turn has ended, and may have written files; on disk when it resolves. */
  owe(turn: Turn): Promise<void>;
  /** Gives what is owed; while a turn is under way, brings ahead what its calls have written. One of both at a time. */
  start(): void;
  isUnderWay(): boolean;
  /** Says what could not be given, once no turn is under way, and takes back what was said of it before. */
  settle(): Promise<void>;
  /** When what failed for a reason that may pass is to be tried again, in ms since the epoch. */
  againAt(): number;
}

interface GivingOptions {
  thread: ThreadId;
  stage: Stage;
  outgoing: Outgoing;
  signal: AbortSignal;
  clock: Clock;
  log: Logger;
  onGiven(): void;
}

interface Given {
  outputs: OwedOutputs;
  unposted: Unposted[];
}

const RETRY_MS = 60_000;

export function createGiving(options: GivingOptions): Giving {
  return new ThreadGiving(options);
}

class ThreadGiving implements Giving {
  readonly #options: GivingOptions;
  #isUnderWay = false;
  /** What came of it, and is not settled yet. */
  #given: Given | null = null;
  #leftForLater: OwedOutputs | null = null;
  #againAt = Number.POSITIVE_INFINITY;
  /** The calls whose files were looked for while their turn ran; null: none yet. */
  #lookedFor: Set<string> | null = null;
  /** Aborts with the turn whose files are being brought ahead; null: none are. */
  #turnEnd: AbortController | null = null;

  constructor(options: GivingOptions) {
    this.#options = options;
  }

  async owe({ calls }: Turn): Promise<void> {
    const { stage } = this.#options;
    this.#turnEnd?.abort();
    this.#lookedFor = null;
    const session = stage.session();
    // A turn that used no tools wrote no files.
    if (session === null || calls.size === 0) return;
    await stage.oweOutputs({ session, expected: expectedFiles([...calls.values()]) });
  }

  start(): void {
    if (this.#isUnderWay) return;
    if (this.#options.stage.owes()) this.#prepare();
    else this.#giveOwed();
  }

  isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  async settle(): Promise<void> {
    const { stage, clock } = this.#options;
    if (this.#given === null || stage.owes()) return;
    const { outputs, unposted } = this.#given;
    this.#given = null;
    try {
      await stage.tellUnposted({ session: outputs.session, files: unposted, key: `files:${clock.now()}` });
    } finally {
      await stage.gaveOutputs(outputs);
    }
  }

  againAt(): number {
    return this.#againAt;
  }

  #giveOwed(): void {
    const { outputs } = this.#options.stage.record();
    if (outputs === null || this.#given || outputs === this.#leftForLater) return;
    this.#isUnderWay = true;
    void this.#give(outputs).then((result) => {
      this.#isUnderWay = false;
      this.#given = result;
      this.#options.onGiven();
    });
  }

  async #give(outputs: OwedOutputs): Promise<Given | null> {
    const { thread, outgoing, signal, clock, log } = this.#options;
    try {
      return { outputs, unposted: await outgoing.post(thread, { ...outputs, signal }) };
    } catch (error) {
      if (signal.aborted) return null;
      log.error({ err: error, sessionId: outputs.session }, 'files not given');
      this.#leftForLater = outputs;
      this.#againAt = clock.now() + RETRY_MS;
      return null;
    }
  }

  #prepare(): void {
    const { thread, stage, outgoing, signal, log } = this.#options;
    const session = stage.session();
    const expected = expectedFiles(this.#newlyWritten());
    if (session === null || expected.length === 0) return;
    this.#isUnderWay = true;
    this.#turnEnd = new AbortController();
    void outgoing
      .prepare(thread, { session, expected, enough: this.#turnEnd.signal, signal })
      // What it could not do is done, or told, when the turn has ended.
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error, sessionId: session }, 'files not brought ahead');
      })
      .then(() => {
        this.#isUnderWay = false;
        this.#turnEnd = null;
        this.#options.onGiven();
      });
  }

  /** The calls that are done, have written files, and were not looked at before. */
  #newlyWritten(): Call[] {
    const { pieces, calls } = this.#options.stage.turn();
    const written: Call[] = [];
    for (const piece of pieces) {
      if (piece.type !== 'step' || piece.state !== 'done') continue;
      const known = calls.get(piece.id);
      if (!known || known.writes.length === 0 || this.#lookedFor?.has(piece.id)) continue;
      this.#lookedFor ??= new Set();
      this.#lookedFor.add(piece.id);
      written.push(known);
    }
    return written;
  }
}
