import type { Clock } from '../clock.ts';

/** Waiting for something that may come by itself, for a while. */
export interface Patience {
  isOn(): boolean;
  /** Begins, or begins anew. */
  start(): void;
  end(): void;
}

/** Calls `onOver` when nothing ended the wait for `ms`. */
export function createPatience(clock: Clock, { ms, onOver }: { ms: number; onOver: () => void }): Patience {
  let cancel: (() => void) | null = null;
  const end = () => {
    cancel?.();
    cancel = null;
  };
  return {
    isOn: () => cancel !== null,
    start() {
      end();
      cancel = clock.after(ms, () => {
        cancel = null;
        onOver();
      });
    },
    end,
  };
}
