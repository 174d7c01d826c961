import type { Piece, View } from '../../thread/view.ts';

/**
 * What of a view is there to stay, and what begins to show. A view with the same outline differs only in how far steps
 * and a growing text have come: nothing to look at before the next edit is due.
 */
export type Outline = readonly unknown[];

export function outlineOf({ phase, receipts, footer, pieces }: View): Outline {
  const outline: unknown[] = [phase, footer, ...receipts.flatMap(({ ts, state }) => [ts, state])];
  for (const piece of pieces) {
    const mark = markOf(piece);
    if (mark !== null && mark !== outline.at(-1)) outline.push(mark);
  }
  return outline;
}

/** Pieces are never changed, only replaced. */
function markOf(piece: Piece): unknown {
  if (piece.type === 'step') return 'steps';
  if (piece.type === 'question') return piece.card;
  if (piece.type !== 'text' || piece.state !== 'preview') return piece;
  return piece.text === '' ? null : 'words';
}

export function isSameOutline(one: Outline, other: Outline): boolean {
  return one.length === other.length && one.every((mark, index) => mark === other[index]);
}

/** How many characters of texts are being written. */
export function growthOf({ pieces }: View): number {
  let characters = 0;
  for (const piece of pieces) if (piece.type === 'text' && piece.state === 'preview') characters += piece.text.length;
  return characters;
}
