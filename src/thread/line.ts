import type { Clock } from '../clock.ts';
import type { Followed } from './event.ts';
import type { SessionId } from './ids.ts';
import type { FollowOptions, Sessions } from './ports.ts';

/** What comes over the line to a session, besides its events. */
export type LineNews =
  /** Following has come to its end: the session is over. */
  | { type: 'follow.ended' }
  /** Following failed for good. */
  | { type: 'follow.failed'; error: unknown }
  /** The session has been out of reach for a while. */
  | { type: 'follow.silent' };

/** Whether we hear the session; it follows what has been taken from it, not what has been posted. */
export interface Line {
  is(state: 'down' | 'opening' | 'live'): boolean;
  open(session: SessionId, how: Omit<FollowOptions, 'signal' | 'tell'>): void;
  take(news: Followed | LineNews): void;
  hangUp(): void;
}

interface LineOptions {
  sessions: Sessions;
  clock: Clock;
  /** Told with the signal of the call it belongs to: once we have hung up, what was not taken yet is of no concern. */
  post: (news: Followed | LineNews, signal: AbortSignal) => void;
}

/** How long a session may stay out of reach before people are told. */
export const SILENCE_MS = 15_000;

export function createLine({ sessions, clock, post }: LineOptions): Line {
  let state: 'down' | 'opening' | 'live' = 'down';
  let call = new AbortController();
  let cancelSilence = () => {};

  function opening(): void {
    state = 'opening';
    cancelSilence();
    cancelSilence = clock.after(SILENCE_MS, () => post({ type: 'follow.silent' }, call.signal));
  }

  function down(): void {
    state = 'down';
    cancelSilence();
    call.abort();
  }

  async function listen(session: SessionId, how: Omit<FollowOptions, 'tell'>) {
    const tell = (news: Followed | LineNews) => post(news, how.signal);
    try {
      await sessions.follow(session, { ...how, tell });
      tell({ type: 'follow.ended' });
    } catch (error) {
      tell({ type: 'follow.failed', error });
    }
  }

  return {
    is: (asked) => state === asked,
    open(session, how) {
      down();
      call = new AbortController();
      opening();
      void listen(session, { signal: call.signal, ...how });
    },
    take({ type }) {
      if (type === 'follow.live') {
        state = 'live';
        cancelSilence();
      } else if (type === 'follow.lost') opening();
      // That others come first says nothing against the session.
      else if (type === 'follow.queued') cancelSilence();
      else if (type === 'follow.trying' && state === 'opening') opening();
      else if (type === 'follow.ended' || type === 'follow.failed') down();
    },
    hangUp: down,
  };
}
