/** Brings what several sources tell into one order: many may post, one reads. */
export interface Mailbox<T> extends AsyncIterable<T> {
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

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    const leave = () => this.#wake?.();
    this.#signal.addEventListener('abort', leave);
    try {
      while (!this.#signal.aborted) {
        const letter = this.#take();
        if (letter === undefined) await this.#next();
        else yield letter.item;
      }
    } finally {
      this.#signal.removeEventListener('abort', leave);
    }
  }

  #take(): { item: T } | undefined {
    while (this.#letters[0]?.signal?.aborted) this.#letters.shift();
    return this.#letters.shift();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
