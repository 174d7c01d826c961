import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Refusal } from './bucket.ts';
import { createLane, type Lane, type WaitingClass } from './lane.ts';
import type { Outcome, WriteClass } from './queue.ts';
import { limitOf } from './tiers.ts';

export interface Write {
  /** The Web API method, e.g. `chat.postMessage`. */
  method: string;
  /** Given for posts, whose budget is per channel. */
  channel?: string;
  /** Whose write it is: threads take turns inside a class. */
  thread: string;
  /** Asked again while it waits, so it may rise; null once nobody wants it any more. */
  class: () => WriteClass | null;
}

interface WaitingWrites extends Pick<Write, 'method' | 'channel'>, WaitingClass {}

/** The one scheduler in front of all Slack writes of a workspace. */
export interface Pacer {
  /**
   * Runs `send` when the write's turn comes. When Slack says it is too much, the write's bucket alone waits and `send`
   * runs again later; so `send` should render the newest state each time. It gives null when there is nothing to write
   * any more. What is not sent costs nothing, and resolves with null. Every other error is the caller's.
   */
  write<T>(write: Write, send: () => Promise<T> | null): Promise<T | null>;
  /** What waits of this thread is asked at once what it is worth by now; else that takes up to a quarter of a second. */
  rouse(thread: string): void;
  /** How many first sights of this kind could go out now, after all that waits. */
  room(kind: Pick<Write, 'method' | 'channel'>): number;
  /** What waits, by bucket and class, and why. */
  waiting(): WaitingWrites[];
}

export interface PacerOptions {
  clock: Clock;
  log: Logger;
  /** `none`: Slack is believed to have no limits, until it refuses something. */
  limits: 'slack' | 'none';
}

export function createPacer({ clock, log, limits }: PacerOptions): Pacer {
  const lanes = new Map<string, Lane & Pick<Write, 'method' | 'channel'>>();

  const laneOf = ({ method, channel }: Pick<Write, 'method' | 'channel'>) => {
    const name = channel === undefined ? method : `${method} ${channel}`;
    const known = lanes.get(name);
    if (known) return known;
    for (const [other, lane] of lanes) if (lane.isIdle()) lanes.delete(other);
    const lane = createLane({ clock, seed: limitOf(method), isLimited: limits === 'slack' });
    const named = { ...lane, method, ...(channel === undefined ? {} : { channel }) };
    lanes.set(name, named);
    return named;
  };

  return {
    write: (write, send) =>
      new Promise((resolve, reject) => {
        const settle = async (sending: ReturnType<typeof send> & object): Promise<Outcome> => {
          try {
            resolve(await sending);
          } catch (error) {
            const refusal = refusalOf(error);
            if (refusal) {
              log.info(
                { method: write.method, channel: write.channel, ...refusal },
                'Slack takes no more of this for now',
              );
              return refusal;
            }
            reject(error);
          }
          return 'done';
        };
        laneOf(write).add({
          thread: write.thread,
          class: write.class,
          drop: () => resolve(null),
          run() {
            try {
              const sending = send();
              if (sending) return settle(sending);
              resolve(null);
            } catch (error) {
              reject(error);
            }
            return null;
          },
        });
      }),
    rouse(thread) {
      for (const lane of lanes.values()) lane.rouse(thread);
    },
    room: (kind) => laneOf(kind).room(),
    waiting: () =>
      [...lanes.values()].flatMap(({ method, channel, waiting }) =>
        waiting().map((each) => ({ method, ...(channel === undefined ? {} : { channel }), ...each })),
      ),
  };
}

/** Slack answers either 429 with `Retry-After`, or for some chat methods 200 with an error name. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof WebAPIRateLimitedError) return { retryInMs: error.retryAfter * 1_000 };
  if (!(error instanceof WebAPIPlatformError)) return null;
  return ['ratelimited', 'rate_limited'].includes(error.data.error) ? { retryInMs: null } : null;
}
