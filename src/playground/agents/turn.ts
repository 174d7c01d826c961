import type { Clock } from '../../clock.ts';
import { createCallBook } from './call-book.ts';
import { runChildThread } from './child-thread.ts';
import type { SessionEvent } from './event-log.ts';
import type { FaultPoints } from './faults.ts';
import type { MakeId } from './ids.ts';
import { createModelRequests } from './model-requests.ts';
import type { Sandbox } from './sandbox.ts';
import type { ScriptedTurn } from './script.ts';
import { isOverBudget, type Session } from './session.ts';
import type { SessionStatuses } from './session-status.ts';
import { createToolUses } from './tool-uses.ts';
import { createTurnEnds, spendBudget } from './turn-ends.ts';
import { createTurnWaits } from './turn-waits.ts';
import { readWords, type Words } from './words.ts';

/** What a turn needs of the world around it. */
export interface TurnWorld {
  clock: Clock;
  makeId: MakeId;
  faults: FaultPoints;
  statuses: SessionStatuses;
  pace: number;
  steering: 'absorb' | 'own-turn';
  sandbox: Sandbox;
}

/** A running turn: the script's handle and what the runner steers it with. */
export interface Turn {
  /** The script's view of the turn for one of the messages it answers. */
  answer(words: Words): ScriptedTurn;
  /** A message nobody has answered or heard yet, taken off. */
  nextUnanswered(): Words | undefined;
  interrupt(): void;
  /** Reports that the turn died of something no script meant. */
  fail(message: string): void;
  /** Closes spans and tool calls that an early end left open. */
  close(): void;
  /** Waits for the next budget or answer change to be looked at. */
  wake(): void;
}

export function createTurn(session: Session, world: TurnWorld): Turn {
  const waits = createTurnWaits(world.clock, world.pace);
  const heard: Words[] = [];
  let unanswered: Words[] = [];
  /** Steering: what was sent meanwhile is seen by the next model request. */
  const absorb = () => {
    if (world.steering !== 'absorb') return;
    const words = takeQueue(session, session.queue.length);
    heard.push(...words);
    unanswered.push(...words);
  };
  /** Idle inside a turn until `ready`; the turn goes on where it stopped. */
  const park = async (ready: () => boolean) => {
    await waits.until(ready);
    world.statuses.running(session);
  };
  const beforeRequest = async () => {
    waits.throwIfOver();
    if (isOverBudget(session)) {
      world.statuses.idle(session, { type: 'budget_reached' });
      await park(() => !isOverBudget(session));
    }
    absorb();
  };
  const requests = createModelRequests(session, { ...world, ...waits, beforeRequest });
  const book = createCallBook(session, { ...waits, requests });
  const inner = { ...world, ...waits, book, requests, park };

  return {
    answer: (words) => ({
      ...words,
      signal: waits.signal,
      clock: world.clock,
      session: { id: session.id, title: session.title, files: world.sandbox.files(session) },
      think: requests.think,
      say: requests.say,
      ...createToolUses(session, inner),
      ...createTurnEnds(session, inner),
      wait: waits.wait,
      heard() {
        const news = [...unanswered];
        unanswered = [];
        return { all: [...heard], news };
      },
      spendBudget: () => spendBudget(session),
      emit: (type, fields = {}) => void session.log.append(type, fields),
      child: (options) => runChildThread(session, options, inner),
    }),
    nextUnanswered() {
      absorb();
      return unanswered.shift();
    },
    interrupt: waits.interrupt,
    fail(message) {
      const error = { type: 'unknown_error', message, retry_status: { type: 'exhausted' } };
      session.log.append('session.error', { error });
    },
    close() {
      requests.close();
      book.close();
    },
    wake: waits.wake,
  };
}

/** Takes the first `count` queued events for the agent: each is stamped and sent again. */
export function takeQueue(session: Session, count: number): Words[] {
  const taken = session.queue.splice(0, count);
  for (const event of taken) session.log.stamp(event.id);
  return taken.filter(isSpoken).map(readWords);
}

export function isSpoken(event: SessionEvent): boolean {
  return event.type === 'user.message' || event.type === 'user.define_outcome';
}
