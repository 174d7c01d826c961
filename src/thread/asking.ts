import type { Clock } from '../clock.ts';
import { dropHeld } from './apply.ts';
import { assertNever } from './assert-never.ts';
import type { Incoming } from './files/incoming.ts';
import { answer as answerCall, endCapped } from './fold.ts';
import type { Gate } from './gate-ports.ts';
import type { ThreadId } from './ids.ts';
import type { MessageInput } from './input.ts';
import type { CallAnswer, Inbox, Sessions } from './ports.ts';
import type { Answer, BudgetSubject, Card, Question, Standing, Subject, ToolSubject } from './question.ts';
import type { Stage } from './stage.ts';
import { type Call, close, isUnanswered, keyOf, questionsOf, stand, type Turn, writersOf } from './turn.ts';

/** What the thread asks of people, and what becomes of it. */
export interface Asking {
  /**
   * Looks at every question that is not closed: asks people what is new, does what is due, and gives the session what
   * was decided. Rejects with a SessionError, or with the gate's own error when nothing can be kept.
   */
  settle(): Promise<void>;
  /** The turn is over: nobody has to decide any more. */
  close(): Promise<void>;
  /** A budget of the day stands against beginning this work; people are asked about it. */
  holdsBack(input: MessageInput): Promise<boolean>;
  /** People have been asked all that is open, and nothing of it is to be done by us. */
  isWithPeople(): boolean;
  /** When something is due, in ms since the epoch; null: never. */
  dueAt(): number | null;
}

interface AskingOptions {
  thread: ThreadId;
  stage: Stage;
  gate: Gate;
  sessions: Sessions;
  inbox: Inbox;
  incoming: Incoming;
  clock: Clock;
  /** What was held back may go on. */
  onFreed(): void;
}

export function createAsking(options: AskingOptions): Asking {
  return new ThreadAsking(options);
}

class ThreadAsking implements Asking {
  readonly #options: AskingOptions;
  /** The keys of what is closed; most threads never ask. */
  #closed: Set<string> | null = null;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  async settle(): Promise<void> {
    let failure: { error: unknown } | null = null;
    for (const subject of this.#open()) {
      try {
        await this.#ask(subject);
      } catch (error) {
        // One that cannot be settled must not keep the others waiting.
        failure ??= { error };
        await this.#remember(subject);
      }
    }
    if (failure !== null) throw failure.error;
  }

  async close(): Promise<void> {
    for (const subject of this.#open()) await this.#conclude(subject);
  }

  async holdsBack(input: MessageInput): Promise<boolean> {
    const { thread, stage, gate, clock } = this.#options;
    const { phase, capped, heard } = stage.turn();
    if (capped === null ? phase !== 'starting' || heard.length > 0 : isOfSession(stage.turn())) return false;
    const over = await gate.overBudget({ thread, author: input.author, at: clock.now() });
    if (over === null) {
      await this.#free();
      return false;
    }
    if (stage.session() === null) stage.catchUp();
    await stage.cap(over);
    return true;
  }

  isWithPeople(): boolean {
    const { standings } = this.#options.stage.turn();
    return this.#open().every((subject) => {
      const standing = standings.get(keyOf(subject));
      return standing !== undefined && !standing.busy && standing.answer === null;
    });
  }

  dueAt(): number | null {
    const { standings, isStopping } = this.#options.stage.turn();
    const times = [...standings.values()].flatMap(({ dueAt }) => dueAt ?? []);
    return times.length === 0 || isStopping ? null : Math.min(...times);
  }

  #open(): Subject[] {
    return questionsOf(this.#options.stage.turn()).filter((subject) => !this.#closed?.has(keyOf(subject)));
  }

  #forgo(subject: Subject): void {
    this.#closed ??= new Set();
    this.#closed.add(keyOf(subject));
  }

  #keep(subject: Subject, standing: Standing): void {
    this.#options.stage.change((turn) => stand(turn, keyOf(subject), standing));
    if (standing.isClosed) this.#forgo(subject);
  }

  #questionOf(subject: Subject): Question {
    const { thread, stage } = this.#options;
    const { session, recipient } = stage.record();
    const turn = stage.turn();
    const writers = writersOf(turn);
    const requesters = writers.length > 0 || recipient === null ? writers : [recipient.user];
    return { thread, session, subject, requesters };
  }

  #show(subject: Subject, standing: Standing, card: Card | null): void {
    this.#keep(subject, { ...standing, card, answer: null, busy: false, isClosed: true, dueAt: null });
  }

  async #ask(subject: Subject): Promise<void> {
    const { stage, gate } = this.#options;
    if (!isUnanswered(stage.turn(), subject)) return this.#conclude(subject);
    // Once a stop is on its way, its end is what closes this; an answer now would let the call run all the same.
    if (stage.turn().isStopping) return this.#remember(subject);
    const standing = await gate.consider(this.#questionOf(subject));
    this.#keep(subject, standing);
    if (standing.answer) await this.#give(subject, standing, standing.answer);
  }

  /** Has what people see of it stay in sight, whoever asked it, while nothing may come of it. */
  async #remember(subject: Subject): Promise<void> {
    const { stage, gate } = this.#options;
    if (stage.turn().standings.has(keyOf(subject))) return;
    const standing = await gate.recall(this.#questionOf(subject));
    if (standing) this.#keep(subject, standing);
  }

  async #give(subject: Subject, standing: Standing, answer: Answer): Promise<void> {
    const { thread, stage, gate, inbox, incoming } = this.#options;
    switch (answer.type) {
      case 'confirmation':
      case 'result':
        if (subject.type === 'tool') await this.#tell(subject, standing, answer);
        return;
      case 'raise':
        if (subject.type === 'budget') await this.#raise(subject, standing, answer.toCents);
        return;
      case 'stop':
        await this.#stop();
        return this.#show(subject, standing, await gate.answered(standing.id, 'accepted'));
      case 'leave':
        this.#show(subject, standing, await gate.answered(standing.id, 'accepted'));
        stage.change(subject.type === 'budget' && subject.scope === 'thread' ? endCapped : close);
        return dropHeld(thread, { stage, inbox, gate, incoming, why: 'budget' });
      default:
        assertNever(answer);
    }
  }

  async #tell(subject: ToolSubject, standing: Standing, answer: CallAnswer): Promise<void> {
    const { stage, gate, sessions } = this.#options;
    const session = stage.session();
    if (session === null) return;
    const how = await sessions.answer(session, subject.callId, answer);
    // Its echo may be some time on its way; until then we must not park, nor answer again.
    stage.change((turn) => answerCall(turn, subject.callId, how === 'accepted' ? nameOf(answer) : 'closed'));
    this.#show(subject, standing, await gate.answered(standing.id, how));
  }

  async #stop(): Promise<void> {
    const { stage, sessions } = this.#options;
    const session = stage.session();
    if (session !== null) await sessions.interrupt(session);
    stage.change((turn) => ({ ...turn, isStopping: true }));
  }

  async #raise(subject: BudgetSubject, standing: Standing, toCents: number): Promise<void> {
    const { stage, gate, sessions } = this.#options;
    const session = stage.session();
    if (subject.scope === 'thread' && session !== null) await sessions.raise(session, toCents);
    this.#show(subject, standing, await gate.answered(standing.id, 'accepted'));
    await stage.uncap();
    this.#options.onFreed();
  }

  /** The session goes on without our answer, or has it. What was never asked before needs no asking now. */
  async #conclude(subject: Subject): Promise<void> {
    const { stage, gate } = this.#options;
    const standing = await gate.recall(this.#questionOf(subject));
    if (standing === null) return this.#forgo(subject);
    if (standing.isClosed) return this.#keep(subject, standing);
    const turn = stage.turn();
    if (standing.answer) {
      const how = isGiven(turn, subject, standing.answer) ? 'accepted' : 'too-late';
      return this.#show(subject, standing, await gate.answered(standing.id, how));
    }
    const by = turn.stoppedBy ?? turn.cancelledBy;
    const result = by !== null || turn.interrupted ? 'cancelled' : 'moot';
    this.#show(subject, standing, await gate.close(standing.id, { result, by }));
  }

  /** No budget of the day stands in the way any more, and people see that before the work begins. */
  async #free(): Promise<void> {
    const { stage } = this.#options;
    await stage.uncap();
    const asked = this.#open().filter((subject) => subject.type === 'budget' && subject.scope !== 'thread');
    if (asked.length === 0) return;
    for (const subject of asked) await this.#conclude(subject);
    if (stage.session() === null) stage.catchUp();
    stage.show();
  }
}

/** It is the session itself that has reached its cap. */
function isOfSession({ caps, capped }: Turn): boolean {
  return capped !== null && caps.get(capped)?.scope === 'thread';
}

function nameOf(answer: CallAnswer): Call['answer'] {
  if (answer.type === 'result') return answer.isError ? 'error' : 'result';
  return answer.allow ? 'allow' : 'deny';
}

/** The history has this very answer. */
function isGiven({ calls, interrupted }: Turn, subject: Subject, answer: Answer): boolean {
  if (subject.type === 'budget') return true;
  if (answer.type === 'stop') return interrupted;
  const known = calls.get(subject.callId)?.answer;
  return (answer.type === 'confirmation' || answer.type === 'result') && known === nameOf(answer);
}
