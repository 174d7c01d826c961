import type { Card, CardBody } from '../../thread/question.ts';
import { actionId } from '../gate/actions.ts';
import { cut, disarm, safely } from '../reply/disarm.ts';
import { contextBlock, type MessageContent, markdownBlock, plainBlock, sectionBlock } from '../reply/message.ts';
import { actionsBlock, type Button, button, expiryWords, type Look, readable } from './look.ts';
import { standing } from './outcome-words.ts';
import { mention } from './people-words.ts';

export type FormBody = Extract<CardBody, { type: 'form' }>;

const MAX_QUESTION = 6_000;
const MAX_PLAIN = 2_900;
const MAX_SAID = 600;
/** Slack takes 25 buttons in a row of actions; more than these are better chosen in a modal. */
const MAX_BUTTONS = 20;

/** The message of something the agent asks one person. */
export function formContent(card: Card, body: FormBody, look: Look): MessageContent {
  const question = body.question.trim() || 'Please fill in a form.';
  const outcome = standing(card);
  const isOpen = card.state === 'open';
  const head = isOpen ? `${mention(body.person)}, the agent asks you:` : `The agent asked ${mention(body.person)}:`;
  const expiry = isOpen ? expiryWords(card) : [];
  return {
    text: readable([standing(card, MAX_SAID), head, safely(question, 1_500), ...expiry]),
    blocks: [
      sectionBlock(head),
      look.isPlain ? plainBlock(cut(question, MAX_PLAIN)) : markdownBlock(disarm(cut(question, MAX_QUESTION))),
      // An answer is read after its question.
      ...(outcome ? [sectionBlock(outcome)] : []),
      ...(isOpen ? [actionsBlock(buttons(card, body))] : []),
      ...expiry.map(contextBlock),
    ],
  };
}

function buttons({ id }: Card, { question, buttons: options }: FormBody): Button[] {
  const decline = button('Decline', {
    action: actionId('decline'),
    speak: `Decline to answer: ${question}`,
    value: id,
  });
  if (options === null || options.length === 0 || options.length > MAX_BUTTONS) {
    const speak = `Answer: ${question}`;
    return [button('Answer…', { action: actionId('form'), speak, value: id, style: 'primary' }), decline];
  }
  return [
    ...options.map(({ label }, index) =>
      button(label, { action: actionId('pick', index), speak: `Answer: ${label}`, value: id }),
    ),
    decline,
  ];
}
