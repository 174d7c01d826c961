import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Asking } from './asking.ts';
import { SessionError } from './errors.ts';
import { reasonFor } from './excuse.ts';
import type { Keeper } from './keep-session.ts';
import type { Line } from './line.ts';
import { RETRY_MS } from './retry.ts';
import type { Stage } from './stage.ts';
import { note, unnote } from './turn.ts';
import type { Notice } from './view.ts';

/** Asking that bears failures: what people decide waits for better times, and nothing is approved by a failure. */
export interface KeptAsking {
  /** Asks people what is new, and gives the session what was decided, as far as that goes now. */
  settle(): Promise<void>;
  /** The turn is over. False: it cannot be kept now that nobody has to decide any more, so it is not over yet. */
  close(): Promise<boolean>;
  /** When something is due or to be tried again, in ms since the epoch; infinity: never. */
  againAt(): number;
}

interface KeepOptions {
  stage: Stage;
  line: Line;
  keeper: Keeper;
  clock: Clock;
  log: Logger;
}

/** Names the sentence that says why questions are not asked or answered. */
const ASKING = 'asking';

export function keepAsking(asking: Asking, options: KeepOptions): KeptAsking {
  return new PatientAsking(asking, options);
}

class PatientAsking implements KeptAsking {
  readonly #asking: Asking;
  readonly #options: KeepOptions;
  #againAt = Number.POSITIVE_INFINITY;

  constructor(asking: Asking, options: KeepOptions) {
    this.#asking = asking;
    this.#options = options;
  }

  async settle(): Promise<void> {
    const { stage, line } = this.#options;
    if (stage.turn().phase === 'ended' || (!line.is('live') && stage.session() !== null)) return;
    if (!(await this.#attempt(() => this.#asking.settle()))) return;
    this.#againAt = this.#asking.dueAt() ?? Number.POSITIVE_INFINITY;
  }

  async close(): Promise<boolean> {
    if (!(await this.#attempt(() => this.#asking.close()))) return false;
    this.#againAt = Number.POSITIVE_INFINITY;
    return true;
  }

  againAt(): number {
    return this.#againAt;
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#options.stage.change((turn) => unnote(turn, ASKING));
      return true;
    } catch (error) {
      await this.#excuse(error);
      return false;
    }
  }

  async #excuse(error: unknown): Promise<void> {
    const { stage, keeper, clock, log } = this.#options;
    log.warn({ err: error, sessionId: stage.session() }, 'questions not settled');
    const isOurs = !(error instanceof SessionError);
    if (!isOurs && (await keeper.replace(error))) return;
    const notice: Notice = isOurs ? { code: 'gate-failed', retryInMs: RETRY_MS } : reasonFor(error, RETRY_MS);
    stage.change((turn) => note(turn, ASKING, notice));
    this.#againAt = clock.now() + RETRY_MS;
  }
}
