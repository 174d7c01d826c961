import type Anthropic from '@anthropic-ai/sdk';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../clock.ts';
import type { Allowance } from '../thread/allowance.ts';
import type { Event } from '../thread/event.ts';
import type { SessionId } from '../thread/ids.ts';
import type { FollowOptions } from '../thread/ports.ts';
import { describe, explain, isTooMuch, retryAfterMs } from './explain.ts';
import { type LiveStream, openStream } from './open-stream.ts';
import { readHistory } from './read-history.ts';
import { createSieve, type Sieve } from './sieve.ts';
import { type RawEvent, translate } from './translate.ts';

export interface Following {
  client: Anthropic;
  clock: Clock;
  log: Logger;
  /** Of all reads of the organisation. */
  reads: Allowance;
  /** Resolves when it may be begun. */
  turnToBegin(): Promise<void>;
  /** No event for this long: the stream may be dead without saying so. */
  silenceMs: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** A 429 may ask for more patience than our own longest wait, within reason. */
const LONGEST_OBEDIENCE_MS = 30_000;
/** After a 429 that does not say for how long. */
const TOO_MUCH_MS = 5_000;
/** The list lags the stream by up to some seconds: when to read it again after a gap. */
const REREAD_AFTER_MS = [2_000, 6_000];
/** Waits between reads while the list does not show yet what the stream has told. */
const CATCH_UP_WAITS_MS = [0, 1_000, 2_000, 4_000];

interface Follow extends Following, Required<FollowOptions> {
  session: SessionId;
  sieve: Sieve;
  /** Something may be under way: asked or running, and no idle since. */
  busy: boolean;
  /** The session will never emit again. */
  over: boolean;
  live: boolean;
  waitMs: number;
}

/** `Sessions.follow`: open, list, tail, and all of it again whenever the stream breaks. */
export async function follow(
  session: SessionId,
  { since, mayLag = false, signal, tell }: FollowOptions,
  world: Following,
): Promise<void> {
  const { clock, log } = world;
  const state: Follow = {
    session,
    since,
    mayLag,
    signal,
    tell,
    sieve: createSieve(),
    busy: false,
    over: false,
    live: false,
    waitMs: FIRST_WAIT_MS,
    ...world,
  };
  await world.turnToBegin();
  for (let connections = 1; !signal.aborted; connections++) {
    let askedMs = 0;
    try {
      await connection(state, connections > 1);
      if (!state.over && !signal.aborted) log.info({ sessionId: session, connections }, 'stream ended, reconnecting');
    } catch (error) {
      if (signal.aborted) return;
      const failure = explain(error, 'session');
      if (failure.code !== 'unreachable') throw failure;
      if (isTooMuch(error)) world.reads.pause(Math.min(retryAfterMs(error) ?? TOO_MUCH_MS, LONGEST_OBEDIENCE_MS));
      askedMs = Math.min(retryAfterMs(error) ?? 0, LONGEST_OBEDIENCE_MS);
      log.warn({ ...describe(error), sessionId: session, connections }, 'stream failed, reconnecting');
    }
    if (state.over || signal.aborted) return;
    if (state.live) tell({ type: 'follow.lost' });
    state.live = false;
    await sleep(clock, Math.max(state.waitMs, askedMs), signal);
    state.waitMs = Math.min(state.waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** One stream's life. The stream opens before the list is read: what happens in between is on one of the two. */
async function connection(state: Follow, again: boolean): Promise<void> {
  await turnToRead(state);
  const stream = await openStream(state.session, state);
  state.sieve.reopen();
  try {
    await history(state);
    if (state.over || state.signal.aborted) return;
    state.live = true;
    state.tell({ type: 'follow.live' });
    await tail(stream, { state, gap: again || state.busy || state.mayLag });
  } finally {
    stream.close();
  }
}

/**
 * What was emitted before the stream opened and listed only after we read is on neither. So after a gap the list is
 * read again a little later, and no text and no end of a turn is believed before the list shows it too, with all that
 * came before: whoever shows texts as they come could not put an earlier one in its place any more.
 */
async function tail(stream: LiveStream, { state, gap }: { state: Follow; gap: boolean }): Promise<void> {
  const { clock, silenceMs } = state;
  let heardAt = clock.now();
  let rereadsAt = gap ? REREAD_AFTER_MS.map((ms) => heardAt + ms) : [];
  while (!state.over) {
    // Silence is watched even in an idle session: a message just sent to it would be answered on this very stream.
    const silentAt = heardAt + silenceMs;
    const [rereadAt = Number.POSITIVE_INFINITY] = rereadsAt;
    const raw = await stream.next(Math.min(rereadAt, silentAt) - clock.now());
    if (raw === 'ended') return;
    if (raw === 'silence') {
      if (silentAt <= rereadAt) return;
      rereadsAt = rereadsAt.slice(1);
      await history(state, { later: true });
      continue;
    }
    heardAt = clock.now();
    state.waitMs = FIRST_WAIT_MS;
    const isBehind = rereadsAt.length > 0;
    if (isBehind && hasItsPlace(raw)) {
      const isListed = await historyUntil(raw.id, state);
      if (isListed || endsTurn(raw)) rereadsAt = [];
    }
    // Previews of a text whose place is not known yet: it comes whole.
    if (isBehind && raw.type === 'event_start') continue;
    sift(raw, state);
  }
}

async function historyUntil(id: string, state: Follow): Promise<boolean> {
  for (const waitMs of CATCH_UP_WAITS_MS) {
    await sleep(state.clock, waitMs, state.signal);
    if (await history(state, { id })) return true;
  }
  return false;
}

/** Many may want to read at the same moment, and then it takes a while until it is this one's turn. */
async function turnToRead({ reads, signal, tell }: Follow): Promise<void> {
  const isQueued = !reads.isFree();
  if (isQueued) tell({ type: 'follow.queued' });
  await reads.take({ signal });
  if (isQueued) tell({ type: 'follow.trying' });
}

/** Tells what the list has and nobody heard yet; resolves with whether the event `id` is listed. */
async function history(state: Follow, { id, later = false }: { id?: string; later?: boolean } = {}): Promise<boolean> {
  let found = false;
  const mayRead = () => state.reads.take({ later, signal: state.signal });
  if (later) await mayRead();
  else await turnToRead(state);
  for await (const raw of readHistory(state.session, { mayRead, ...state })) {
    found ||= 'id' in raw && raw.id === id;
    sift(raw, state);
    if (state.over) return true;
  }
  return found;
}

function sift(raw: RawEvent, state: Follow): void {
  if (!state.sieve.passes(raw)) return;
  const event = translate(raw, new Date(state.clock.now()).toISOString());
  state.busy = isBusyAfter(event, state.busy);
  state.over = event.type === 'session.status_terminated' || event.type === 'session.deleted';
  state.tell(event);
}

function isBusyAfter(event: Event, before: boolean): boolean {
  if (event.type === 'user.message' || event.type === 'session.status_running') return true;
  return event.type === 'session.status_idle' ? false : before;
}

/** A text, what begins one, or the end of a turn. */
function hasItsPlace(raw: RawEvent): raw is Exclude<RawEvent, { type: 'event_start' | 'event_delta' }> {
  return raw.type === 'agent.message' || raw.type === 'span.model_request_start' || endsTurn(raw);
}

function endsTurn(raw: RawEvent): raw is Extract<RawEvent, { type: `session.status_${'idle' | 'terminated'}` }> {
  return raw.type === 'session.status_idle' || raw.type === 'session.status_terminated';
}
