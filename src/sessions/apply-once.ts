import type { Logger } from 'pino';
import { type Clock, sleep } from '../clock.ts';
import type { SessionError } from '../thread/errors.ts';
import { describe, explain, isOutcomeUnknown, isTooMuch, retryAfterMs, type Subject } from './explain.ts';
import type { Allowances } from './limits.ts';

/** Requests whose outcome is not known, and when (clock time) each was first tried. */
export type Doubts = Map<string, number>;

export interface OnceRequest<T> {
  /** Names the request among all requests: what was left in doubt under it is looked for before anything is sent. */
  key: string;
  subject: Subject;
  run(): Promise<T>;
  /** Looks for what an earlier try did; undefined: nothing there. Absent for requests that may land twice. */
  find?(firstTriedAt: number): Promise<T | undefined>;
  /**
   * It counts as creating something, and waits for its turn: `soon` is before all that is `later`. Absent: it counts
   * against nothing that is counted here.
   */
  creates?: 'soon' | 'later';
  /** Default 4. */
  tries?: number;
  /** From when the first try may be made, in clock time, no other is begun; default one minute. */
  giveUpAfterMs?: number;
  /** Ends it all with the signal's reason. */
  signal?: AbortSignal;
}

export interface OnceOptions extends Allowances {
  clock: Clock;
  /** Already bound to what the request is about. */
  log: Logger;
  doubts: Doubts;
}

const TRIES = 4;
const GIVE_UP_AFTER_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A list may lag by some seconds: how long after a look that found nothing the next one is taken. */
const LOOK_AGAIN_MS = [2_000, 4_000];

/**
 * Makes a request take effect exactly once on an API that has no idempotency: when the outcome of a try is unknown,
 * its effect is looked for before another try. Rejects with a SessionError; `unreachable` leaves the doubt standing
 * for the next call with the same key.
 */
export async function applyOnce<T>(request: OnceRequest<T>, options: OnceOptions): Promise<T> {
  const { clock, log, doubts } = options;
  const { signal } = request;
  let startedAt = clock.now();
  let tries = 0;
  let failure: SessionError | undefined;
  const exhausted = () =>
    tries >= (request.tries ?? TRIES) || clock.now() - startedAt > (request.giveUpAfterMs ?? GIVE_UP_AFTER_MS);
  for (let wait = FIRST_WAIT_MS; ; wait *= 2) {
    signal?.throwIfAborted();
    let ran = false;
    try {
      const landed = await settleDoubt(request, options);
      if (landed) return landed.result;
      if (failure && exhausted()) throw failure;
      await turnOf(request, options);
      // Until then it was others that took their time.
      if (tries === 0) startedAt = clock.now();
      ran = true;
      tries += 1;
      return await runWithDoubt(request, options);
    } catch (error) {
      signal?.throwIfAborted();
      failure = explain(error, request.subject);
      if (failure.code !== 'unreachable') doubts.delete(request.key);
      // A fresh doubt is looked into at once, and once more even when it is too late for another try.
      const look = ran && doubts.has(request.key);
      if (failure.code !== 'unreachable' || (exhausted() && !look)) throw failure;
      const waitMs = Math.min(retryAfterMs(error) ?? wait, LONGEST_WAIT_MS);
      if (request.creates && isTooMuch(error)) options.creates.pause(waitMs);
      log.warn({ ...describe(error), tries, look }, 'request failed, trying again');
      await sleep(clock, look ? 0 : waitMs, signal);
    }
  }
}

async function turnOf<T>({ creates, signal }: OnceRequest<T>, options: OnceOptions): Promise<void> {
  if (creates) await options.creates.take({ later: creates === 'later', ...(signal && { signal }) });
}

async function runWithDoubt<T>(request: OnceRequest<T>, { clock, doubts }: OnceOptions): Promise<T> {
  const triedAt = clock.now();
  try {
    return await request.run();
  } catch (error) {
    if (request.find && isOutcomeUnknown(error)) doubts.set(request.key, triedAt);
    throw error;
  }
}

/** What an earlier try that landed came to. A look that fails leaves the doubt. */
async function settleDoubt<T>(
  request: OnceRequest<T>,
  { clock, doubts }: OnceOptions,
): Promise<{ result: T } | undefined> {
  const firstTriedAt = doubts.get(request.key);
  if (firstTriedAt === undefined || !request.find) return undefined;
  let result = await request.find(firstTriedAt);
  for (const waitMs of LOOK_AGAIN_MS) {
    if (result !== undefined) break;
    await sleep(clock, waitMs);
    result = await request.find(firstTriedAt);
  }
  doubts.delete(request.key);
  return result === undefined ? undefined : { result };
}
