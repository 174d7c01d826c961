import { assertNever } from '../../thread/assert-never.ts';
import type { Card, CardBody } from '../../thread/question.ts';
import { actionId } from '../gate/actions.ts';
import { contextBlock, type MessageContent, sectionBlock } from '../reply/message.ts';
import { dollars } from '../reply/words.ts';
import { actionsBlock, type Button, button, expiryWords, type Look, openWords, readable } from './look.ts';
import { briefBudgetOutcome, standing } from './outcome-words.ts';
import { forWhom } from './people-words.ts';

export type BudgetBody = Extract<CardBody, { type: 'budget' }>;

const MAX_STEPS = 10;

/** The message of a budget that is used up: how much, and by how much it may be raised. */
export function budgetContent(card: Card, body: BudgetBody, { isFirst }: Look): MessageContent {
  const outcome = card.state === 'closed' && card.outcome ? briefBudgetOutcome(card.outcome) : standing(card);
  const isOpen = card.state === 'open';
  const whom = forWhom(card, { isFirst });
  const head = [
    `*${spent(body.scope)}*`,
    `${dollars(body.usedCents)} of ${dollars(body.capCents)} list price${whom ? `, ${whom}` : ''}`,
  ].join('\n');
  const tail = isOpen ? `${waiting(body.scope)}\n${openWords(card)}` : '';
  const expiry = isOpen ? expiryWords(card) : [];
  return {
    text: readable([outcome, head, tail, ...expiry]),
    blocks: [
      ...(outcome ? [sectionBlock(outcome)] : []),
      sectionBlock(head),
      ...(isOpen ? [sectionBlock(tail), actionsBlock(buttons(card, body))] : []),
      ...expiry.map(contextBlock),
    ],
  };
}

export function spent(scope: BudgetBody['scope']): string {
  switch (scope) {
    case 'thread':
      return 'The budget of this thread is used up';
    case 'person':
      return "A person's budget for today is used up";
    case 'channel':
      return 'The budget of this channel for today is used up';
    default:
      return assertNever(scope);
  }
}

/** The budget of a day stands only against what is new; no turn under way is stopped for it. */
function waiting(scope: BudgetBody['scope']): string {
  return scope === 'thread'
    ? 'The agent waits, and messages are held until it is raised.'
    : 'Nothing new is begun, and messages are held until it is raised.';
}

function buttons({ id }: Card, { scope, stepsCents }: BudgetBody): Button[] {
  const steps = [...new Set(stepsCents)].filter((cents) => Number.isInteger(cents) && cents > 0).slice(0, MAX_STEPS);
  return [
    ...steps.map((cents) => {
      const label = `Raise by ${dollars(cents)}`;
      return button(label, { action: actionId('raise', cents), speak: `${label}: budget of this ${scope}`, value: id });
    }),
    button('Leave it', { action: actionId('leave'), speak: `Leave the budget of this ${scope} as it is`, value: id }),
  ];
}
