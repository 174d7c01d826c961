import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type ApplyPorts, apply, hold, isForAgent, recipientOf } from './apply.ts';
import type { Asking } from './asking.ts';
import { SessionError } from './errors.ts';
import { excuse } from './excuse.ts';
import type { ThreadId } from './ids.ts';
import type { Input, MessageInput, ReleaseInput } from './input.ts';
import type { Keeper } from './keep-session.ts';
import { createLate, type Late, type LateOptions } from './late.ts';
import type { Line } from './line.ts';
import type { Recipient } from './ports.ts';
import { GIVE_UP_MS, RETRY_MS } from './retry.ts';
import type { Stage } from './stage.ts';
import { close, hasHeard, keepWaiting, wantAgain } from './turn.ts';

/** Gives what people did its effect, in order. */
export interface InboxWork {
  /** Works through the inbox, as far as it goes now. */
  go(): Promise<void>;
  /** A message waits for its files, which are on their way. */
  isAwaitingFiles(): boolean;
  /** When what failed is to be tried again, in ms since the epoch; infinity: nothing is. */
  againAt(): number;
}

interface InboxWorkOptions extends ApplyPorts, Pick<LateOptions, 'attendance' | 'directory' | 'replies' | 'late'> {
  thread: ThreadId;
  stage: Stage;
  line: Line;
  keeper: Keeper;
  asking: Asking;
  clock: Clock;
  log: Logger;
  /** Begins a turn; on disk when it resolves. */
  begin(key: string, recipient: Recipient): Promise<void>;
}

/**
 * `held-back`: a budget of the day stands against it · `awaits-files`: they are on their way. Whatever else is in the
 * inbox may have its effect meanwhile, such as a stop.
 */
type Readiness = 'ready' | 'not-yet' | 'held-back' | 'awaits-files';

type Effect = 'applied' | 'held' | 'not-yet';

export function createInboxWork(options: InboxWorkOptions): InboxWork {
  return new ThreadInboxWork(options);
}

class ThreadInboxWork implements InboxWork {
  readonly #options: InboxWorkOptions;
  readonly #late: Late;
  #retryAt = 0;
  #isAwaitingFiles = false;

  constructor(options: InboxWorkOptions) {
    this.#options = options;
    this.#late = createLate(options);
  }

  async go(): Promise<void> {
    const { thread, stage, inbox, clock } = this.#options;
    const inputs = await inbox.list(thread);
    await this.#late.choose(inputs);
    if (stage.session() === null && !inputs.some(isForAgent)) stage.change(close);
    let isHolding = false;
    this.#isAwaitingFiles = false;
    for (const input of inputs) {
      if (stage.hasEnded() || clock.now() < this.#retryAt) return;
      if (await this.#isSetAside(input)) continue;
      // No message overtakes a held one; a stop does.
      if (isHolding && input.type === 'message' && isForAgent(input)) {
        if (this.#isAwaitingFiles) this.#awaitFiles(input);
        else hold(input, { stage });
        continue;
      }
      try {
        const done = await this.#effectOrAgain(input, inputs);
        if (done === 'not-yet') return;
        if (done === 'held') isHolding = true;
      } catch (error) {
        return this.#fail(error, input, inputs);
      }
    }
    await this.#late.ask();
  }

  isAwaitingFiles(): boolean {
    return this.#isAwaitingFiles;
  }

  againAt(): number {
    return this.#retryAt > this.#options.clock.now() ? this.#retryAt : Number.POSITIVE_INFINITY;
  }

  /** It is left in the inbox for now, or has been taken out of it without an effect. */
  async #isSetAside(input: Input): Promise<boolean> {
    if (input.type === 'release') return isCancelling(this.#options.stage);
    if (input.type === 'late') return this.#late.isNeeded(input);
    if (input.type !== 'message' || !isForAgent(input)) return false;
    const standing = this.#late.standing(input);
    if (standing === 'unwanted') await this.#late.skip(input);
    return standing !== 'due';
  }

  /** It waits for files, its own or those of a message before it, and shows that it waits. */
  #awaitFiles(input: MessageInput): 'held' {
    this.#isAwaitingFiles = true;
    this.#options.stage.change((turn) => keepWaiting(turn, input));
    return 'held';
  }

  /** One that is refused with its files may be taken when they are given in another way. */
  async #effectOrAgain(input: Input, inputs: Input[]): Promise<Effect> {
    const { stage, incoming, log } = this.#options;
    try {
      return await this.#effect(input, inputs);
    } catch (error) {
      const isRefused = error instanceof SessionError && error.code === 'request' && input.type === 'message';
      if (!isRefused || !(await incoming.mend(input))) throw error;
      log.warn({ err: error, sessionId: stage.session() }, 'files refused and given again');
      return this.#effectOrAgain(input, inputs);
    }
  }

  async #effect(input: Input, inputs: Input[]): Promise<Effect> {
    const { stage, inbox, gate, incoming } = this.#options;
    if (reachedSession(input, stage)) {
      if (input.type === 'message') incoming.forget(input);
      await gate.noted(input, stage.session());
      await inbox.settle(input);
      return 'applied';
    }
    const readiness = await this.#makeReady(input);
    if (readiness === 'not-yet') return readiness;
    if (readiness === 'awaits-files' && input.type === 'message') return this.#awaitFiles(input);
    if (readiness === 'held-back' && input.type === 'message') return hold(input, { stage });
    const release = inputs.find((other): other is ReleaseInput => other.type === 'release' && other.ts > input.ts);
    if (input.type === 'message' && isForAgent(input)) await this.#late.tellAway(input, inputs);
    return apply(input, release ?? null, this.#options);
  }

  /** An input that concerns the session waits until we hear the session: only then do we know what it would do. */
  async #makeReady(input: Input): Promise<Readiness> {
    const { stage, line, keeper, asking, incoming } = this.#options;
    if (!isForAgent(input) && !stage.owes()) return 'ready';
    if (stage.turn().phase === 'ended') {
      stage.change(wantAgain);
      await this.#options.begin(keyFor(input, stage), recipientOf(input));
    }
    if (input.type !== 'message' || !isForAgent(input)) {
      return line.is('live') || needsNoLine(stage) ? 'ready' : 'not-yet';
    }
    // No session is made for work that may not begin.
    if (stage.session() === null && (await asking.holdsBack(input))) return 'held-back';
    if ((await incoming.arrived(input)) === null) return 'awaits-files';
    if (line.is('down')) await keeper.reach(input);
    if (!line.is('live')) return 'not-yet';
    return (await asking.holdsBack(input)) ? 'held-back' : 'ready';
  }

  async #fail(error: unknown, input: Input, inputs: readonly Input[]): Promise<void> {
    const { stage, keeper, inbox, clock, log } = this.#options;
    if (!(error instanceof SessionError)) throw error;
    log.warn({ err: error, code: error.code, sessionId: stage.session() }, 'agents API refused an input');
    if (await keeper.replace(error)) return;
    const mayRetry = error.code === 'unreachable' && this.#late.ageMs(input, inputs) < GIVE_UP_MS;
    stage.change((turn) => excuse(turn, error, mayRetry ? RETRY_MS : null));
    if (mayRetry) {
      this.#retryAt = clock.now() + RETRY_MS;
      return;
    }
    // A stop that is given up must not keep what people decide from the session.
    if (input.type === 'stop') stage.change((turn) => ({ ...turn, isStopping: false }));
    await inbox.settle(input);
  }
}

/** Until what was cancelled for a held message has ended, only its release says who wanted that. */
function isCancelling(stage: Stage): boolean {
  return stage.owes() && stage.turn().isStopping && stage.turn().cancelledBy !== null;
}

/** The process died between sending the message and settling it. */
function reachedSession(input: Input, stage: Stage): boolean {
  return input.type === 'message' && hasHeard(stage.turn(), input);
}

/** When the session had something to say before it was given this input, its first reply showed that, and has ended. */
function keyFor({ ts }: Input, stage: Stage): string {
  const { key, ending } = stage.turn();
  return key === ts && ending !== 'notice' ? `${ts}+` : ts;
}

/** No session has been made yet, so there is nothing to hear: a budget stands against it, or files are on their way. */
function needsNoLine(stage: Stage): boolean {
  return stage.session() === null && stage.owes();
}
