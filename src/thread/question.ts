import type { ToolCall } from './event.ts';
import type { SessionId, ThreadId } from './ids.ts';

/** Names a question for ever; opaque to everybody but the gate. Buttons carry it and nothing else. */
export type QuestionId = string & { readonly QuestionId: never };

/** Something that waits for people. Plain JSON. */
export interface Question {
  thread: ThreadId;
  /** Null: none is needed, as for a budget of a day. */
  session: SessionId | null;
  subject: Subject;
  /** Whose messages led to it, the first one first; empty when nobody in Slack did. */
  requesters: string[];
}

export type Subject = ToolSubject | BudgetSubject;

/** A tool call: one that the session waits for people with, or a custom tool that only we can run. */
export interface ToolSubject {
  type: 'tool';
  /** The tool-use event's id. */
  callId: string;
  tool: ToolCall;
  /** The agent thread that asks, when it is not the session's own. */
  child: string | null;
}

/** A budget that is used up. Amounts are cents of list cost. */
export interface BudgetSubject {
  type: 'budget';
  scope: 'thread' | 'person' | 'channel';
  /** What the budget belongs to, and since when: unique per occasion. */
  occasion: string;
  usedCents: number;
  capCents: number;
}

/** What a person may say to a question. */
export type Choice =
  | { type: 'approve'; forThread: boolean }
  | { type: 'deny'; reason: string | null }
  /** One of the choices that stand on the card as buttons. */
  | { type: 'pick'; value: string }
  /** A form filled in: by field name, as Slack gives it. */
  | { type: 'answer'; values: FormValues }
  /** The person will not answer. */
  | { type: 'decline' }
  /** Raises the budget by one of the steps on the card. */
  | { type: 'raise'; byCents: number }
  | { type: 'leave' };

export type FormValues = Record<string, string | string[] | null>;

/** What the session, or whoever waits, is to be told. */
export type Answer =
  | { type: 'confirmation'; allow: true }
  | { type: 'confirmation'; allow: false; message: string }
  | { type: 'result'; text: string; isError: boolean }
  | { type: 'raise'; toCents: number }
  | { type: 'leave' }
  /** Nobody decided, and then the session is to be interrupted. */
  | { type: 'stop' };

/** Where a question stands. */
export interface Standing {
  id: QuestionId;
  /** What people see of it; null when nobody is asked, because the policy or a tool of ours answers. */
  card: Card | null;
  /** Decided: to be given to the session, and then reported with `Gate.answered`. */
  answer: Answer | null;
  /** A handler of ours is running; the thread is woken when it has ended. */
  busy: boolean;
  /** Nothing can come of it any more. */
  isClosed: boolean;
  /** When something is due (a reminder, the expiry), in ms since the epoch: consider it again then. */
  dueAt: number | null;
}

/** What people see of a question: plain data, all of it safe to show once Slack's own escaping is done. */
export interface Card {
  id: QuestionId;
  /** `open`: people may decide · `sending`: decided, the session has not been told yet · `closed`. */
  state: 'open' | 'sending' | 'closed';
  body: CardBody;
  requesters: string[];
  /** Who may decide now, for words; the gate itself checks every click. */
  audience: Audience;
  /** How many approvals it takes. */
  quorum: number;
  approvals: Approval[];
  /** ms since the epoch. */
  expiresAt: number | null;
  /** What happens then. */
  onExpiry: 'deny' | 'stop';
  outcome: Outcome | null;
  /** Reminders and escalations so far, oldest first. */
  nudges: Nudge[];
}

export type CardBody =
  | {
      type: 'tool';
      tool: Pick<ToolCall, 'kind' | 'name' | 'server'>;
      /** One line that says what the call does. */
      title: string;
      child: string | null;
      /** Of the input as it will run, with secrets masked. */
      excerpt: Shown;
      /** True when the excerpt is not all of it. */
      isCut: boolean;
      /** It can be approved only by somebody who opened it in full. */
      mustOpen: boolean;
      /** How many secrets are masked. */
      masked: number;
      /** SHA-256, hex, of the canonical JSON (RFC 8785) of the input, unmasked. */
      hash: string;
      offersThread: boolean;
    }
  | {
      type: 'form';
      question: string;
      form: Form;
      /** The whole form as buttons, when it is one choice among a few. */
      buttons: Option[] | null;
      /** The one person who is asked. */
      person: string;
    }
  | {
      type: 'budget';
      scope: BudgetSubject['scope'];
      usedCents: number;
      capCents: number;
      stepsCents: number[];
    };

/** Text to be shown as it is, in a fixed-width font; invisible characters in it are already made visible. */
export interface Shown {
  format: 'text' | 'diff';
  text: string;
}

/** Who may decide. `members`: full members of the thread's channel. */
export interface Audience {
  users: string[];
  /** Slack user groups, `S…`. */
  groups: string[];
  members: boolean;
  requesters: boolean;
  /** The requesters may not, even if they are named above. */
  notRequesters: boolean;
}

export interface Approval {
  by: string;
  /** ms since the epoch. */
  at: number;
  forThread: boolean;
}

export interface Outcome {
  result:
    | 'approved'
    | 'denied'
    | 'answered'
    | 'declined'
    | 'expired'
    /** A stop, or a message that was sent instead. */
    | 'cancelled'
    /** Answered elsewhere, or the session went on without it. */
    | 'moot'
    | 'raised'
    | 'left';
  /** Empty when no person did. */
  by: string[];
  at: number;
  reason: string | null;
  /** What was answered or raised, in words. */
  detail: string | null;
  forThread: boolean;
}

export interface Nudge {
  /** Unique within the question and the same after a restart. */
  id: string;
  type: 'reminder' | 'escalation';
  /** Who is asked by it. */
  audience: Audience;
  expiresAt: number | null;
}

/** A form for a person to fill in. */
export interface Form {
  fields: Field[];
}

export interface Option {
  label: string;
  value: string;
}

export type Field = FieldBase & FieldKind;

interface FieldBase {
  /** Where its value goes: a property's name, nested ones with a dot. */
  name: string;
  label: string;
  hint: string | null;
  required: boolean;
}

export type FieldKind =
  | { type: 'text'; multiline: boolean; minLength: number | null; maxLength: number | null; initial: string | null }
  | { type: 'number'; integer: boolean; minimum: number | null; maximum: number | null; initial: string | null }
  | { type: 'choice'; options: Option[]; initial: string | null }
  | { type: 'choices'; options: Option[]; initial: string[] }
  /** `2026-01-31`, `14:30`, RFC 3339. */
  | { type: 'date' | 'time' | 'datetime'; initial: string | null }
  | { type: 'email' | 'url'; initial: string | null }
  | { type: 'person' | 'people' }
  /** Whatever has no field of its own, as JSON text. */
  | { type: 'json'; initial: string | null };

/** What came of a person's choice. */
export type Ruling =
  /** It stands, on disk. */
  | { type: 'decided'; outcome: Outcome }
  /** One approval of several. */
  | { type: 'counted'; have: number; need: number }
  /** A form's fields that need another value, by name. */
  | { type: 'invalid'; errors: Record<string, string> }
  | Refused;

/** Nothing was changed. */
export interface Refused {
  type: 'refused';
  why: /** No such question, or one so old that it is forgotten. */
    | 'unknown'
    | 'decided'
    | 'not-asked'
    /** A requester, where requesters may not decide. */
    | 'requester'
    | 'guest'
    | 'bot'
    | 'outsider'
    /** Deactivated, or no longer in the channel. */
    | 'gone'
    | 'approved-before'
    /** The input must be opened in full first. */
    | 'unread'
    /** The card does not offer this. */
    | 'not-offered'
    /** Slack cannot say now who this is. */
    | 'unsure';
  /** How it was decided, for `decided`. */
  outcome: Outcome | null;
  /** Who may decide, for `not-asked` and `requester`. */
  audience: Audience | null;
}
