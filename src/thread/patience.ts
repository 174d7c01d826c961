import type { Clock } from '../clock.ts';

/** Waiting for something that may come by itself, for a while. */
export interface Patience {
  isOn(): boolean;
  /** Begins, or begins anew. */
  start(): void;
  end(): void;
}

interface PatienceOptions {
  ms: number;
  onOver: () => void;
}

/** Calls `onOver` when nothing ended the wait for `ms`. */
export function createPatience(clock: Clock, options: PatienceOptions): Patience {
  return new TimedPatience(clock, options);
}

class TimedPatience implements Patience {
  readonly #clock: Clock;
  readonly #options: PatienceOptions;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, options: PatienceOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  isOn(): boolean {
    return this.#cancel !== null;
  }

  start(): void {
    this.end();
    this.#cancel = this.#clock.after(this.#options.ms, () => {
      this.#cancel = null;
      this.#options.onOver();
    });
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
