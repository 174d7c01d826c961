import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { assertNever } from '../../thread/assert-never.ts';
import type { Desk } from '../../thread/gate-ports.ts';
import type { Card, Choice } from '../../thread/question.ts';
import { ackWhenDone } from './ack-when-done.ts';
import type { Answering, GateClick } from './click.ts';
import { decideAll } from './decide-all.ts';
import { denyModal } from './deny-modal.ts';
import { formModal } from './form-modal.ts';
import { type Made, openModal } from './open-modal.ts';
import { BROKEN_WORDS, LATE_WORDS, NOT_OFFERED, OUTSIDER, refusedWords, UNKNOWN } from './refused-words.ts';
import { rulingWords } from './ruling-words.ts';
import { createShowInFull } from './show-in-full.ts';

export interface GateDeps {
  desk: Desk;
  /** The workspace's own team: people of others decide nothing. */
  teamId: string;
  clock: Clock;
  log: Logger;
}

/** What follows from a press of one of the gate's buttons. */
export function createClicks({ desk, teamId, clock, log }: GateDeps) {
  const inFull = createShowInFull({ desk, clock, log });

  /** What was chosen is on disk, or refused, before the acknowledgement. `work` gives what to tell the one who chose. */
  const settle = async (work: Promise<string | null>, { ack, tell }: Answering) => {
    const words = await ackWhenDone(work, { clock, ack, late: () => tell(LATE_WORDS) }).catch((error: unknown) => {
      log.error({ err: error }, 'decision not recorded');
      return BROKEN_WORDS;
    });
    if (words !== null) await tell(words);
  };

  const decide = async ({ questions: [question], by }: GateClick, choice: Choice) =>
    rulingWords(await desk.decide({ question, by, choice }));

  const pick = async (click: GateClick) => {
    const card = await desk.card(click.questions[0]);
    if (!card) return refusedWords(UNKNOWN);
    const option = card.body.type === 'form' ? card.body.buttons?.[click.number ?? -1] : undefined;
    return option ? decide(click, { type: 'pick', value: option.value }) : refusedWords(NOT_OFFERED);
  };

  const all = ({ questions, by }: GateClick, choice: Choice) => decideAll({ questions, by, choice }, { desk, log });

  /** A modal to decide in, for those who may. */
  const ask = async (click: GateClick, { answering, make }: { answering: Answering; make: (card: Card) => Made }) => {
    await answering.ack();
    const { questions, by } = click;
    const [question] = questions;
    const making = Promise.all([desk.check({ question, by }), desk.card(question)]).then(([refused, card]): Made => {
      if (refused) return { words: refusedWords(refused) };
      return card ? make(card) : { words: refusedWords(UNKNOWN) };
    });
    await openModal(click, making, { answering, clock, log });
  };

  return async (click: GateClick, answering: Answering): Promise<void> => {
    if (click.team !== null && click.team !== teamId) {
      await answering.ack();
      return answering.tell(refusedWords(OUTSIDER));
    }
    switch (click.verb) {
      case 'approve':
        return settle(decide(click, { type: 'approve', forThread: false }), answering);
      case 'approve-thread':
        return settle(decide(click, { type: 'approve', forThread: true }), answering);
      case 'deny':
        return settle(decide(click, { type: 'deny', reason: null }), answering);
      case 'pick':
        return settle(pick(click), answering);
      case 'decline':
        return settle(decide(click, { type: 'decline' }), answering);
      case 'raise':
        return settle(decide(click, { type: 'raise', byCents: click.number ?? 0 }), answering);
      case 'leave':
        return settle(decide(click, { type: 'leave' }), answering);
      case 'approve-all':
        return settle(all(click, { type: 'approve', forThread: false }), answering);
      case 'deny-all':
        return settle(all(click, { type: 'deny', reason: null }), answering);
      case 'deny-reason':
        return ask(click, { answering, make: (card) => ({ view: denyModal(card) }) });
      case 'form':
        return ask(click, { answering, make: formOf });
      case 'show':
        await answering.ack();
        return inFull.open(click, answering);
      case 'page':
        await answering.ack();
        return inFull.turn(click, answering);
      default:
        return assertNever(click.verb);
    }
  };
}

function formOf(card: Card): Made {
  return card.body.type === 'form' ? { view: formModal(card, card.body) } : { words: refusedWords(NOT_OFFERED) };
}
