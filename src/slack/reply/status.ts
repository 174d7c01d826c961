import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Phase } from '../../thread/view.ts';
import { refusalOf } from './refusal.ts';
import { isWorking } from './sheets.ts';
import type { SessionStatus, ThreadWrites } from './thread-writes.ts';

/** The native status of a thread's session, as a projection of the phase. No failure of it ever hurts the reply. */
export interface Status {
  show(phase: Phase): void;
  /** Another call (a stream's end) has set it already. */
  became(status: SessionStatus): void;
  /** A process before this one may have told something else. */
  doubt(): void;
  /** Resolves when Slack has been told the newest, or refuses to hear it. */
  settled(): Promise<void>;
  /** Lets nothing of it live on. */
  close(): void;
}

export interface StatusDeps {
  writes: ThreadWrites;
  clock: Clock;
  log: Logger;
  /** Used by Slack only when the first call creates the session. */
  creation: { title?: string; initiator?: string };
  /** Work that is over sooner is not told of, because what stands in the thread shows it. */
  quietMs: number;
  /** Whether this place has refused statuses before; remembered there. */
  refusals: { has(): boolean; add(): void };
}

/** Statuses are not for this conversation; whatever else is refused may be this thread's fault, as when it is deleted. */
const NO_STATUS_HERE = new Set([
  'channel_type_not_supported',
  'feature_disabled',
  'missing_scope',
  'not_allowed_token_type',
  'not_authorized',
  'unknown_method',
]);

/** `processing` falls back to `active` after an hour unless it is sent again. */
const RESEND_MS = 50 * 60_000;

export function createStatus(deps: StatusDeps): Status {
  return new NativeStatus(deps);
}

class NativeStatus implements Status {
  readonly #deps: StatusDeps;
  readonly #quietUntil: number;
  #wanted: SessionStatus | null = null;
  #told: SessionStatus | null;
  #running: Promise<void> | null = null;
  #isFirst = true;
  #isClosed = false;
  #cancelQuiet: (() => void) | null = null;
  #cancelResend: (() => void) | null = null;

  constructor(deps: StatusDeps) {
    const { clock, quietMs } = deps;
    this.#deps = deps;
    this.#quietUntil = clock.now() + quietMs;
    this.#told = quietMs > 0 ? 'active' : null;
  }

  show(phase: Phase): void {
    this.#wanted = statusOf(phase);
    if (this.#wanted !== 'processing') this.#cancelResend?.();
    this.#run();
  }

  became(status: SessionStatus): void {
    // Which of two calls at once Slack has taken last is not known.
    this.#told = this.#running ? null : status;
  }

  doubt(): void {
    if (this.#told !== 'active') return;
    this.#told = null;
    this.#run();
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelQuiet?.();
    this.#cancelResend?.();
  }

  async #tell(): Promise<void> {
    while (this.#wanted !== null && this.#wanted !== this.#told && !this.#deps.refusals.has()) {
      const status = this.#wanted;
      const before = this.#told;
      // Told also when it fails twice: a status is not worth a loop of calls.
      this.#told = status;
      const outcome = await this.#attempt(status);
      if (outcome === 'unknown') await this.#attempt(status);
      // Whatever another call has set meanwhile is newer.
      if (outcome === 'overtaken' && this.#told === status) this.#told = before;
      this.#keepAlive();
    }
  }

  async #attempt(status: SessionStatus): Promise<'told' | 'refused' | 'unknown' | 'overtaken'> {
    const { writes, creation, refusals, log } = this.#deps;
    try {
      const urgency = () => (this.#wanted === status ? 'ack' : null);
      const isSent = await writes.setStatus(status, this.#isFirst ? creation : {}, urgency);
      if (!isSent) return 'overtaken';
      this.#isFirst = false;
      return 'told';
    } catch (error) {
      const reason = refusalOf(error);
      if (reason !== null && NO_STATUS_HERE.has(reason)) refusals.add();
      log.debug({ reason }, 'session status not set');
      return reason === null ? 'unknown' : 'refused';
    }
  }

  #run(): void {
    this.#cancelQuiet?.();
    if (this.#isClosed && this.#wanted === 'processing') return;
    const { clock } = this.#deps;
    if (this.#isQuiet()) {
      this.#cancelQuiet = clock.after(this.#quietUntil - clock.now(), () => this.#run());
      return;
    }
    this.#running ??= this.#tell().finally(() => {
      this.#running = null;
    });
  }

  #isQuiet(): boolean {
    return this.#wanted === 'processing' && this.#told === 'active' && this.#deps.clock.now() < this.#quietUntil;
  }

  #keepAlive(): void {
    this.#cancelResend?.();
    // What was told may be outdated by the time it has been told: then nothing would ever cancel it.
    if (this.#isClosed || this.#wanted !== 'processing') return;
    this.#cancelResend = this.#deps.clock.after(RESEND_MS, () => {
      this.#told = null;
      this.#run();
    });
  }
}

function statusOf(phase: Phase): SessionStatus {
  if (isWorking(phase)) return 'processing';
  return phase === 'waiting' ? 'suspended' : 'active';
}
