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
  signal.addEventListener('abort', () => wake(), { once: true });
  return {
    post(item) {
      items.push(item);
      wake();
    },
    isEmpty: () => items.length === 0,
    async *[Symbol.asyncIterator]() {
      while (!signal.aborted) {
        const item = items.shift();
        if (item !== undefined) yield item;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}
