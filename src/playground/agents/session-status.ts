import type { Clock } from '../../clock.ts';
import type { Session, SessionStatus, StopDetails, StopReason } from './session.ts';
import { usageBody } from './usage.ts';

/** The documented event sequences around a change of the session's status. */
export interface SessionStatuses {
  running(session: Session): void;
  idle(session: Session, stop: StopReason, details?: StopDetails): void;
  rescheduled(session: Session): void;
  terminated(session: Session): void;
}

export function createSessionStatuses(clock: Clock): SessionStatuses {
  const set = (session: Session, status: SessionStatus) => {
    if (session.status === 'running') {
      session.usage = { ...session.usage, activeMs: session.usage.activeMs + clock.now() - session.statusSince };
    }
    session.status = status;
    session.statusSince = clock.now();
    session.updatedAt = new Date(clock.now()).toISOString();
  };
  const primary = (session: Session) => ({ session_thread_id: session.threadId, agent_name: session.agent.name });
  return {
    running(session) {
      set(session, 'running');
      session.stop = null;
      session.log.append('session.status_running');
      session.log.append('session.thread_status_running', primary(session));
    },
    idle(session, stop, details) {
      const why = { stop_reason: stop, stop_details: details ?? null };
      session.log.append('session.thread_status_idle', { ...primary(session), ...why });
      // The race of the real platform: this event reaches the stream before the stored status flips.
      set(session, 'idle');
      session.stop = stop;
      // session.usage immediately precedes every idle of the session.
      session.log.append('session.usage', { usage: usageBody(session.usage), budget: session.budget });
      session.log.append('session.status_idle', why);
    },
    rescheduled(session) {
      set(session, 'rescheduling');
      session.log.append('session.status_rescheduled');
      session.log.append('session.thread_status_rescheduled', primary(session));
    },
    terminated(session) {
      set(session, 'terminated');
      session.stop = null;
      session.log.append('session.thread_status_terminated', primary(session));
      session.log.append('session.status_terminated');
    },
  };
}
