import type { ModalView } from '@slack/types';
import type { Card } from '../../thread/question.ts';
import { cardLine } from '../cards/card.ts';
import { sectionBlock } from '../reply/message.ts';
import { GATE_VIEWS } from './actions.ts';
import { modal } from './modal.ts';
import type { Submission } from './submissions.ts';

const REASON_BLOCK = 'reason';
const REASON = 'text';

/** Asks why, before something is denied. */
export function denyModal(card: Card): ModalView {
  return modal({
    title: 'Deny with reason',
    question: card.id,
    sends: { label: 'Deny', callbackId: GATE_VIEWS.deny },
    blocks: [
      sectionBlock(cardLine(card)),
      {
        type: 'input',
        block_id: REASON_BLOCK,
        label: { type: 'plain_text', text: 'Why not?', emoji: false },
        hint: { type: 'plain_text', text: 'The agent is told this, and the card shows it.', emoji: false },
        element: { type: 'plain_text_input', action_id: REASON, multiline: true, max_length: 3_000 },
      },
    ],
  });
}

export function reasonOf({ values }: Submission): string | null {
  const field = values[REASON_BLOCK]?.[REASON];
  const value = typeof field === 'object' && field !== null && 'value' in field ? field.value : null;
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
