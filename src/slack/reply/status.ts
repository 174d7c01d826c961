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

export function createStatus({ writes, clock, log, creation, quietMs, refusals }: StatusDeps): Status {
  const quietUntil = clock.now() + quietMs;
  let wanted: SessionStatus | null = null;
  let told: SessionStatus | null = quietMs > 0 ? 'active' : null;
  let running: Promise<void> | null = null;
  let first = true;
  let closed = false;
  let cancelQuiet = () => {};
  let cancelResend = () => {};

  const tell = async () => {
    while (wanted !== null && wanted !== told && !refusals.has()) {
      const status = wanted;
      const before = told;
      // Told also when it fails twice: a status is not worth a loop of calls.
      told = status;
      const outcome = await attempt(status);
      if (outcome === 'unknown') await attempt(status);
      // Whatever another call has set meanwhile is newer.
      if (outcome === 'overtaken' && told === status) told = before;
      keepAlive();
    }
  };
  const attempt = async (status: SessionStatus): Promise<'told' | 'refused' | 'unknown' | 'overtaken'> => {
    try {
      const isSent = await writes.setStatus(status, first ? creation : {}, () => (wanted === status ? 'ack' : null));
      if (!isSent) return 'overtaken';
      first = false;
      return 'told';
    } catch (error) {
      const reason = refusalOf(error);
      if (reason !== null && NO_STATUS_HERE.has(reason)) refusals.add();
      log.debug({ reason }, 'session status not set');
      return reason === null ? 'unknown' : 'refused';
    }
  };
  const isQuiet = () => wanted === 'processing' && told === 'active' && clock.now() < quietUntil;
  const run = () => {
    cancelQuiet();
    if (closed && wanted === 'processing') return;
    if (isQuiet()) {
      cancelQuiet = clock.after(quietUntil - clock.now(), run);
      return;
    }
    running ??= tell().finally(() => {
      running = null;
    });
  };
  const keepAlive = () => {
    cancelResend();
    // What was told may be outdated by the time it has been told: then nothing would ever cancel it.
    if (closed || wanted !== 'processing') return;
    cancelResend = clock.after(RESEND_MS, () => {
      told = null;
      run();
    });
  };

  return {
    show(phase) {
      wanted = statusOf(phase);
      if (wanted !== 'processing') cancelResend();
      run();
    },
    became(status) {
      // Which of two calls at once Slack has taken last is not known.
      told = running ? null : status;
    },
    doubt() {
      if (told !== 'active') return;
      told = null;
      run();
    },
    settled: async () => {
      await running;
    },
    close() {
      closed = true;
      cancelQuiet();
      cancelResend();
    },
  };
}

function statusOf(phase: Phase): SessionStatus {
  if (isWorking(phase)) return 'processing';
  return phase === 'waiting' ? 'suspended' : 'active';
}
