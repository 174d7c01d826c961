/** Brings what several sources tell into one order: many may post, one reads. */
export interface Mailbox<T> extends AsyncIterableIterator<T, undefined> {
  /** An item whose own signal aborts before it is read is dropped. */
  post(item: T, signal?: AbortSignal): void;
  /** Nothing waits to be read. */
  isEmpty(): boolean;
  /** Resolves once something was posted after this. */
  posted(): Promise<void>;
}

/** Reading ends when the signal aborts; what was posted and not read by then is dropped. */
export function createMailbox<T>(signal: AbortSignal): Mailbox<T> {
  return new OrderedMailbox(signal);
}

class OrderedMailbox<T> implements Mailbox<T> {
  readonly #signal: AbortSignal;
  readonly #letters: { item: T; signal: AbortSignal | undefined }[] = [];
  /** Wakes the reader, when it waits. */
  #wake: (() => void) | null = null;
  #listeners: (() => void)[] | null = null;
  /** Wakes the reader when the signal aborts, while somebody reads. */
  #leave: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  post(item: T, signal?: AbortSignal): void {
    this.#letters.push({ item, signal });
    this.#wake?.();
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) listener();
  }

  isEmpty(): boolean {
    return this.#letters.every((letter) => letter.signal?.aborted);
  }

  posted(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners ??= [];
      this.#listeners.push(resolve);
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // No async functions here: whoever waits holds a promise, and not a frame for each thread besides.
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#signal.aborted) return this.return();
    const letter = this.#take();
    if (letter) return Promise.resolve({ done: false, value: letter.item });
    if (this.#leave === null) {
      this.#leave = () => this.#wake?.();
      this.#signal.addEventListener('abort', this.#leave);
    }
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.next());
  }

  return(): Promise<IteratorResult<T, undefined>> {
    if (this.#leave) this.#signal.removeEventListener('abort', this.#leave);
    this.#leave = null;
    return Promise.resolve({ done: true, value: undefined });
  }

  #take(): { item: T } | undefined {
    while (this.#letters[0]?.signal?.aborted) this.#letters.shift();
    return this.#letters.shift();
  }
}
