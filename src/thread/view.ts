import type { UnreadWhy } from './file-ports.ts';
import type { Unposted } from './files/outgoing.ts';
import type { SlackTs } from './ids.ts';
import type { Card } from './question.ts';

/** What a reply shows of a turn: plain data in the order things happened. Renderers project it; they decide nothing. */
export interface View {
  phase: Phase;
  pieces: Piece[];
  /** People's messages that steer this turn, and whether the agent has taken them up. */
  receipts: Receipt[];
  /** Present once the turn has ended. */
  footer?: Footer;
}

/**
 * `starting` nothing heard yet · `working` · `retrying` the agent's side recovers by itself · `waiting` for people ·
 * `ended`.
 */
export type Phase = 'starting' | 'working' | 'retrying' | 'waiting' | 'ended';

export type Piece = TextPiece | StepPiece | NoticePiece | QuestionPiece | BatchPiece;

export interface TextPiece {
  type: 'text';
  /** The `agent.message` event's id, the same for preview and final. */
  id: string;
  /** Markdown, as the model wrote it: untrusted. */
  text: string;
  /** `cut`: the final never came (interrupted or failed); the text is what was heard of it. */
  state: 'preview' | 'final' | 'cut';
}

/** One tool call in words. */
export interface StepPiece {
  type: 'step';
  /** The tool-use event's id. */
  id: string;
  /** One line such as `bash · npm test`: untrusted plain text, never JSON. */
  title: string;
  /** `denied`, `declined`, `expired`: it did not fail; people, or the policy, did not let it run. */
  state: 'running' | 'waiting' | 'done' | 'failed' | 'stopped' | 'denied' | 'declined' | 'expired';
  /** How long it ran, once it has ended; the wait for people does not count. */
  tookMs?: number;
}

/** A sentence from the bridge itself. */
export interface NoticePiece {
  type: 'notice';
  /** Unique within the turn and the same after a restart. */
  id: string;
  notice: Notice;
}

/** A question to people: a message of its own that changes until the question is closed. */
export interface QuestionPiece {
  type: 'question';
  /** The question's id. */
  id: string;
  card: Card;
}

/** Several open tool calls, to be decided all at once; gone when fewer than two are open. */
export interface BatchPiece {
  type: 'batch';
  /** Unique within the turn and the same after a restart. */
  id: string;
  cards: Card[];
}

export type Notice =
  | { code: 'hello' }
  | { code: 'nothing-running' }
  /** A new session replaced one that had ended; `remembers` says whether it was given the thread so far. */
  | { code: 'new-session'; remembers: boolean }
  | { code: 'context-cut'; leftOut: number }
  /** Files of a message that the agent does not get. */
  | { code: 'files-unread'; files: { name: string; why: UnreadWhy }[] }
  /** Files of the agent that people do not get; some may work at another try. */
  | { code: 'files-unposted'; files: Unposted[] }
  /** `as`: what the agent knows it as. */
  | {
      code: 'files';
      given: { name: string; size: number; as: string }[];
      made: { name: string; version: number; size: number }[];
    }
  /** The session waits for something that we know nothing of. */
  | { code: 'waiting' }
  /** A message waits in the inbox; while it waits for an answer, or a tool of ours, it may be sent instead of that. */
  | { code: 'held'; until: 'answer' | 'tool' | 'budget' }
  | { code: 'stopped'; by: string | null }
  /** Messages waited so long that people are asked whether they are still to be answered; `choice` is what they said. */
  | { code: 'late'; messages: number; waitedMs: number; choice: { by: string; what: 'answer' | 'skip' } | null }
  /** Nobody was there for a while, and messages waited because of that. */
  | { code: 'away'; awayMs: number; messages: number }
  /** The agent ended this turn while nobody was there; `isOld`: so long ago that it must not pass for new. */
  | { code: 'late-answer'; awayMs: number; ageMs: number; isOld: boolean }
  /** The open request was cancelled so that a held message could be sent. */
  | { code: 'cancelled'; by: string | null }
  /** The session lost messages that waited in it; they are sent again. */
  | { code: 'sent-again'; count: number }
  /** Held messages that are not going to be sent, because the budget stays as it is. */
  | { code: 'not-sent'; count: number; why: 'budget' | 'stopped' }
  /** What people decided, or are to decide, cannot be kept or read now; it is tried again. */
  | { code: 'gate-failed'; retryInMs: number }
  | { code: 'failed'; fault: string | null }
  | { code: 'budget-reached' }
  | { code: 'refusal' }
  | { code: 'terminated'; fault: string | null }
  | { code: 'ended-oddly' }
  | { code: 'mcp-failed'; server: string; auth: boolean }
  | { code: 'repository-failed'; repository: string | null }
  /** The agents API cannot be reached; what was written is kept and tried again. */
  | { code: 'unreachable'; retryInMs: number }
  /** It could not be reached for so long that the message was given up. */
  | { code: 'undelivered' }
  /** The agents API refuses what we ask and will go on refusing: an operator must act. */
  | { code: 'misconfigured'; what: 'credentials' | 'agent' | 'request' }
  | { code: 'internal'; errorId: string };

export interface Receipt {
  ts: SlackTs;
  /** Who wrote the message; null when the session's history does not say. */
  author: string | null;
  state: 'queued' | 'seen';
  /** The piece that the agent had come to when it took the message up: what comes after it answers the message too. */
  after?: string;
  /** How often it had been sent before. */
  again?: number;
}

export interface Footer {
  tookMs: number;
  tools: number;
  /** List cost of this turn in cents; null when the API gives none. */
  cents: number | null;
}
