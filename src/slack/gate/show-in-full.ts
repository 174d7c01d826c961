import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Desk } from '../../thread/gate-ports.ts';
import type { Shown } from '../../thread/question.ts';
import type { Answering, GateClick } from './click.ts';
import { fullModal, isLastPage } from './full-modal.ts';
import { updateIfOpen, wordsModal } from './modal.ts';
import { type Made, openModal } from './open-modal.ts';
import { refusedWords, UNKNOWN } from './refused-words.ts';

interface ShowDeps {
  desk: Desk;
  clock: Clock;
  log: Logger;
}

const UNNOTED_WORDS = 'I could not note that you have read all of it. Close this and open it again.';

/** The whole input in a modal, page by page. Whoever has come to the last page has seen all of it. */
export function createShowInFull({ desk, clock, log }: ShowDeps) {
  /** Each page can be reached only from the one before it, so the last one means that all were shown. */
  const seen = async (click: GateClick, { shown, page, viewId, client }: Seen) => {
    if (!isLastPage(shown, page)) return;
    const [question] = click.questions;
    try {
      await desk.opened(question, click.by);
    } catch (error) {
      log.error({ err: error }, 'reading not recorded');
      await updateIfOpen(client, viewId, { view: wordsModal(question, UNNOTED_WORDS) });
    }
  };

  return {
    async open(click: GateClick, answering: Answering): Promise<void> {
      const [question] = click.questions;
      const reading = desk.inFull(question);
      const making = reading.then(
        (shown): Made => (shown ? { view: fullModal(question, { shown, page: 0 }) } : { words: refusedWords(UNKNOWN) }),
      );
      const viewId = await openModal(click, making, { answering, clock, log });
      if (viewId === null) return;
      const shown = await reading;
      if (shown) await seen(click, { shown, page: 0, viewId, client: answering.client });
    },
    async turn(click: GateClick, { client }: Answering): Promise<void> {
      const { view, number: page } = click;
      const [question] = click.questions;
      if (!view || page === null) return;
      const shown = await desk.inFull(question);
      const next = shown ? fullModal(question, { shown, page }) : wordsModal(question, refusedWords(UNKNOWN));
      // Pressed twice, it is turned by the first press.
      const isTurned = await updateIfOpen(client, view.id, { view: next, hash: view.hash });
      if (shown && isTurned) await seen(click, { shown, page, viewId: view.id, client });
    },
  };
}

interface Seen {
  shown: Shown;
  page: number;
  viewId: string;
  client: Answering['client'];
}
