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
  return {
    next(withinMs) {
      pending ??= read();
      const reading = pending;
      return new Promise((resolve, reject) => {
        let settled = false;
        const settle = (finish: () => void) => {
          if (settled) return;
          settled = true;
          cancel();
          signal.removeEventListener('abort', onAbort);
          finish();
        };
        const onAbort = () => settle(() => resolve('ended'));
        const cancel = clock.after(Math.max(withinMs, 0), () => settle(() => resolve('silence')));
        reading.then(
          // A read that outlives its waiter stays pending for the next one: nothing is lost to a silence.
          (value) =>
            settle(() => {
              pending = undefined;
              resolve(value);
            }),
          (error) => settle(() => reject(error)),
        );
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    close: () => stream.controller.abort(),
  };
}
