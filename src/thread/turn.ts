import type { SessionFault, StopReason, ToolCall } from './event.ts';
import type { SlackTs } from './ids.ts';
import type { BudgetSubject, Standing, Subject } from './question.ts';
import type { Notice, NoticePiece, Phase, Receipt, StepPiece, TextPiece } from './view.ts';

/**
 * What happens between an input that starts work and the idle that ends it: the state that the fold builds from
 * events. Never mutated.
 */
export interface Turn {
  /** The ts of the message that began it, or the event id when nobody in Slack did. Names its rows in the ledger. */
  key: string;
  phase: Phase;
  /** Why it ended; null until it has. */
  ending: Ending | null;
  pieces: TurnPiece[];
  /** The tool calls by event id, for when their results come. */
  calls: ReadonlyMap<string, Call>;
  /** The agent threads besides the session's own, by id. */
  children: ReadonlyMap<string, string>;
  /** The budgets that were used up in this turn, by occasion. */
  caps: ReadonlyMap<string, BudgetSubject>;
  /** The occasion of the one that nothing goes on because of. */
  capped: string | null;
  /** What the gate says of this turn's questions, by call id or, for budgets, by occasion. */
  standings: ReadonlyMap<string, Standing>;
  /** People's messages the session is known to have, in the order we learned of them. */
  heard: Receipt[];
  /** Those that wait in the inbox until the session may be given them. */
  held: Pick<Receipt, 'ts' | 'author'>[];
  /** `processed_at` of the first and the last status of this turn. */
  startedAt: string | null;
  endedAt: string | null;
  /** When the session waited for answers, in order; the last one may not have ended. */
  waits: readonly Wait[];
  /** Cumulative list cost of the session when the turn began, and now; null when the API gives none. */
  centsBefore: number | null;
  cents: number | null;
  /** The session's cap. */
  capCents: number | null;
  interrupted: boolean;
  /**
   * Who asked to stop, if nothing was sent since. It outlives the turn: what the session begins of itself after a stop,
   * such as a message that was still queued in it, is stopped too.
   */
  stoppedBy: string | null;
  /** It is being interrupted: its end is on its way. */
  isStopping: boolean;
  /** Who had a held message sent instead of an answer to what was open. */
  cancelledBy: string | null;
  /** The session began it by itself after a stop: nobody asked for it. */
  unwanted: boolean;
  /** The newest fault that explains an ending. */
  fault: SessionFault | null;
  /** Previews whose beginning we may have missed: their deltas are not shown, their final is. */
  unsure: ReadonlySet<string>;
  /** Workflow runs still open: the session may start a turn by itself. */
  runs: ReadonlySet<string>;
}

/** What a turn consists of, in the order things happened; the view puts people's cards in their places. */
export type TurnPiece = TextPiece | StepPiece | NoticePiece | CapPiece;

/** Where a budget's card stands. */
interface CapPiece {
  type: 'cap';
  /** The budget's occasion. */
  id: string;
}

export interface Call {
  /** What people, or a tool of ours, must answer before it runs; null: it just runs, and its input may be large. */
  asked: ToolCall | null;
  /** The files that it says it writes to the outputs folder. */
  writes: readonly string[];
  /** When it could begin to run, as far as is known. */
  at: string;
  /** The agent thread that calls, when it is not the session's own. */
  childId: string | null;
  /**
   * What people, or whoever stands for them, said; `error` is a result that is one. `closed`: it has a result without an
   * answer, or will never have one.
   */
  answer: 'not-needed' | 'none' | 'allow' | 'deny' | 'result' | 'error' | 'closed';
  /** The history has its answer or its result; until then we may know better, but whoever reads it again does not. */
  isSettled: boolean;
  /** One of the calls right before it was settled when it came, so that its card stands below theirs. */
  isAfterAnswer: boolean;
}

interface Wait {
  from: string;
  to: string | null;
  /** What it waited for: ids of calls, or the occasion of a budget. */
  on: readonly string[];
}

export type Ending = Exclude<StopReason, 'requires_action'> | 'terminated' | 'notice';

/** What a turn takes over from the one before it. */
export type Before = Pick<Turn, 'cents' | 'capCents' | 'children' | 'heard' | 'runs' | 'stoppedBy'>;

/** Most turns have nothing to put into most of their maps. */
export const NONE: ReadonlyMap<string, never> = new Map<string, never>();
export const NOTHING: ReadonlySet<string> = new Set();

export function newTurn(key: string, before: Before): Turn {
  return {
    key,
    phase: 'starting',
    ending: null,
    pieces: [],
    calls: NONE,
    children: before.children,
    caps: NONE,
    capped: null,
    standings: NONE,
    heard: before.heard.filter((receipt) => receipt.state === 'queued'),
    held: [],
    startedAt: null,
    endedAt: null,
    waits: [],
    centsBefore: before.cents,
    cents: before.cents,
    capCents: before.capCents,
    interrupted: false,
    stoppedBy: before.stoppedBy,
    isStopping: false,
    cancelledBy: null,
    unwanted: before.stoppedBy !== null,
    fault: null,
    unsure: NOTHING,
    runs: before.runs,
  };
}

/** The turn with a sentence from the bridge, said once per id. */
export function note(turn: Turn, id: string, notice: Notice): Turn {
  const piece: NoticePiece = { type: 'notice', id, notice };
  const known = turn.pieces.some((other) => other.type === 'notice' && other.id === id);
  return { ...turn, pieces: known ? turn.pieces.map((p) => (p.id === id ? piece : p)) : [...turn.pieces, piece] };
}

/** The same above the last text, which is what it is about; at the end when there is none. */
export function noteAboveText(turn: Turn, id: string, notice: Notice): Turn {
  const { pieces } = unnote(turn, id);
  const found = pieces.findLastIndex(({ type }) => type === 'text');
  const piece: NoticePiece = { type: 'notice', id, notice };
  return { ...turn, pieces: pieces.toSpliced(found < 0 ? pieces.length : found, 0, piece) };
}

export function unnote(turn: Turn, id: string): Turn {
  if (!turn.pieces.some((piece) => piece.type === 'notice' && piece.id === id)) return turn;
  return { ...turn, pieces: turn.pieces.filter((piece) => piece.type !== 'notice' || piece.id !== id) };
}

/** True while people are waited for, or the session could not be heard, and no longer. */
export function isOnlyForNow({ code }: Notice): boolean {
  return code === 'waiting' || code === 'held' || code === 'unreachable' || code === 'gate-failed';
}

/** The turn closed by the bridge itself, with whatever it had to say. */
export function close(turn: Turn): Turn {
  return { ...turn, phase: 'ended', ending: 'notice' };
}

/** A person asks for something after a stop: what comes now is wanted. */
export function wantAgain(turn: Turn): Turn {
  return { ...turn, stoppedBy: null };
}

/** The session has this message, so it must never be sent again. */
export function hasHeard(turn: Turn, { ts, again = 0 }: Pick<Receipt, 'ts' | 'again'>): boolean {
  return turn.heard.some((receipt) => receipt.ts === ts && (receipt.again ?? 0) >= again);
}

/** The session has taken this message, though we may not have heard so from itself yet. */
export function markSent(turn: Turn, message: { ts: SlackTs; author: string; again?: number }): Turn {
  const { ts, author, again } = message;
  const held = turn.held.filter((other) => other.ts !== ts);
  if (hasHeard(turn, message)) return { ...turn, held };
  const receipt: Receipt = { ts, author, state: 'queued', ...(again !== undefined && { again }) };
  return { ...turn, held, heard: [...turn.heard.filter((other) => other.ts !== ts), receipt] };
}

/** The session cannot be given this message yet, and people are to see that. */
export function keepWaiting(turn: Turn, { ts, author }: { ts: SlackTs; author: string }): Turn {
  return turn.held.some((other) => other.ts === ts) ? turn : { ...turn, held: [...turn.held, { ts, author }] };
}

/** People whose messages this turn has, the first one first. */
export function writersOf({ heard }: Turn): string[] {
  return [...new Set(heard.flatMap(({ author }) => author ?? []))];
}

/** Nothing goes on before this budget is raised. */
export function cap(turn: Turn, subject: BudgetSubject): Turn {
  const { occasion } = subject;
  const pieces: TurnPiece[] = turn.caps.has(occasion) ? turn.pieces : [...turn.pieces, { type: 'cap', id: occasion }];
  return { ...turn, phase: 'waiting', capped: occasion, caps: new Map([...turn.caps, [occasion, subject]]), pieces };
}

/** The budget stands in the way no longer; what had begun goes on by itself, and until then it takes no message. */
export function uncap(turn: Turn): Turn {
  if (turn.capped === null) return turn;
  return { ...turn, phase: turn.startedAt === null ? 'starting' : 'waiting', capped: null };
}

/** What names a question within its thread: the call's id, or the budget's occasion. */
export function keyOf(subject: Subject): string {
  return subject.type === 'tool' ? subject.callId : subject.occasion;
}

/** All that this turn has asked of people, answered or not, in order. */
export function questionsOf({ calls, children, caps }: Turn): Subject[] {
  const asked: Subject[] = [];
  for (const [callId, { asked: tool, childId }] of calls) {
    if (tool) asked.push({ type: 'tool', callId, tool, child: nameOf(children, childId) });
  }
  return [...asked, ...caps.values()];
}

function nameOf(children: Turn['children'], childId: string | null): string | null {
  return childId === null ? null : (children.get(childId) ?? 'another agent');
}

/** This stands in the way of the session, as far as we know. */
export function isUnanswered({ calls, capped }: Turn, subject: Subject): boolean {
  return subject.type === 'budget' ? subject.occasion === capped : calls.get(subject.callId)?.answer === 'none';
}

/** The session waits, though all that we know of is answered: it is about to go on. */
export function isAboutToGoOn(turn: Turn): boolean {
  const questions = questionsOf(turn);
  if (turn.pieces.some((piece) => piece.type === 'notice' && piece.notice.code === 'waiting')) return false;
  return questions.length > 0 && !questions.some((subject) => isUnanswered(turn, subject));
}

/** The turn with what the gate says of one of its questions. */
export function stand(turn: Turn, key: string, standing: Standing): Turn {
  return { ...turn, standings: new Map([...turn.standings, [key, standing]]) };
}

/** The stream dropped: what is half said may have gaps from here on, so it grows no further until its final comes. */
export function loseTrack(turn: Turn): Turn {
  const previews = turn.pieces.filter((piece) => piece.type === 'text' && piece.state === 'preview');
  return { ...turn, unsure: new Set([...turn.unsure, ...previews.map((piece) => piece.id)]) };
}

/** The session may go on by itself although the turn has ended: a message still waits in it, or a workflow run is open. */
export function mayGoOn(turn: Turn): boolean {
  return turn.runs.size > 0 || turn.heard.some((receipt) => receipt.state === 'queued');
}
