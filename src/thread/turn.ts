import type { SessionFault, StopReason, ToolCall } from './event.ts';
import type { SlackTs } from './ids.ts';
import type { Notice, Phase, Piece, Receipt } from './view.ts';

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
  pieces: Piece[];
  /** The tool calls by event id, for when their results come. */
  calls: ReadonlyMap<string, Call>;
  /** People's messages the session is known to have, in the order we learned of them. */
  heard: Receipt[];
  /** `processed_at` of the first and the last status of this turn. */
  startedAt: string | null;
  endedAt: string | null;
  /** Cumulative list cost of the session when the turn began, and now; null when the API gives none. */
  centsBefore: number | null;
  cents: number | null;
  interrupted: boolean;
  /**
   * Who asked to stop, if nothing was sent since. It outlives the turn: what the session begins of itself after a stop,
   * such as a message that was still queued in it, is stopped too.
   */
  stoppedBy: string | null;
  /** The session began it by itself after a stop: nobody asked for it. */
  unwanted: boolean;
  /** The newest fault that explains an ending. */
  fault: SessionFault | null;
  /** Previews whose beginning we may have missed: their deltas are not shown, their final is. */
  unsure: ReadonlySet<string>;
  /** Workflow runs still open: the session may start a turn by itself. */
  runs: ReadonlySet<string>;
}

export interface Call {
  tool: ToolCall;
  at: string;
  /** People have answered, or it never asked. */
  answered: boolean;
}

export type Ending = Exclude<StopReason, 'requires_action'> | 'terminated' | 'notice';

/** What a turn takes over from the one before it. */
export type Before = Pick<Turn, 'cents' | 'heard' | 'runs' | 'stoppedBy'>;

export function newTurn(key: string, before: Before): Turn {
  return {
    key,
    phase: 'starting',
    ending: null,
    pieces: [],
    calls: new Map(),
    heard: before.heard.filter((receipt) => receipt.state === 'queued'),
    startedAt: null,
    endedAt: null,
    centsBefore: before.cents,
    cents: before.cents,
    interrupted: false,
    stoppedBy: before.stoppedBy,
    unwanted: before.stoppedBy !== null,
    fault: null,
    unsure: new Set(),
    runs: before.runs,
  };
}

/** The turn with a sentence from the bridge, said once per id. */
export function note(turn: Turn, id: string, notice: Notice): Turn {
  const piece: Piece = { type: 'notice', id, notice };
  const known = turn.pieces.some((other) => other.type === 'notice' && other.id === id);
  return { ...turn, pieces: known ? turn.pieces.map((p) => (p.id === id ? piece : p)) : [...turn.pieces, piece] };
}

export function unnote(turn: Turn, id: string): Turn {
  return { ...turn, pieces: turn.pieces.filter((piece) => piece.type !== 'notice' || piece.id !== id) };
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
export function hasHeard(turn: Turn, ts: SlackTs): boolean {
  return turn.heard.some((receipt) => receipt.ts === ts);
}

/** The session has taken this message, though we may not have heard so from itself yet. */
export function markSent(turn: Turn, ts: SlackTs): Turn {
  return hasHeard(turn, ts) ? turn : { ...turn, heard: [...turn.heard, { ts, state: 'queued' }] };
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
