import type { Growth } from './ports.ts';
import type { Turn, TurnPiece } from './turn.ts';

/**
 * How a turn looks beside what was shown of it last. `steps` and `words` have only come further where they stand, and can
 * wait for the next write that is due anyway; whatever else is different is news.
 */
export type Change = 'nothing' | Growth | 'news';

/** What of a turn under way is to be seen, besides its pieces. */
const SEEN = ['key', 'phase', 'unwanted', 'heard', 'held', 'standings', 'caps'] as const satisfies (keyof Turn)[];

/** Makes nothing new: most events of a turn are looked at in this way, and few are shown by themselves. */
export function changeBetween(before: Turn, after: Turn): Change {
  if (after.phase === 'waiting' || after.phase === 'ended' || after.unwanted) return 'news';
  for (const field of SEEN) if (before[field] !== after[field]) return 'news';
  if (after.pieces.length < before.pieces.length) return 'news';
  let change: Change = 'nothing';
  for (let index = 0; index < after.pieces.length; index += 1) {
    const [known, piece] = [before.pieces[index], after.pieces[index] as TurnPiece];
    if (known === piece) continue;
    const one = known ? changeOf(known, piece) : additionTo(after, index);
    if (one === 'news') return 'news';
    if (one === 'words' || change === 'nothing') change = one;
  }
  return change;
}

function changeOf(before: TurnPiece, after: TurnPiece): Change {
  if (before.id !== after.id) return 'news';
  if (before.type === 'step' && after.type === 'step') return 'steps';
  const isGrowing = isPreview(before) && isPreview(after) && before.text !== '' && after.text !== '';
  return isGrowing ? 'words' : 'news';
}

/** One more step below another is no news, unless people's cards stand between them. */
function additionTo({ pieces, standings }: Turn, index: number): Change {
  const piece = pieces[index];
  if (piece && isPreview(piece)) return piece.text === '' && pieces.filter(isPreview).length === 1 ? 'nothing' : 'news';
  const isOneMore = piece?.type === 'step' && pieces[index - 1]?.type === 'step' && standings.size === 0;
  return isOneMore ? 'steps' : 'news';
}

function isPreview(piece: TurnPiece): piece is Extract<TurnPiece, { type: 'text' }> {
  return piece.type === 'text' && piece.state === 'preview';
}
