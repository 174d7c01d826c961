import { WebAPIRateLimitedError } from '@slack/web-api';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import { asSetupError, setupError, startError } from '../setup-error.ts';
import type { SocketClient } from './frames.ts';
import { type Line, openLine } from './line.ts';

/** The Socket Mode connection, which is replaced before it goes, and comes back whenever it is lost. */
export interface Connection {
  /** Resolves when Slack has said hello. Rejects with a SlackSetupError. */
  open(): Promise<void>;
  /** Puts another line in the place of one that looks well and is not. */
  renew(why: string): void;
  /** Resolves when every socket is closed. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  clock: Clock;
  log: Logger;
  /** The body of each delivery, before it is taken in. */
  onDelivery(payload: unknown): void;
  /** There is a line again; there was none in this time, in ms since the epoch. */
  onGap?(gap: { from: number; to: number }): void;
  /** Slack will not take us back: a SlackSetupError. Nothing is received any more. */
  onFatal(error: Error): void;
}

/** A line that has lasted this long was a good one: its end says nothing against the next. */
const STEADY_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;
/** With the waits in between about half a minute: Slack also refuses good tokens for a moment. */
const REFUSALS = 6;
/**
 * A line on which nothing was heard for so long may be deaf, and where nobody says anything nothing else would show it.
 * Slack repeats an event for the last time five minutes after it happened: then another line hears it.
 */
const QUIET_MS = 240_000;
/** How long a line that has been replaced is kept, for acknowledgements that are on their way. */
const KEPT_MS = 3_000;

/**
 * Reconnects in the client's stead: `createClient` gives a new one each time, built with `autoReconnectEnabled: false`.
 * On its own, Socket Mode 3.1.0 is deaf for 5 s at each refresh, and a refusal on reconnecting is a rejection nobody can
 * catch, which ends the process. Here the next line is opened before the last one is closed, which Slack's warning of a
 * refresh leaves 10 s for. What is left: a click in the moment after a cut without a warning is lost, since Slack
 * repeats events only.
 */
export function keepConnected(createClient: () => SocketClient, options: ConnectionOptions): Connection {
  const { clock, log, onFatal } = options;
  const closing = new AbortController();
  const lines = new Set<Line>();
  let renewal = (_why: string) => {};
  let following: Promise<void> = Promise.resolve();
  let tries = 0;
  let heardAt = clock.now();

  const onDelivery = (payload: unknown) => {
    heardAt = clock.now();
    options.onDelivery(payload);
  };

  const open = async () => {
    const line = await openLine(createClient(), { ...options, onDelivery, signal: closing.signal });
    lines.add(line);
    return line;
  };

  const close = async (line: Line) => {
    await line.close();
    lines.delete(line);
  };

  /** Resolves when nothing was heard on this line for too long, or the signal aborts. */
  const quiet = async (line: Line, signal: AbortSignal) => {
    const leftMs = () => Math.max(heardAt, line.since) + QUIET_MS - clock.now();
    while (leftMs() > 0 && !signal.aborted) await sleep(clock, leftMs(), signal);
    return 'quiet';
  };

  /** Resolves with the reason why another line is needed. */
  const whyOver = async (line: Line) => {
    const listening = new AbortController();
    const renewed = new Promise<string>((resolve) => {
      renewal = resolve;
    });
    const why = await Promise.race([line.over, renewed, quiet(line, listening.signal)]);
    listening.abort();
    return why;
  };

  /** Tries until there is another line. Undefined: we are closing, or Slack will not take us back. */
  const reopen = async (): Promise<Line | undefined> => {
    let waitMs = waitBefore(tries);
    let refusals = 0;
    for (;;) {
      await sleep(clock, waitMs, closing.signal);
      if (closing.signal.aborted) return undefined;
      tries += 1;
      try {
        return await open();
      } catch (error) {
        const refused = asSetupError(error, 'SLACK_APP_TOKEN');
        refusals += refused ? 1 : 0;
        if (refused && refusals === REFUSALS) {
          onFatal(refused);
          return undefined;
        }
        waitMs = Math.max(waitBefore(tries), retryAfterMs(error));
        log.warn({ err: error, waitMs }, `Slack ${refused ? 'refuses us' : 'cannot be reached'}; trying again`);
      }
    }
  };

  const letGo = async (line: Line) => {
    await sleep(clock, KEPT_MS, closing.signal);
    await close(line);
  };

  const follow = async (first: Line) => {
    let line = first;
    while (!closing.signal.aborted) {
      const why = await whyOver(line);
      if (closing.signal.aborted) return;
      if (why === 'link_disabled') return onFatal(setupError(why, 'SLACK_APP_TOKEN'));
      log[LEVELS[why] ?? 'warn']({ reason: why }, 'the connection to Slack is replaced');
      if (clock.now() - line.since >= STEADY_MS) tries = 0;
      // Nobody knows when it went deaf: what was heard last was heard.
      const from = why === 'deaf' ? Math.max(heardAt, line.since) : clock.now();
      const next = await reopen();
      if (!next) return;
      log[LEVELS[why] ?? 'info']('connected to Slack');
      options.onGap?.({ from, to: clock.now() });
      void letGo(line);
      line = next;
    }
    // Closed while a try was under way.
    await close(line);
  };

  return {
    async open() {
      const first = await open().catch((error: unknown) => {
        throw startError(error, 'SLACK_APP_TOKEN');
      });
      log.info('connected to Slack');
      following = follow(first);
    },
    renew: (why) => renewal(why),
    async close() {
      closing.abort();
      await Promise.all([...lines].map(close));
      await following;
    },
  };
}

/** Slack announces what it means to do, and where nobody writes it is quiet; everything else is something going wrong. */
const LEVELS: Record<string, 'info' | 'debug'> = { warning: 'info', refresh_requested: 'info', quiet: 'debug' };

/** Nothing before the first try, then 1 s, 2 s, 4 s … */
function waitBefore(tries: number): number {
  return tries === 0 ? 0 : Math.min(1000 * 2 ** (tries - 1), LONGEST_WAIT_MS);
}

function retryAfterMs(error: unknown): number {
  return error instanceof WebAPIRateLimitedError ? error.retryAfter * 1000 : 0;
}
