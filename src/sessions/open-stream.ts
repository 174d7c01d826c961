import { Readable } from 'node:stream';
import type Anthropic from '@anthropic-ai/sdk';
import { APIError } from '@anthropic-ai/sdk';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Clock } from '../clock.ts';
import type { PlainBody } from '../plain-fetch.ts';
import { type Alarm, createAlarm } from '../thread/alarm.ts';
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
export async function openStream(session: SessionId, options: StreamOptions): Promise<LiveStream> {
  return new OpenStream(await ask(session, options), options);
}

/** Asks with a signal of its own: the SDK would listen to ours for as long as that lives, once for each connection. */
async function ask(session: SessionId, { client, signal }: StreamOptions): Promise<Readable> {
  const opening = new AbortController();
  const leave = () => opening.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    const { body } = await client.beta.sessions.events
      .stream(session, { event_deltas: ['agent.message', 'agent.thinking'] }, { signal: opening.signal })
      .asResponse();
    if (body === null) throw new TypeError('the stream has no body');
    // What `plainStream` gives is Node's own; another `fetch` gives a web stream.
    return 'source' in body ? (body as unknown as PlainBody).source : Readable.fromWeb(body as never);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

class OpenStream implements LiveStream {
  readonly #body: Readable;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #alarm: Alarm;
  readonly #waiting: RawEvent[] = [];
  readonly #leave: () => void;
  #ending: Ending | null = null;
  #wake: (() => void) | null = null;

  constructor(body: Readable, { clock, signal }: Pick<StreamOptions, 'clock' | 'signal'>) {
    this.#body = body;
    this.#clock = clock;
    this.#signal = signal;
    this.#alarm = createAlarm(clock, { onDue: () => this.#wake?.() });
    this.#leave = () => {
      this.#end('ended');
      this.close();
    };
    signal.addEventListener('abort', this.#leave, { once: true });
    this.#read();
    if (signal.aborted) this.#leave();
  }

  next(withinMs: number): Promise<RawEvent | 'silence' | 'ended'> {
    return this.#nextBy(this.#clock.now() + withinMs);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#leave);
    this.#alarm.end();
    this.#body.destroy();
  }

  // No async function: whoever waits holds a promise, and not a frame for each session besides.
  #nextBy(at: number): Promise<RawEvent | 'silence' | 'ended'> {
    if (this.#signal.aborted) return Promise.resolve('ended');
    const event = this.#take();
    if (event !== undefined) return Promise.resolve(event);
    if (this.#ending === 'ended') return Promise.resolve('ended');
    if (this.#ending !== null) return Promise.reject(this.#ending.error);
    if (at <= this.#clock.now()) return Promise.resolve('silence');
    this.#alarm.set(at);
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.#nextBy(at));
  }

  #take(): RawEvent | undefined {
    const event = this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#body.isPaused()) this.#body.resume();
    return event;
  }

  #read(): void {
    const parser = createParser({ onEvent: (message) => this.#hear(message) });
    const body = this.#body
      .setEncoding('utf8')
      .on('data', parser.feed)
      .on('end', () => this.#end('ended'))
      .on('error', (error) => this.#end({ error }));
    // It may have broken off before we came to read it.
    if (body.errored) this.#end({ error: body.errored });
  }

  #hear(message: EventSourceMessage): void {
    // What came with what failed, and after it, is read again in its place.
    if (this.#ending !== null) return;
    try {
      const event = eventIn(message);
      if (event !== null) this.#waiting.push(event);
    } catch (error) {
      this.#end({ error });
      this.#body.destroy();
    }
    if (this.#waiting.length >= MOST_WAITING) this.#body.pause();
    this.#wake?.();
  }

  #end(how: Ending): void {
    this.#ending ??= how;
    this.#wake?.();
  }
}

/** Null: a sign of life, or nothing that we know. Throws what the API says has failed. */
function eventIn({ event, data }: EventSourceMessage): RawEvent | null {
  if (event === 'error') throw new APIError(undefined, parsed(data) as object | undefined, undefined, undefined);
  if (event === undefined || event === 'ping' || data === '') return null;
  const value = parsed(data);
  // Quoted nowhere: it may hold what people wrote.
  if (value === undefined) throw new TypeError('the stream has a frame that is not JSON');
  return isRawEvent(value) ? value : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
