import type { KnownBlock } from '@slack/types';
import type { BatchPiece, QuestionPiece } from '../../thread/view.ts';
import { type MessageContent, sectionBlock } from './message.ts';

/** The message of a question. */
export function cardContent({ card }: QuestionPiece): MessageContent {
  const text = card.body.type === 'tool' ? card.body.title : card.body.type;
  return { text, blocks: [sectionBlock(text)] satisfies KnownBlock[] };
}

/** The message that decides several questions at once. */
export function batchContent({ cards }: BatchPiece): MessageContent {
  const text = `${cards.length} requests are open.`;
  return { text, blocks: [sectionBlock(text)] };
}
