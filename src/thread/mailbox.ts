/** Brings what several sources tell into one order: many may post, one reads. */
export interface Mailbox<T> extends AsyncIterable<T> {
  post(item: T): void;
  /** Nothing waits to be read. */
  isEmpty(): boolean;
}

/** Reading ends when the signal aborts; what was posted and not read by then is dropped. */
export function createMailbox<T>(signal: AbortSignal): Mailbox<T> {
  const items: T[] = [];
  let wake: () => void = () => {};
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return {
    post(item) {
      items.push(item);
      wake();
    },
    isEmpty: () => items.length === 0,
    async *[Symbol.asyncIterator]() {
      const leave = () => wake();
      signal.addEventListener('abort', leave);
      try {
        while (!signal.aborted) {
          const item = items.shift();
          if (item === undefined) await next();
          else yield item;
        }
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}
