import type { Clock } from '../clock.ts';

/** One time to be reminded at. It may be put off for each event of a stream: that costs no timer of its own each time. */
export interface Alarm {
  /** ms since the epoch, instead of what was set before; infinity: never. */
  set(at: number): void;
  end(): void;
}

/** setTimeout takes no more. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

export function createAlarm(clock: Clock, { onDue }: { onDue: () => void }): Alarm {
  return new TimedAlarm(clock, onDue);
}

class TimedAlarm implements Alarm {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #setTo = Number.POSITIVE_INFINITY;
  /** When the timer looks: not after what it is set to. */
  #looksAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  set(at: number): void {
    this.#setTo = at;
    if (at === Number.POSITIVE_INFINITY) this.end();
    else if (at < this.#looksAt) this.#time();
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#setTo = Number.POSITIVE_INFINITY;
    this.#looksAt = Number.POSITIVE_INFINITY;
  }

  #time(): void {
    this.#cancel?.();
    const now = this.#clock.now();
    this.#looksAt = Math.min(this.#setTo, now + LONGEST_WAIT_MS);
    this.#cancel = this.#clock.after(Math.max(0, this.#looksAt - now), () => this.#look());
  }

  #look(): void {
    if (this.#setTo > this.#clock.now()) this.#time();
    else {
      this.end();
      this.#onDue();
    }
  }
}
