/**
 * What both SDKs need of `fetch`, for a quarter of the work and half the memory: Node's own hands every byte
 * through web streams, with a Request, a Response and several signals for each call and for as long as an event stream
 * lives.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { type Dispatcher, request } from 'undici';

/** What an SDK asks for. */
export interface PlainInit {
  method?: string | undefined;
  headers?: Headers | Record<string, string>;
  body?: RequestInit['body'];
  signal?: AbortSignal | null | undefined;
  /**
   * How long the other side may say nothing, in ms: until the head of its answer, and between two pieces of it. Default
   * five minutes, which is what a form always has.
   */
  silenceMs?: number;
}

interface PlainHeaders {
  /** Null: there is none of this name. */
  get(name: string): string | null;
  entries(): Iterable<[string, string]>;
}

export interface PlainBody extends AsyncIterable<Uint8Array> {
  /** For whoever wants its bytes pushed. Whoever takes it from here need not keep the rest of the answer. */
  readonly source: Readable;
}

/** The part of a `Response` that is made use of. A body is read once: as text, whole, or piece by piece. */
export interface PlainResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: PlainHeaders;
  readonly body: AsyncIterable<Uint8Array> | null;
  /** May be asked for again. */
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** So much may wait to be read before the other side has to wait. */
const MOST_WAITING_BYTES = 262_144;

/**
 * Rejects when there is no whole head of an answer; its body rejects when that breaks off, or the signal aborts. A
 * redirect is not followed: it comes as the answer that it is.
 */
export async function plainFetch(url: string | URL, init: PlainInit = {}): Promise<PlainResponse> {
  const { method = 'GET', headers = {}, body: said, signal = null, silenceMs } = init;
  // Node's own knows how to send a form, and a file as it is read from disk.
  if (said && typeof said !== 'string') return fetch(url, init as RequestInit);
  const asked = {
    method: method as Dispatcher.HttpMethod,
    headers,
    body: said || null,
    signal,
    ...(silenceMs !== undefined && { headersTimeout: silenceMs, bodyTimeout: silenceMs }),
  };
  const { statusCode, statusText, headers: answered, body } = await request(url, asked);
  return new Answer({ url, status: statusCode, statusText, headers: answered, body: new Body(body, signal) });
}

/** A connection for each stream, as one that is kept may be closed when it is needed; sessions of TLS are kept. */
const AGENTS = { http: new http.Agent(), https: new https.Agent() };

/**
 * The same for an answer that takes hours: Node's own client holds less than undici does while it is open. The signal
 * ends the request; whoever has the answer ends it by destroying its body's source, so that nothing of the request is
 * kept for as long as the answer takes.
 */
export function plainStream(
  url: string | URL,
  { headers = {}, signal = null }: PlainInit = {},
): Promise<PlainResponse & { readonly body: PlainBody }> {
  const address = new URL(url);
  const { protocol, hostname, port, path } = urlToHttpOptions(address);
  const [{ get }, agent] = protocol === 'https:' ? [https, AGENTS.https] : [http, AGENTS.http];
  const said = headers instanceof Headers ? [...headers] : Object.entries(headers);
  // A list goes out as it is; of anything else, Node would keep each header in two forms for as long as it takes.
  const raw = [['host', address.host], ...said].flat();
  return new Promise((resolve, reject) => {
    const asking = get({ protocol, hostname, port, path, headers: raw, agent });
    // They are written out by now, and the agent would keep them.
    raw.length = 0;
    // Given the signal itself, Node would listen to five events of the request for it.
    const hangUp = () => asking.destroy(signal?.reason);
    const answered = (source: IncomingMessage) => {
      settle();
      const { statusCode: status = 0, statusMessage: statusText = '', headers: heard } = source;
      resolve(new Answer({ url, status, statusText, headers: heard, body: new Body(source, null) }));
    };
    const failed = (error: Error) => {
      settle();
      reject(error);
    };
    const settle = () => {
      signal?.removeEventListener('abort', hangUp);
      asking.off('response', answered).off('error', failed).on('error', ignore);
    };
    asking.on('response', answered).on('error', failed);
    signal?.addEventListener('abort', hangUp, { once: true });
    if (signal?.aborted) hangUp();
  });
}

function ignore(): void {}

interface Answered {
  url: string | URL;
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  body: Body;
}

/** A class, as there is one for each call: functions of its own would be most of what it holds. */
class Answer implements PlainResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: PlainHeaders;
  readonly body: PlainBody;
  #whole: Promise<Buffer> | null = null;

  constructor({ url, status, statusText, headers, body }: Answered) {
    this.ok = status >= 200 && status < 300;
    this.status = status;
    this.statusText = statusText;
    this.url = String(url);
    this.headers = new AnswerHeaders(headers);
    this.body = body;
  }

  async text(): Promise<string> {
    return (await this.#read()).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return Uint8Array.from(await this.#read()).buffer;
  }

  #read(): Promise<Buffer> {
    this.#whole ??= collect(this.body);
    return this.#whole;
  }
}

class Body implements PlainBody {
  readonly source: Readable;
  readonly #signal: AbortSignal | null;

  constructor(source: Readable, signal: AbortSignal | null) {
    // Whoever reads it hears of its failure; when nobody does, nobody needs to.
    source.on('error', ignore);
    this.source = source;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return new Pieces(this.source, this.#signal);
  }
}

class AnswerHeaders implements PlainHeaders {
  readonly #answered: IncomingHttpHeaders;

  constructor(answered: IncomingHttpHeaders) {
    this.#answered = answered;
  }

  get(name: string): string | null {
    return this.#answered[name.toLowerCase()]?.toString() ?? null;
  }

  entries(): Iterable<[string, string]> {
    return Object.entries(this.#answered).map(([name, value = '']) => [name, String(value)]);
  }
}

async function collect(read: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of read) all.push(piece);
  return Buffer.concat(all);
}

/** By hand, as the stream's own iterator listens to five events of each stream and builds on three promises a piece. */
class Pieces implements AsyncIterableIterator<Uint8Array> {
  readonly #body: Readable;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #ending: { error: unknown } | 'end' | null = null;
  #wake = ignore;

  constructor(body: Readable, signal: AbortSignal | null) {
    this.#body = body;
    // What breaks off because we hang up says so.
    const fail = (error: unknown) => this.#end({ error: signal?.aborted ? signal.reason : error });
    body
      .on('data', (piece: Uint8Array) => this.#take(piece))
      .on('end', () => this.#end('end'))
      .on('error', fail);
    // It may have broken off before anybody came to read it.
    if (body.errored) fail(body.errored);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) {
        this.#waitingBytes -= value.byteLength;
        if (this.#waitingBytes === 0) this.#body.resume();
        return { done: false, value };
      }
      if (this.#ending === 'end') return { done: true, value: undefined };
      if (this.#ending !== null) throw this.#ending.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#body.destroy();
    return { done: true, value: undefined };
  }

  #take(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.byteLength;
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#body.pause();
    this.#wake();
  }

  #end(how: { error: unknown } | 'end'): void {
    this.#ending ??= how;
    this.#wake();
  }
}
