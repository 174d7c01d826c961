import { assertNever } from '../../thread/assert-never.ts';
import type { Card, Nudge } from '../../thread/question.ts';
import { type MessageContent, sectionBlock } from '../reply/message.ts';
import { cardLine } from './card.ts';
import { readable } from './look.ts';
import { mention, pings } from './people-words.ts';
import { when } from './when.ts';

/** A message below a card that calls those who are asked by it. Says nothing that changes later: it is posted once. */
export function nudgeContent(card: Card, { type, audience, expiresAt }: Nudge): MessageContent {
  const called = card.body.type === 'form' ? mention(card.body.person) : pings(audience, card.requesters);
  const expiry = expiresAt === null ? '' : ` It expires ${when(expiresAt)}.`;
  const act = card.body.type === 'form' ? 'Answer' : 'Decide';
  const words = `${called ? `${called} ` : ''}${lead(type)} ${cardLine(card)}. ${act} on the card above.${expiry}`;
  return { text: readable([words]), blocks: [sectionBlock(words)] };
}

function lead(type: Nudge['type']): string {
  switch (type) {
    case 'reminder':
      return 'Still waiting for an answer.';
    case 'escalation':
      return 'Nobody has decided yet, so I ask you.';
    default:
      return assertNever(type);
  }
}
