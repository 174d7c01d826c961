import type { SessionEvent } from './event-log.ts';
import { checkSend } from './event-rules.ts';
import type { SentEvent } from './event-schema.ts';
import type { Script } from './script.ts';
import { isOverBudget, type Session } from './session.ts';
import { type Answer, actionWindow, openCalls } from './session-parts.ts';
import { createTurn, isSpoken, type Turn, type TurnWorld, takeQueue } from './turn.ts';
import { type Outcome, TurnOver } from './turn-ends.ts';
import type { Words } from './words.ts';

/** Runs sessions: accepts what clients send and plays a script for each turn. */
export interface SessionRunner {
  /** Validates all, then accepts all; answers with the events as they were accepted. Throws a 400 otherwise. */
  accept(session: Session, events: SentEvent[]): SessionEvent[];
  budgetChanged(session: Session): void;
  /** Lets go of a turn that waits for people, when its session is archived or deleted. */
  abandon(session: Session): void;
}

interface Run {
  turn: Turn;
  /** Interrupts that wait to be applied. */
  interrupts: string[];
  abandoned: boolean;
}

export function createSessionRunner(world: TurnWorld, scripts: Script[]): SessionRunner {
  const runs = new Map<string, Run>();

  const acceptOne = (session: Session, event: SentEvent): SessionEvent => {
    const { type, ...fields } = event;
    if (event.type === 'user.interrupt') return interrupt(session, fields);
    if (event.type === 'user.custom_tool_result') {
      answer(session, event.custom_tool_use_id, resultAnswer(event));
      return session.log.append(type, fields);
    }
    if (event.type === 'user.tool_confirmation') {
      const accepted = session.log.append(type, fields, { queued: true });
      answer(session, event.tool_use_id, confirmation(event));
      session.log.stamp(accepted.id);
      return accepted;
    }
    // Outcomes are processed on receipt; everything else waits for the agent.
    const outcome = type === 'user.define_outcome' ? { outcome_id: world.makeId('outc') } : {};
    const accepted = session.log.append(type, { ...fields, ...outcome }, { queued: type !== 'user.define_outcome' });
    session.queue.push(accepted);
    return accepted;
  };

  const interrupt = (session: Session, fields: object): SessionEvent => {
    const run = runs.get(session.id);
    // At the budget an interrupt does nothing and is not even recorded.
    if (session.stop?.type === 'budget_reached') {
      return {
        type: 'user.interrupt',
        id: world.makeId('sevt'),
        processed_at: new Date(world.clock.now()).toISOString(),
      };
    }
    if (!run) return session.log.append('user.interrupt', { ...fields });
    const accepted = session.log.append('user.interrupt', { ...fields }, { queued: true });
    run.interrupts.push(accepted.id);
    run.turn.interrupt();
    return accepted;
  };

  const startTurns = async (session: Session) => {
    if (runs.has(session.id)) return;
    while (session.queue.some(isSpoken) && session.status === 'idle' && session.stop?.type !== 'budget_reached') {
      const run: Run = { turn: createTurn(session, world), interrupts: [], abandoned: false };
      runs.set(session.id, run);
      world.statuses.running(session);
      const outcome = await play(run.turn, takeFirst(session, world.steering), scripts);
      if (run.abandoned) break;
      run.turn.close();
      finish(session, { run, outcome, world });
      runs.delete(session.id);
    }
    runs.delete(session.id);
  };

  return {
    accept(session, events) {
      checkSend(events, sendState(session));
      const parked = session.stop?.type === 'requires_action';
      const before = openCalls(session.calls).length;
      const accepted = events.map((event) => acceptOne(session, event));
      const left = openCalls(session.calls).length;
      const interrupted = events.some((event) => event.type === 'user.interrupt');
      // Some but not all answered: idle again, with what is left.
      if (parked && !interrupted && left > 0 && left < before) {
        const event_ids = world.faults.takeEmptyEventIds() ? [] : actionWindow(session.calls);
        world.statuses.idle(session, { type: 'requires_action', event_ids });
      }
      runs.get(session.id)?.turn.wake();
      void startTurns(session);
      return accepted;
    },
    budgetChanged(session) {
      if (session.stop?.type !== 'budget_reached' || isOverBudget(session)) return;
      const run = runs.get(session.id);
      run?.turn.wake();
    },
    abandon(session) {
      const run = runs.get(session.id);
      if (!run) return;
      run.abandoned = true;
      run.turn.interrupt();
    },
  };
}

/** In absorb mode a burst is one turn; otherwise each message is its own. */
function takeFirst(session: Session, steering: 'absorb' | 'own-turn'): Words[] {
  if (steering === 'absorb') return takeQueue(session, session.queue.length);
  const first = session.queue.findIndex(isSpoken);
  const next = session.queue[first + 1];
  return takeQueue(session, first + (next?.type === 'system.message' ? 2 : 1));
}

async function play(turn: Turn, said: Words[], scripts: Script[]): Promise<Outcome> {
  try {
    for (const words of said) await answerWith(scripts, turn, words);
    for (let words = turn.nextUnanswered(); words; words = turn.nextUnanswered()) {
      await answerWith(scripts, turn, words);
    }
    return { type: 'idle', stop: { type: 'end_turn' } };
  } catch (error) {
    if (error instanceof TurnOver) return error.outcome;
    // A broken script is a failed turn, told the way the platform tells one.
    turn.fail(error instanceof Error ? error.message : String(error));
    return { type: 'exhausted' };
  }
}

async function answerWith(scripts: Script[], turn: Turn, words: Words): Promise<void> {
  const script = scripts.find((one) => one.matches(words.text, words.files));
  const agent = turn.answer(words);
  if (!script) return agent.say('None of the scripts I was given answers that.');
  await script.run(agent);
}

const STOPS = { interrupted: 'end_turn', exhausted: 'retries_exhausted' };

function finish(session: Session, { run, outcome, world }: { run: Run; outcome: Outcome; world: TurnWorld }): void {
  for (const id of run.interrupts) session.log.stamp(id);
  if (outcome.type === 'terminated') {
    session.queue = [];
    world.statuses.terminated(session);
    return;
  }
  // What was queued behind a turn that died is lost and has to be sent again.
  if (outcome.type === 'exhausted') {
    session.queue = [];
  }
  const end = outcome.type === 'idle' ? outcome : { stop: { type: STOPS[outcome.type] }, details: undefined };
  world.statuses.idle(session, end.stop, end.details);
}

function answer(session: Session, id: string, given: Answer): void {
  const call = session.calls.get(id);
  if (call?.state !== 'open') return;
  call.state = 'answered';
  call.answer = given;
}

function confirmation(event: Extract<SentEvent, { type: 'user.tool_confirmation' }>): Answer {
  return event.result === 'allow' ? { type: 'allow' } : { type: 'deny', message: event.deny_message ?? undefined };
}

function resultAnswer(event: Extract<SentEvent, { type: 'user.custom_tool_result' }>): Answer {
  const texts = (event.content ?? []).flatMap((block) => (block.type === 'text' ? [block.text] : []));
  return { type: 'result', text: texts.join('\n'), isError: event.is_error ?? false };
}

function sendState(session: Session) {
  return {
    sessionId: session.id,
    archived: session.archivedAt !== null,
    terminated: session.status === 'terminated',
    capped: session.stop?.type === 'budget_reached',
    waiting: session.stop?.type === 'requires_action',
    calls: session.calls,
    threadIds: [session.threadId, ...session.children.map((thread) => thread.id)],
  };
}
