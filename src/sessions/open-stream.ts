import type Anthropic from '@anthropic-ai/sdk';
import type { Clock } from '../clock.ts';
import type { SessionId } from '../thread/ids.ts';
import { isRawEvent, type RawEvent } from './translate.ts';

/** A session's live stream, from the moment it opened: nothing earlier is replayed. */
export interface LiveStream {
  /** The next event, or what happened instead within `withinMs`. Rejects when the connection breaks. */
  next(withinMs: number): Promise<RawEvent | 'silence' | 'ended'>;
  close(): void;
}

export interface StreamOptions {
  client: Anthropic;
  clock: Clock;
  signal: AbortSignal;
}

/** Resolves once the API has accepted the stream: what is emitted from now on will be on it. */
export async function openStream(session: SessionId, { client, clock, signal }: StreamOptions): Promise<LiveStream> {
  const stream = await client.beta.sessions.events.stream(
    session,
    { event_deltas: ['agent.message', 'agent.thinking'] },
    { signal },
  );
  const events = stream[Symbol.asyncIterator]();
  let pending: Promise<RawEvent | 'ended'> | undefined;
  const read = async (): Promise<RawEvent | 'ended'> => {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return 'ended';
      // The SDK types what it parses but does not check it.
      if (isRawEvent(value)) return value;
    }
  };
  let interrupt: (how: 'silence' | 'ended') => void = () => {};
  // Once for all that will come: a turn has hundreds of events.
  const onAbort = () => interrupt('ended');
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    async next(withinMs) {
      if (signal.aborted) return 'ended';
      pending ??= read();
      const cancel = clock.after(Math.max(withinMs, 0), () => interrupt('silence'));
      const interrupted = new Promise<'silence' | 'ended'>((resolve) => {
        interrupt = resolve;
      });
      try {
        const next = await Promise.race([pending, interrupted]);
        // A read that outlives its waiter stays pending for the next one: nothing is lost to a silence.
        if (next !== 'silence') pending = undefined;
        return next;
      } finally {
        cancel();
      }
    },
    close() {
      signal.removeEventListener('abort', onAbort);
      stream.controller.abort();
    },
  };
}
