import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import type { ThreadId } from '../../thread/ids.ts';
import type { Growth, Ledger, Reply } from '../../thread/ports.ts';
import type { View } from '../../thread/view.ts';
import { createEditRenderer, type PassResult, type Renderer, type RendererDeps } from './edit-renderer.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import { repairStreams } from './remove-streams.ts';
import { loadRows, type Rows } from './rows.ts';
import { isOwnKey, isWorking } from './sheets.ts';
import { createStatus } from './status.ts';
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
  renderer(): Renderer;
}

/**
 * One turn in its thread. Keeps the newest view only: one loop renders it, pass after pass, until it stands; what
 * comes meanwhile is seen by the next pass.
 */
export function openReply(deps: ReplyDeps): Reply {
  const { writes, clock, log, recipient, streams, statuses } = deps;
  const creation = recipient ? { initiator: recipient.user } : {};
  const quietMs = streams && recipient ? 0 : QUIET_MS;
  const status = createStatus({ writes, clock, log, creation, quietMs, refusals: statuses });
  const closing = new AbortController();
  const bell = createBell(clock);
  const parts = assemble(deps, {
    ring: bell.ring,
    signal: closing.signal,
    became: status.became,
    goesOn: status.doubt,
  });
  // Awaited by the loop; a reply that never shows anything owes nobody this failure.
  parts.catch(() => {});

  let view: View | null = null;
  /** Gives the newest view, when that is not made yet. */
  let make: (() => View) | null = null;
  /** When what is owed is written; what only goes on where it stands is written then too. */
  let timedAt: number | null = null;
  /** It goes out with what is under way. */
  let inHand: PassResult['inHand'];
  let running: Promise<void> | null = null;
  let pausing = false;
  let failure: unknown;
  let waiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  const answer = (settle: (waiter: (typeof waiters)[number]) => void) => {
    const answered = waiters;
    waiters = [];
    for (const waiter of answered) settle(waiter);
  };

  const latest = (shown: View) => {
    if (make) view = make();
    make = null;
    return view ?? shown;
  };
  const isNewest = (shown: View) => make === null && view === shown;

  /** True when the newest view stands, and everything beside it has been told. */
  const passOnce = async ({ receipts, renderer }: Parts, shown: View) => {
    receipts.show(shown.receipts);
    const result = await renderer().pass({ view: () => latest(shown), pausing });
    const { done, isPosted = done } = result;
    const isTrue = done || (isPosted && shown.phase === 'waiting');
    if (isTrue && isNewest(shown) && !isWorking(shown.phase)) status.show(shown.phase);
    if (!done || !isNewest(shown)) return { ...result, changed: !isNewest(shown), done: false };
    const isAwaited = waiters.length > 0;
    await Promise.all([status.settled(), receipts.settled({ isQueuedDue: isAwaited })]);
    // Whoever has begun to wait meanwhile waits for what was not due before.
    const changed = !isNewest(shown) || isAwaited !== waiters.length > 0;
    return { ...result, changed, done: !changed };
  };

  const run = async () => {
    const ready = await parts;
    while (view && !closing.signal.aborted) {
      const wasPausing = pausing;
      const { done, changed, againAt, ...result } = await passOnce(ready, latest(view));
      if (changed || wasPausing !== pausing) continue;
      const finished = done && (againAt === undefined || pausing);
      // Before the answer: whoever hears it may show the next view at once.
      if (finished) running = null;
      if (done) answer(({ resolve }) => resolve());
      if (finished) return;
      timedAt = done ? null : (againAt ?? null);
      inHand = result.inHand;
      await bell.wait(againAt);
      timedAt = null;
      inHand = undefined;
    }
    running = null;
  };

  const start = () => {
    running ??= run().catch((error: unknown) => {
      running = null;
      failure = error;
      status.show('ended');
      answer(({ reject }) => reject(error));
    });
  };

  /** Steps may wait for longer than words do, and words do not go out as something less urgent. */
  const isOnItsWay = (what: Growth) => {
    if (what === 'steps') return timedAt !== null || inHand !== undefined;
    return inHand === 'words' || (timedAt !== null && timedAt - clock.now() <= WORDS_WITHIN_MS);
  };

  const letGo = () => {
    status.close();
    parts.then(({ receipts }) => receipts.close()).catch(() => {});
  };

  return {
    show(next) {
      if (failure || pausing) return;
      view = next;
      make = null;
      if (isWorking(next.phase)) status.show(next.phase);
      else writes.rouse();
      bell.ring();
      start();
    },
    grow(what, next) {
      if (failure || pausing || view === null) return;
      make = next;
      if (isOnItsWay(what)) return;
      bell.ring();
      start();
    },
    settled() {
      if (failure || closing.signal.aborted) return Promise.reject(failure ?? closing.signal.reason);
      if (!view) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiters.push({ resolve, reject });
        bell.ring();
        start();
      });
    },
    async pause() {
      pausing = true;
      letGo();
      const clean = async () => {
        bell.ring();
        start();
        while (running) await running;
        if (view && isWorking(view.phase)) status.show('ended');
        await status.settled();
      };
      if (view && !failure) await Promise.race([clean(), sleep(clock, PAUSE_WITHIN_MS)]);
      closing.abort();
      bell.ring();
      answer(({ reject }) => reject(closing.signal.reason));
    },
    letGo,
  };
}

/** The renderers, once the ledger is read and what a dead process left open is gone. */
async function assemble(
  { writes, ledger, thread, turn, clock, log, startedAt, recipient, streams, budget }: ReplyDeps,
  hooks: Pick<RendererDeps, 'ring' | 'signal'> & {
    became: Parameters<typeof createStreamRenderer>[0]['became'];
    /** Another process has begun to show this turn. */
    goesOn: () => void;
  },
): Promise<Parts> {
  const { became, goesOn, ...edges } = hooks;
  const { isNew, ...rows } = await loadRows(ledger, { thread, turn });
  if (!isNew) goesOn();
  const common = { writes, rows, clock, log, startedAt, ...edges };
  await repairStreams(common);
  if (beganAsMessages(rows.data)) rows.data.fellBack ??= 'refused';
  const edit = createEditRenderer(common);
  const stream =
    streams && recipient ? createStreamRenderer({ ...common, recipient, remember: streams.add, budget, became }) : null;
  return {
    receipts: createReceipts(common),
    renderer: () => (stream && rows.data.fellBack === null ? stream : edit),
  };
}

/** Whoever takes over goes on as the turn began: a stream would show once more what stands as messages. */
function beganAsMessages({ posts, streams }: Rows['data']): boolean {
  return Object.keys(streams).length === 0 && Object.keys(posts).some((key) => !isOwnKey(key));
}

/** Wakes one sleeper, also when it was rung a moment before the sleeper lay down. */
function createBell(clock: Clock) {
  let rung = false;
  let wake = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait(until?: number) {
      if (!rung) {
        const cancel = until === undefined ? () => {} : clock.after(Math.max(until - clock.now(), 0), () => wake());
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        cancel();
      }
      rung = false;
      wake = () => {};
    },
  };
}
