import type { KnownBlock } from '@slack/types';
import type { Card } from '../../thread/question.ts';
import { cut, disarm } from '../reply/disarm.ts';
import { MAX_FALLBACK } from '../reply/message.ts';
import { audienceWords, people } from './people-words.ts';
import { when } from './when.ts';

/** How a card is to look. */
export interface Look {
  /** The first post, which pings whomever it mentions; an edit pings nobody. */
  isFirst: boolean;
  /** Only blocks that every Slack renders. */
  isPlain: boolean;
}

/** Who may decide, and how far they are. */
export function openWords(card: Card): string {
  const { approvals, quorum } = card;
  const who = audienceWords(card.audience, card.requesters);
  const counted = approvals.length > 0 ? `: ${people(approvals.map(({ by }) => by))}` : '';
  return [
    who === 'nobody' ? 'Nobody may decide this: ask whoever runs me to look at the policy.' : `Who may decide: ${who}.`,
    ...(quorum > 1 ? [`${approvals.length} of ${quorum} approvals${counted}.`] : []),
  ].join('\n');
}

/** What happens when nobody decides, and when; at most one sentence. */
export function expiryWords({ expiresAt, onExpiry, body }: Pick<Card, 'expiresAt' | 'onExpiry' | 'body'>): string[] {
  if (expiresAt === null) return [];
  // Only a day's budget has a time, and that brings another.
  if (body.type === 'budget') return [`Otherwise what is held goes ${when(expiresAt)}, when the next day begins.`];
  const denied = { tool: 'it is denied', form: 'the agent is told that nobody answered' };
  const then = onExpiry === 'stop' ? 'the agent is stopped' : denied[body.type];
  return [`Expires ${when(expiresAt)}: without an answer, ${then}.`];
}

export type Button = Extract<Extract<KnownBlock, { type: 'actions' }>['elements'][number], { type: 'button' }>;

export interface ButtonOptions {
  action: string;
  /** What a screen reader says, where the label alone does not tell which request it belongs to. */
  speak: string;
  value: string;
  style?: 'primary' | 'danger';
}

const MAX_LABEL = 75;

export function button(label: string, { action, speak, value, style }: ButtonOptions): Button {
  return {
    type: 'button',
    text: { type: 'plain_text', text: oneLabel(label, 'Choose'), emoji: false },
    action_id: action,
    value,
    accessibility_label: oneLabel(speak, label),
    ...(style ? { style } : {}),
  };
}

export function actionsBlock(elements: Button[]): KnownBlock {
  return { type: 'actions', elements };
}

/** Sentences one below the other, with as much of `excerpt` as a fallback text has room for. */
export function readable(lines: string[], excerpt: (max: number) => string = () => ''): string {
  const said = lines.filter((line) => line !== '').join('\n');
  const room = Math.min(MAX_FALLBACK - said.length - 1, 1_500);
  const shown = room > 50 ? excerpt(room) : '';
  return (shown ? `${said}\n${shown}` : said).slice(0, MAX_FALLBACK);
}

function oneLabel(text: string, otherwise: string): string {
  return cut(disarm(text.replace(/\s+/g, ' ').trim()) || otherwise, MAX_LABEL);
}
