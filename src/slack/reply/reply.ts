import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import type { ThreadId } from '../../thread/ids.ts';
import type { Growth, Ledger, Reply } from '../../thread/ports.ts';
import type { View } from '../../thread/view.ts';
import {
  createEditRenderer,
  type PassOptions,
  type PassResult,
  type Renderer,
  type RendererDeps,
} from './edit-renderer.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import { repairStreams } from './remove-streams.ts';
import { loadRows, type Rows } from './rows.ts';
import { isOwnKey, isWorking } from './sheets.ts';
import { createStatus, type Status } from './status.ts';
import type { StreamBudget } from './stream-budget.ts';
import { createStreamRenderer } from './stream-renderer.ts';
import type { Recipient, ThreadWrites } from './thread-writes.ts';

interface Memory {
  has(): boolean;
  add(): void;
}

export interface ReplyDeps {
  writes: ThreadWrites;
  ledger: Ledger;
  thread: ThreadId;
  turn: string;
  clock: Clock;
  log: Logger;
  /** When this process began to write, in ms since the epoch. */
  startedAt: number;
  recipient: Recipient | null;
  /** Where a refusal of streams is remembered; null when this reply is not to stream. */
  streams: Memory | null;
  statuses: Memory;
  budget: StreamBudget;
}

/**
 * A message that shows the work, with a button to stop it, stands at once: most quick turns need no other sign. A stream
 * has nothing to show before something is said.
 */
const QUIET_MS = 5_000;
/** How long words that came may wait for a write that is due anyway. */
const WORDS_WITHIN_MS = 1_000;
/** How long a shutdown waits for Slack. */
const PAUSE_WITHIN_MS = 2_500;

interface Parts {
  receipts: Receipts;
  renderer: Renderer;
}

/**
 * One turn in its thread. Keeps the newest view only: one loop renders it, pass after pass, until it stands; what
 * comes meanwhile is seen by the next pass.
 */
export function openReply(deps: ReplyDeps): Reply {
  return new TurnReply(deps);
}

interface Waiter {
  resolve: () => void;
  reject: (error: unknown) => void;
}

class TurnReply implements Reply {
  readonly #clock: Clock;
  readonly #writes: ThreadWrites;
  readonly #status: Status;
  readonly #bell: Bell;
  readonly #closing = new AbortController();
  readonly #parts: Promise<Parts>;
  #view: View | null = null;
  /** Gives the newest view, when that is not made yet. */
  #make: (() => View) | null = null;
  /** When what is owed is written; what only goes on where it stands is written then too. */
  #timedAt: number | null = null;
  /** It goes out with what is under way. */
  #inHand: PassResult['inHand'];
  #running: Promise<void> | null = null;
  #pausing = false;
  #failure: unknown;
  #waiters: Waiter[] = [];

  constructor(deps: ReplyDeps) {
    const { writes, clock, log, recipient, streams, statuses } = deps;
    const creation = recipient ? { initiator: recipient.user } : {};
    const quietMs = streams && recipient ? 0 : QUIET_MS;
    this.#clock = clock;
    this.#writes = writes;
    this.#status = createStatus({ writes, clock, log, creation, quietMs, refusals: statuses });
    this.#bell = new Bell(clock);
    this.#parts = assemble(deps, { status: this.#status, bell: this.#bell, signal: this.#closing.signal });
    // Awaited by the loop; a reply that never shows anything owes nobody this failure.
    this.#parts.catch(() => {});
  }

  show(next: View): void {
    if (this.#failure || this.#pausing) return;
    this.#view = next;
    this.#make = null;
    if (isWorking(next.phase)) this.#status.show(next.phase);
    else this.#writes.rouse();
    this.#bell.ring();
    this.#start();
  }

  grow(what: Growth, next: () => View): void {
    if (this.#failure || this.#pausing || this.#view === null) return;
    this.#make = next;
    if (this.#isOnItsWay(what)) return;
    this.#bell.ring();
    this.#start();
  }

  settled(): Promise<void> {
    const { signal } = this.#closing;
    if (this.#failure || signal.aborted) return Promise.reject(this.#failure ?? signal.reason);
    if (!this.#view) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#bell.ring();
      this.#start();
    });
  }

  async pause(): Promise<void> {
    this.#pausing = true;
    this.letGo();
    if (this.#view && !this.#failure) await Promise.race([this.#clean(), sleep(this.#clock, PAUSE_WITHIN_MS)]);
    this.#closing.abort();
    this.#bell.ring();
    this.#answer(({ reject }) => reject(this.#closing.signal.reason));
  }

  letGo(): void {
    this.#status.close();
    this.#parts.then(({ receipts }) => receipts.close()).catch(() => {});
  }

  #start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#running = null;
      this.#failure = error;
      this.#status.show('ended');
      this.#answer(({ reject }) => reject(error));
    });
  }

  async #run(): Promise<void> {
    const ready = await this.#parts;
    while (this.#view && !this.#closing.signal.aborted) {
      const wasPausing = this.#pausing;
      const { done, changed, againAt, ...result } = await this.#passOnce(ready, this.#latest(this.#view));
      if (changed || wasPausing !== this.#pausing) continue;
      const finished = done && (againAt === undefined || this.#pausing);
      // Before the answer: whoever hears it may show the next view at once.
      if (finished) this.#running = null;
      if (done) this.#answer(({ resolve }) => resolve());
      if (finished) return;
      this.#timedAt = done ? null : (againAt ?? null);
      this.#inHand = result.inHand;
      await this.#bell.wait(againAt);
      this.#timedAt = null;
      this.#inHand = undefined;
    }
    this.#running = null;
  }

  /** True when the newest view stands, and everything beside it has been told. */
  async #passOnce({ receipts, renderer }: Parts, shown: View) {
    receipts.show(shown.receipts);
    const result = await renderer.pass({ view: () => this.#latest(shown), pausing: this.#pausing });
    const { done, isPosted = done } = result;
    const isTrue = done || (isPosted && shown.phase === 'waiting');
    if (isTrue && this.#isNewest(shown) && !isWorking(shown.phase)) this.#status.show(shown.phase);
    if (!done || !this.#isNewest(shown)) return { ...result, changed: !this.#isNewest(shown), done: false };
    const isAwaited = this.#waiters.length > 0;
    await Promise.all([this.#status.settled(), receipts.settled({ isQueuedDue: isAwaited })]);
    // Whoever has begun to wait meanwhile waits for what was not due before.
    const changed = !this.#isNewest(shown) || isAwaited !== this.#waiters.length > 0;
    return { ...result, changed, done: !changed };
  }

  #latest(shown: View): View {
    if (this.#make) this.#view = this.#make();
    this.#make = null;
    return this.#view ?? shown;
  }

  #isNewest(shown: View): boolean {
    return this.#make === null && this.#view === shown;
  }

  #answer(settle: (waiter: Waiter) => void): void {
    const answered = this.#waiters;
    this.#waiters = [];
    for (const waiter of answered) settle(waiter);
  }

  /** Steps may wait for longer than words do, and words do not go out as something less urgent. */
  #isOnItsWay(what: Growth): boolean {
    const timedAt = this.#timedAt;
    const inHand = this.#inHand;
    if (what === 'steps') return timedAt !== null || inHand !== undefined;
    return inHand === 'words' || (timedAt !== null && timedAt - this.#clock.now() <= WORDS_WITHIN_MS);
  }

  async #clean(): Promise<void> {
    this.#bell.ring();
    this.#start();
    while (this.#running) await this.#running;
    if (this.#view && isWorking(this.#view.phase)) this.#status.show('ended');
    await this.#status.settled();
  }
}

/** What shows the turn, once the ledger is read and what a dead process left open is gone. */
async function assemble(
  { writes, ledger, thread, turn, clock, log, startedAt, recipient, streams, budget }: ReplyDeps,
  { status, bell, signal }: { status: Status; bell: Bell; signal: AbortSignal },
): Promise<Parts> {
  const rows = await loadRows(ledger, { thread, turn });
  // Another process has begun to show this turn.
  if (!rows.isNew) status.doubt();
  const common: RendererDeps = { writes, rows, clock, log, startedAt, ring: () => bell.ring(), signal };
  await repairStreams(common);
  if (beganAsMessages(rows.data)) rows.data.fellBack ??= 'refused';
  const receipts = createReceipts(common);
  if (!streams || !recipient) return { receipts, renderer: createEditRenderer(common) };
  const stream = createStreamRenderer({
    ...common,
    recipient,
    remember: streams.add,
    budget,
    became: (told) => status.became(told),
  });
  return { receipts, renderer: new StreamFirst(stream, common) };
}

/** Shows a turn as streams, and as messages once it has fallen back: most turns never do. */
class StreamFirst implements Renderer {
  readonly #stream: Renderer;
  readonly #deps: RendererDeps;
  #edit: Renderer | null = null;

  constructor(stream: Renderer, deps: RendererDeps) {
    this.#stream = stream;
    this.#deps = deps;
  }

  pass(options: PassOptions): Promise<PassResult> {
    if (this.#deps.rows.data.fellBack === null) return this.#stream.pass(options);
    this.#edit ??= createEditRenderer(this.#deps);
    return this.#edit.pass(options);
  }
}

/** Whoever takes over goes on as the turn began: a stream would show once more what stands as messages. */
function beganAsMessages({ posts, streams }: Rows['data']): boolean {
  return Object.keys(streams).length === 0 && Object.keys(posts).some((key) => !isOwnKey(key));
}

/** Wakes one sleeper, also when it was rung a moment before the sleeper lay down. */
class Bell {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  wait(until?: number): Promise<void> {
    if (this.#rung) {
      this.#rung = false;
      return Promise.resolve();
    }
    const cancel = until === undefined ? null : this.#wakeAt(until);
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => {
      cancel?.();
      this.#rung = false;
      this.#wake = null;
    });
  }

  #wakeAt(time: number): () => void {
    return this.#clock.after(Math.max(time - this.#clock.now(), 0), () => this.#wake?.());
  }
}
