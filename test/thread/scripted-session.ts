import { SessionError } from '../../src/thread/errors.ts';
import type { Event, Followed, ToolCall } from '../../src/thread/event.ts';
import { type SessionId, sessionId, type ThreadId } from '../../src/thread/ids.ts';
import { createMailbox, type Mailbox } from '../../src/thread/mailbox.ts';
import type { CallAnswer, OutgoingMessage, Sessions } from '../../src/thread/ports.ts';

/** A session whose agent does what the test says, behind the hall's own port. */
export interface ScriptedSession {
  sessions: Sessions;
  sent: { text: string; interrupting: boolean }[];
  answers: { callId: string; answer: CallAnswer }[];
  raises: number[];
  interrupts: number;
  created: number;
  history: Event[];
  /** Tool calls of the agent; `idle` when the session then waits for people. */
  calls(calls: (Partial<ToolCall> & { id: string; childId?: string })[], options?: { idle?: boolean }): void;
  says(text: string): void;
  ends(): void;
  spends(cents: number, capCents?: number): void;
  reachesCap(id: string): void;
  /** What the platform makes of an interrupt; by itself it happens at once. */
  isInterruptible: boolean;
  applyInterrupt(): void;
  /** It takes answers, and goes on only when it is told to. */
  isPaused: boolean;
  goesOn(): void;
  /** The next requests of this kind fail with it. */
  fail: {
    answer: Map<string, SessionError>;
    raise: SessionError | null;
    send: SessionError | null;
    interrupt: SessionError | null;
  };
}

export function scriptSession(): ScriptedSession {
  const listeners = new Set<Mailbox<Followed>>();
  const open = new Set<string>();
  let isWaiting = false;
  let isCapped = false;
  let count = 0;
  let thread: ThreadId | null = null;

  const at = () => new Date(Date.UTC(2026, 10, 1) + count * 1000).toISOString();
  function emit(...events: Event[]): void {
    for (const event of events) {
      session.history.push(event);
      for (const listener of listeners) listener.post(event);
    }
  }
  const stamp = () => {
    count += 1;
    return { id: `sevt_${count}`, at: at() };
  };
  const run = () => {
    isWaiting = false;
    emit({ type: 'session.status_running', ...stamp() });
  };

  const session: ScriptedSession = {
    sent: [],
    answers: [],
    raises: [],
    interrupts: 0,
    created: 0,
    history: [],
    isInterruptible: true,
    isPaused: false,
    goesOn: run,
    fail: { answer: new Map(), raise: null, send: null, interrupt: null },
    calls(calls, { idle = true } = {}) {
      for (const { id, childId = null, ...tool } of calls) {
        const whole = { kind: 'built-in', name: 'bash', input: { command: id }, asks: true, ...tool } as const;
        if (whole.asks) open.add(id);
        emit({ type: 'agent.tool_use', id, at: stamp().at, tool: whole, childId });
      }
      if (!idle) return;
      isWaiting = true;
      emit({ type: 'session.status_idle', ...stamp(), reason: 'requires_action', eventIds: [...open].slice(0, 5) });
    },
    says: (text) => emit({ type: 'agent.message', ...stamp(), text }),
    ends: () => emit({ type: 'session.status_idle', ...stamp(), reason: 'end_turn', eventIds: [] }),
    spends: (cents, capCents) => emit({ type: 'session.usage', at: stamp().at, cents, capCents: capCents ?? null }),
    reachesCap(id) {
      isCapped = true;
      emit({ type: 'session.status_idle', id, at: stamp().at, reason: 'budget_reached', eventIds: [] });
    },
    applyInterrupt() {
      emit({ type: 'user.interrupt', at: stamp().at });
      for (const id of open) emit({ type: 'agent.tool_result', at: stamp().at, toolUseId: id, isError: true });
      open.clear();
      isWaiting = false;
      session.ends();
    },
    sessions: {
      async create(spec) {
        session.created += 1;
        thread = spec.thread;
        return sessionId('sesn_1');
      },
      async follow(_: SessionId, { since, signal, tell }) {
        const news = createMailbox<Followed>(signal);
        listeners.add(news);
        for (const event of session.history) if (since === null || isAfter(event, since)) news.post(event);
        news.post({ type: 'follow.live' });
        try {
          for await (const event of news) tell(event);
        } finally {
          listeners.delete(news);
        }
      },
      async send(_, message, { interrupting = false } = {}) {
        if (session.fail.send) throw session.fail.send;
        if (isCapped) throw new SessionError('budget', 'capped');
        if (isWaiting && !interrupting) throw new SessionError('waiting', 'waiting');
        session.sent.push({ text: message.blocks.join('\n'), interrupting });
        // It is queued until what was interrupted has ended.
        if (interrupting && !session.isInterruptible) return;
        if (interrupting) session.applyInterrupt();
        emit(said(message, stamp()));
        run();
      },
      async interrupt() {
        if (session.fail.interrupt) throw session.fail.interrupt;
        session.interrupts += 1;
        if (session.isInterruptible) session.applyInterrupt();
      },
      async answer(_, callId, answer) {
        const failure = session.fail.answer.get(callId);
        if (failure) throw failure;
        if (!open.delete(callId)) return 'too-late';
        session.answers.push({ callId, answer });
        emit(
          answer.type === 'result'
            ? { type: 'user.custom_tool_result', at: stamp().at, toolUseId: callId, isError: answer.isError }
            : {
                type: 'user.tool_confirmation',
                at: stamp().at,
                toolUseId: callId,
                result: answer.allow ? 'allow' : 'deny',
              },
        );
        if (isWaiting && open.size === 0 && !session.isPaused) run();
        return 'accepted';
      },
      async raise(_, toCents) {
        if (session.fail.raise) throw session.fail.raise;
        session.raises.push(toCents);
        isCapped = false;
        run();
      },
      list: async () => ({ sessions: [{ session: sessionId('sesn_1'), thread, changedAt: at() }], next: null }),
    },
  };
  return session;
}

function said({ marker }: OutgoingMessage, { id, at }: { id: string; at: string }): Event {
  return { type: 'user.message', id, at, slackTs: marker.ts, author: marker.author.id };
}

function isAfter(event: Event, since: string): boolean {
  return !('at' in event) || event.at === null || event.at > since;
}
