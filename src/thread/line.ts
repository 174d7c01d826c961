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

export function createLine(options: LineOptions): Line {
  return new SessionLine(options);
}

class SessionLine implements Line {
  readonly #options: LineOptions;
  #state: 'down' | 'opening' | 'live' = 'down';
  /** The newest one; null: none has been made. */
  #call: AbortController | null = null;
  #cancelSilence: (() => void) | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  is(state: 'down' | 'opening' | 'live'): boolean {
    return this.#state === state;
  }

  open(session: SessionId, { since, mayLag = false }: Omit<FollowOptions, 'signal' | 'tell'>): void {
    const { sessions, post } = this.#options;
    this.hangUp();
    this.#call = new AbortController();
    this.#opening();
    const { signal } = this.#call;
    const tell = (news: Followed | LineNews) => post(news, signal);
    sessions.follow(session, { since, mayLag, signal, tell }).then(
      () => tell({ type: 'follow.ended' }),
      (error: unknown) => tell({ type: 'follow.failed', error }),
    );
  }

  take({ type }: Followed | LineNews): void {
    if (type === 'follow.live') {
      this.#state = 'live';
      this.#endSilence();
    } else if (type === 'follow.lost') this.#opening();
    // That others come first says nothing against the session.
    else if (type === 'follow.queued') this.#endSilence();
    else if (type === 'follow.trying' && this.#state === 'opening') this.#opening();
    else if (type === 'follow.ended' || type === 'follow.failed') this.hangUp();
  }

  hangUp(): void {
    this.#state = 'down';
    this.#endSilence();
    this.#call?.abort();
  }

  #opening(): void {
    this.#state = 'opening';
    this.#endSilence();
    this.#cancelSilence = this.#options.clock.after(SILENCE_MS, () => this.#tellSilence());
  }

  #tellSilence(): void {
    if (this.#call !== null) this.#options.post({ type: 'follow.silent' }, this.#call.signal);
  }

  #endSilence(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = null;
  }
}
