import { isOnlyForNow, isUnanswered, keyOf, questionsOf, type Turn } from './turn.ts';
import type { Footer, NoticePiece, Phase, Piece, QuestionPiece, Receipt, StepPiece, View } from './view.ts';

/** What a reply shows of a turn. */
export function view(turn: Turn): View {
  // The message that began the turn is answered by the turn itself; only those that steer it get a receipt.
  const receipts = [...turn.heard, ...heldBy(turn)].filter((receipt) => receipt.ts !== turn.key);
  if (isUnseen(turn)) return { phase: 'ended', pieces: [], receipts };
  return {
    phase: phaseOf(turn),
    pieces: withCards(turn),
    receipts,
    ...(turn.phase === 'ended' && turn.startedAt !== null ? { footer: footer(turn, turn.startedAt) } : {}),
  };
}

/** Once the turn has ended, what it held is either given up or begins the next. */
function heldBy({ phase, held }: Turn): Receipt[] {
  return phase === 'ended' ? [] : held.map((message) => ({ ...message, state: 'queued' }));
}

/** While only a tool of ours is waited for, nobody has to do anything. */
function phaseOf(turn: Turn): Phase {
  return waitsForTools(turn) ? 'working' : turn.phase;
}

function waitsForTools(turn: Turn): boolean {
  if (turn.phase !== 'waiting') return false;
  const open = questionsOf(turn).filter((subject) => isUnanswered(turn, subject));
  return open.length > 0 && open.every((subject) => turn.standings.get(keyOf(subject))?.busy);
}

/** What a message is held for changes while it is held. */
function asHeld(turn: Turn, piece: NoticePiece): NoticePiece {
  const { notice } = piece;
  const isForTools = notice.code === 'held' && notice.until === 'answer' && waitsForTools(turn);
  return isForTools ? { ...piece, notice: { ...notice, until: 'tool' } } : piece;
}

/**
 * The pieces with people's cards among them: those of calls that came together stand below all of these calls, so that
 * the order never changes, whoever folds the history again. What is said only for now stands below the cards.
 */
function withCards(turn: Turn): Piece[] {
  const pieces: Piece[] = [];
  let asked: QuestionPiece[] = [];
  let forNow: NoticePiece[] = [];
  const settle = () => {
    pieces.push(...asked, ...batchOf(asked), ...forNow);
    asked = [];
    forNow = [];
  };
  for (const piece of turn.pieces) {
    if (piece.type === 'notice' && isOnlyForNow(piece.notice)) {
      forNow.push(asHeld(turn, piece));
      continue;
    }
    if (piece.type !== 'step' || isBelow(turn, piece)) settle();
    if (piece.type === 'cap') {
      pieces.push(...cardOf(turn, piece.id));
      continue;
    }
    pieces.push(piece.type === 'step' ? asDecided(turn, piece) : piece);
    if (piece.type === 'step') asked.push(...cardOf(turn, piece.id));
  }
  settle();
  return pieces;
}

/** For the session, a call that people did not allow or answer has failed. */
function asDecided({ standings }: Turn, step: StepPiece): StepPiece {
  const result = standings.get(step.id)?.card?.outcome?.result;
  const isRefused = result === 'denied' || result === 'declined' || result === 'expired';
  const hasFailed = step.state === 'failed' || step.state === 'denied';
  return hasFailed && isRefused ? { ...step, state: result } : step;
}

function isBelow({ calls }: Turn, { id }: StepPiece): boolean {
  return calls.get(id)?.isAfterAnswer === true;
}

function cardOf({ standings }: Turn, key: string): QuestionPiece[] {
  const card = standings.get(key)?.card;
  return card ? [{ type: 'question', id: card.id, card }] : [];
}

/** Another one when another card stands above it: nobody who is about to press it decides what they have not seen. */
function batchOf(asked: QuestionPiece[]): Piece[] {
  const cards = asked.map(({ card }) => card).filter(({ state, body }) => state === 'open' && body.type === 'tool');
  const last = asked.at(-1);
  return cards.length > 1 && last ? [{ type: 'batch', id: `batch:${last.id}`, cards }] : [];
}

/** Begun after a stop and stopped as well, before anything came of it: one stop should read as one. */
function isUnseen({ unwanted, ending, pieces }: Turn): boolean {
  const isOrdinary = ending === null || ending === 'end_turn';
  return unwanted && isOrdinary && !pieces.some((piece) => piece.type === 'text' && piece.state === 'final');
}

function footer(turn: Turn, startedAt: string): Footer {
  const { cents, centsBefore, endedAt } = turn;
  return {
    tookMs: endedAt === null ? 0 : Math.max(0, elapsedMs(startedAt, endedAt) - waitedMs(turn)),
    tools: turn.calls.size,
    cents: cents === null ? null : Math.max(0, cents - (centsBefore ?? 0)),
  };
}

/** How long people were waited for; a tool of ours that nobody is asked about is work. */
function waitedMs({ waits, standings }: Turn): number {
  const isPeoples = ({ on }: Turn['waits'][number]) => on.some((key) => standings.get(key)?.card);
  return waits.filter(isPeoples).reduce((sum, { from, to }) => sum + (to === null ? 0 : elapsedMs(from, to)), 0);
}

function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
