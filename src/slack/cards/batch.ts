import type { Card } from '../../thread/question.ts';
import type { BatchPiece } from '../../thread/view.ts';
import { actionId } from '../gate/actions.ts';
import { type MessageContent, sectionBlock } from '../reply/message.ts';
import { cardLine } from './card.ts';
import { actionsBlock, button, readable } from './look.ts';
import { code } from './tool-card.ts';

const MAX_LINES = 12;
const MAX_VALUE = 2_000;

/** The message that decides several open questions at once. */
export function batchContent({ cards }: BatchPiece): MessageContent {
  const lines = cards.slice(0, MAX_LINES).map((card, index) => `${index + 1}. ${line(card)}`);
  const left = cards.length - lines.length;
  const head = `*${cards.length} requests are open.* Decide each on its own card above, or all at once here:`;
  const words = [head, ...lines, ...(left > 0 ? [`…and ${left} more`] : [])].join('\n');
  const ids = fitting(cards);
  const which = ids.length === cards.length ? `all ${ids.length}` : `the first ${ids.length}`;
  const value = ids.join(',');
  return {
    text: readable([words]),
    blocks: [
      sectionBlock(words),
      actionsBlock([
        button(`Approve ${which}`, {
          action: actionId('approve-all'),
          speak: `Approve ${which} requests`,
          value,
          style: 'primary',
        }),
        button(`Deny ${which}`, {
          action: actionId('deny-all'),
          speak: `Deny ${which} requests`,
          value,
          style: 'danger',
        }),
      ]),
    ],
  };
}

function line(card: Card): string {
  const { body } = card;
  if (body.type !== 'tool') return cardLine(card);
  return `${code(body.title, 120)}${body.mustOpen ? ' (open it in full first)' : ''}`;
}

/** As many ids as a button's value has room for. */
function fitting(cards: Card[]): string[] {
  const ids: string[] = [];
  let length = 0;
  for (const { id } of cards) {
    length += id.length + 1;
    if (length > MAX_VALUE + 1) break;
    ids.push(id);
  }
  return ids;
}
