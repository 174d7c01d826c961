import type { Clock } from '../clock.ts';
import type { ThreadId } from '../thread/ids.ts';

/** Threads that cannot go on for a reason that is nobody's in particular, such as a full disk. */
export interface Stranded {
  /** They are tried again together, a little later. */
  add(thread: ThreadId): void;
  clear(): void;
}

const AGAIN_MS = 10_000;

/** In memory, since there is no room for it elsewhere just then. */
export function createStranded(clock: Clock, { onAgain }: { onAgain: (thread: ThreadId) => void }): Stranded {
  const threads = new Set<ThreadId>();
  let cancel: (() => void) | null = null;

  const again = () => {
    cancel = null;
    const all = [...threads];
    threads.clear();
    for (const thread of all) onAgain(thread);
  };
  return {
    add(thread) {
      threads.add(thread);
      cancel ??= clock.after(AGAIN_MS, again);
    },
    clear() {
      cancel?.();
      cancel = null;
      threads.clear();
    },
  };
}
