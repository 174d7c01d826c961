import { assertNever } from '../../thread/assert-never.ts';
import type { Card } from '../../thread/question.ts';
import type { MessageContent } from '../reply/message.ts';
import { budgetContent, spent } from './budget-card.ts';
import { formContent } from './form-card.ts';
import type { Look } from './look.ts';
import { askedRequesters } from './people-words.ts';
import { code, toolContent, wants } from './tool-card.ts';

const NEWEST: Look = { isFirst: false, isPlain: false };

/** The message of a question, as it stands. */
export function cardContent(card: Card, look: Partial<Look> = {}): MessageContent {
  const full = { ...NEWEST, ...look };
  switch (card.body.type) {
    case 'tool':
      return toolContent(card, card.body, full);
    case 'form':
      return formContent(card, card.body, full);
    case 'budget':
      return budgetContent(card, card.body, full);
    default:
      return assertNever(card.body);
  }
}

/** True when the card names people who are not asked: a post would ping them, an edit does not. */
export function namesOthers(card: Card): boolean {
  return card.body.type !== 'form' && askedRequesters(card).length < card.requesters.length;
}

/** A question in one line of mrkdwn. */
export function cardLine({ body }: Card): string {
  switch (body.type) {
    case 'tool':
      return `${wants(body)}: ${code(body.title)}`;
    case 'form':
      return `The agent asks: ${code(body.question)}`;
    case 'budget':
      return spent(body.scope);
    default:
      return assertNever(body);
  }
}
