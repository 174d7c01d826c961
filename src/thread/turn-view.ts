import type { Turn } from './turn.ts';
import type { Footer, View } from './view.ts';

/** What a reply shows of a turn. */
export function view(turn: Turn): View {
  // The message that began the turn is answered by the turn itself; only those that steer it get a receipt.
  const receipts = turn.heard.filter((receipt) => receipt.ts !== turn.key);
  if (isUnseen(turn)) return { phase: 'ended', pieces: [], receipts };
  return {
    phase: turn.phase,
    pieces: turn.pieces,
    receipts,
    ...(turn.phase === 'ended' && turn.startedAt !== null ? { footer: footer(turn, turn.startedAt) } : {}),
  };
}

/** Begun after a stop and stopped as well, before anything came of it: one stop should read as one. */
function isUnseen({ unwanted, ending, pieces }: Turn): boolean {
  const isOrdinary = ending === null || ending === 'end_turn';
  return unwanted && isOrdinary && !pieces.some((piece) => piece.type === 'text' && piece.state === 'final');
}

function footer(turn: Turn, startedAt: string): Footer {
  const { cents, centsBefore, endedAt } = turn;
  return {
    tookMs: endedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
    tools: turn.calls.size,
    cents: cents === null ? null : Math.max(0, cents - (centsBefore ?? 0)),
  };
}
