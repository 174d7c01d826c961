import { Readable } from 'node:stream';
import type Anthropic from '@anthropic-ai/sdk';
import { APIError } from '@anthropic-ai/sdk';
import { createParser } from 'eventsource-parser';
import type { Clock } from '../clock.ts';
import { createAlarm } from '../thread/alarm.ts';
import type { SessionId } from '../thread/ids.ts';
import { isRawEvent, type RawEvent } from './translate.ts';

/** A session's live stream, from the moment it opened: nothing earlier is replayed. */
export interface LiveStream {
  /** The next event, or what happened instead within `withinMs`. Rejects when the connection breaks. One at a time. */
  next(withinMs: number): Promise<RawEvent | 'silence' | 'ended'>;
  close(): void;
}

export interface StreamOptions {
  client: Anthropic;
  clock: Clock;
  signal: AbortSignal;
}

/** So many events may wait to be taken before the API has to wait. */
const MOST_WAITING = 1_000;

type Ending = { error: unknown } | 'ended';

/**
 * Resolves once the API has accepted the stream: what is emitted from now on will be on it. Its events are pushed from
 * the socket on: the SDK's own reader of streams would be five promises that wait, for each session that is followed.
 */
export async function openStream(session: SessionId, { client, clock, signal }: StreamOptions): Promise<LiveStream> {
  const connection = new AbortController();
  const waiting: RawEvent[] = [];
  let ending: Ending | null = null;
  let wake = () => {};
  const alarm = createAlarm(clock, { onDue: () => wake() });

  const end = (how: Ending) => {
    ending ??= how;
    wake();
  };
  const leave = () => {
    end('ended');
    close();
  };
  const close = () => {
    signal.removeEventListener('abort', leave);
    alarm.end();
    connection.abort();
  };
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();

  const take = () => {
    const event = waiting.shift();
    if (waiting.length === 0 && body.isPaused()) body.resume();
    return event;
  };

  let body: Readable;
  try {
    body = await ask(session, { client, signal: connection.signal });
  } catch (error) {
    close();
    throw error;
  }
  read(body, {
    onEvent(event) {
      waiting.push(event);
      if (waiting.length >= MOST_WAITING) body.pause();
      wake();
    },
    onEnd: end,
  });

  return {
    async next(withinMs) {
      const at = clock.now() + withinMs;
      for (;;) {
        if (signal.aborted) return 'ended';
        const event = take();
        if (event !== undefined) return event;
        if (ending === 'ended') return 'ended';
        if (ending !== null) throw ending.error;
        if (at <= clock.now()) return 'silence';
        alarm.set(at);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close,
  };
}

async function ask(
  session: SessionId,
  { client, signal }: Pick<StreamOptions, 'client' | 'signal'>,
): Promise<Readable> {
  const previews = { event_deltas: ['agent.message' as const, 'agent.thinking' as const] };
  const { body } = await client.beta.sessions.events.stream(session, previews, { signal }).asResponse();
  if (body === null) throw new TypeError('the stream has no body');
  // What `plainStream` gives is Node's own; another `fetch` gives a web stream.
  return (body as unknown) instanceof Readable ? (body as unknown as Readable) : Readable.fromWeb(body as never);
}

interface Reading {
  onEvent(event: RawEvent): void;
  onEnd(how: Ending): void;
}

function read(body: Readable, { onEvent, onEnd }: Reading): void {
  let hasFailed = false;
  const fail = (error: unknown) => {
    hasFailed = true;
    onEnd({ error });
    body.destroy();
  };
  const parser = createParser({
    onEvent({ event, data }) {
      // What came with what failed, and after it, is read again in its place.
      if (hasFailed) return;
      if (event === 'error')
        return fail(new APIError(undefined, parsed(data) as object | undefined, undefined, undefined));
      if (event === undefined || event === 'ping' || data === '') return;
      const value = parsed(data);
      // Quoted nowhere: it may hold what people wrote.
      if (value === undefined) return fail(new TypeError('the stream has a frame that is not JSON'));
      if (isRawEvent(value)) onEvent(value);
    },
  });
  body
    .setEncoding('utf8')
    .on('data', parser.feed)
    .on('end', () => onEnd('ended'))
    .on('error', fail);
  // It may have broken off before we came to read it.
  if (body.errored) fail(body.errored);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
