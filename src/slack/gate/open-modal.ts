import type { ModalView } from '@slack/types';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { refusalOf } from '../reply/refusal.ts';
import type { Answering, GateClick } from './click.ts';
import { inTime } from './in-time.ts';
import { loadingModal, updateIfOpen, wordsModal } from './modal.ts';

/** A modal to open, or why it is not opened. */
export type Made = { view: ModalView } | { words: string };

/** A click opens a modal within three seconds or not at all; this leaves most of them to the way to Slack. */
const MAKE_WITHIN_MS = 1_000;

const BROKEN_WORDS = 'I could not open that just now. Nothing was changed: press again in a moment.';

/**
 * Opens a modal for a click. One that takes long to make is opened empty first; a reason against it is told to the one
 * who clicked. Gives the modal's id once it shows what was made, else null.
 */
export async function openModal(
  click: GateClick,
  making: Promise<Made>,
  { answering, clock, log }: { answering: Answering; clock: Clock; log: Logger },
): Promise<string | null> {
  const { tell, client } = answering;
  const [question] = click.questions;
  const made = making.catch((error: unknown): Made => {
    log.error({ err: error, verb: click.verb }, 'modal not made');
    return { words: BROKEN_WORDS };
  });
  const soon = await inTime(made, { clock, withinMs: MAKE_WITHIN_MS });
  if (!soon.late && 'words' in soon.result) {
    await tell(soon.result.words);
    return null;
  }
  const first = soon.late || 'words' in soon.result ? loadingModal(question) : soon.result.view;
  const viewId = await client.views.open({ trigger_id: click.trigger, view: first }).then(
    ({ view }) => view?.id ?? null,
    (error: unknown) => {
      log.warn({ reason: refusalOf(error), verb: click.verb }, 'modal not opened');
      return null;
    },
  );
  if (viewId === null) {
    await tell(BROKEN_WORDS);
    return null;
  }
  if (!soon.late) return viewId;
  const last = await made;
  const isMade = 'view' in last;
  const stands = await updateIfOpen(client, viewId, {
    view: isMade ? last.view : wordsModal(question, last.words),
  });
  return isMade && stands ? viewId : null;
}
