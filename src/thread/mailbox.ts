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
  const letters: { item: T; signal: AbortSignal | undefined }[] = [];
  let wake: () => void = () => {};
  const listeners: (() => void)[] = [];
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const take = () => {
    while (letters[0]?.signal?.aborted) letters.shift();
    return letters.shift();
  };
  return {
    post(item, itsSignal) {
      letters.push({ item, signal: itsSignal });
      wake();
      for (const listener of listeners.splice(0)) listener();
    },
    isEmpty: () => letters.every((letter) => letter.signal?.aborted),
    posted: () =>
      new Promise((resolve) => {
        listeners.push(resolve);
      }),
    async *[Symbol.asyncIterator]() {
      const leave = () => wake();
      signal.addEventListener('abort', leave);
      try {
        while (!signal.aborted) {
          const letter = take();
          if (letter === undefined) await next();
          else yield letter.item;
        }
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}
