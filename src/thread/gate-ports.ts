import type { SessionId, ThreadId } from './ids.ts';
import type { Input } from './input.ts';
import type {
  Answer,
  BudgetSubject,
  Card,
  Choice,
  Form,
  FormValues,
  Option,
  Question,
  QuestionId,
  Refused,
  Ruling,
  Shown,
  Standing,
} from './question.ts';

/** What people must agree to, as the conductor needs it. On disk when a promise resolves. */
export interface Gate {
  /** Where a question stands. Seen for the first time, it is judged by the policy and recorded; what is due is done. */
  consider(question: Question): Promise<Standing>;
  /**
   * Where a question stands that nobody waits for any more: nothing is begun for it, and no tool runs. Null: it was
   * never considered.
   */
  recall(question: Question): Promise<Standing | null>;
  /** The session has taken the answer, or had no use for it any more. Gives the card as it stands now. */
  answered(id: QuestionId, how: 'accepted' | 'too-late'): Promise<Card | null>;
  /** Nobody needs to decide any more; a decision that was made meanwhile came too late. Gives the card as it stands now. */
  close(id: QuestionId, why: { result: 'cancelled' | 'moot'; by: string | null }): Promise<Card | null>;
  /** The budget of a day that stands against giving the agent more work; null when none does. */
  overBudget(place: { thread: ThreadId; author: string; at: number }): Promise<BudgetSubject | null>;
  /** Counts what a turn has cost, once per turn. */
  spent(turn: { thread: ThreadId; key: string; author: string | null; cents: number; at: number }): Promise<void>;
  /** An input has had its effect: for the audit. */
  noted(input: Input, session: SessionId | null): Promise<void>;
}

/** The gate as the front door needs it. Every method may be called by anybody who can see a card. */
export interface Desk {
  /** What the person chose is on disk when it resolves, or nothing has changed. */
  decide(act: { question: QuestionId; by: string; choice: Choice }): Promise<Ruling>;
  /** Whether this person may decide this now: asked before a form is opened. Null: yes. */
  check(act: { question: QuestionId; by: string }): Promise<Refused | null>;
  /** The question as people see it; null when it is unknown. */
  card(question: QuestionId): Promise<Card | null>;
  /** The whole input with secrets masked; null when there is none. */
  inFull(question: QuestionId): Promise<Shown | null>;
  /** This person has seen the whole input. */
  opened(question: QuestionId, by: string): Promise<void>;
}

/** Who people are, as Slack says now. Rejects when Slack cannot say. */
export interface Directory {
  person(user: string): Promise<Person>;
  isMember(channel: string, user: string): Promise<boolean>;
  /** The people of a user group, `S…`. Rejects for one that does not exist. */
  group(group: string): Promise<string[]>;
  /** People of our workspace who are called this: an id, a mention, a display name or a real name. At most ten. */
  find(query: string): Promise<Person[]>;
}

export interface Person {
  id: string;
  name: string;
  /** `member`: a full member of our workspace. `gone`: deactivated or unknown. */
  standing: 'member' | 'guest' | 'bot' | 'outsider' | 'gone';
}

/** What a tool of ours may do in Slack: with the bot's rights, never with a person's. */
export interface Workspace {
  /** The thread's newest messages, oldest first, as the agent should read them. */
  readThread(thread: ThreadId, options: { limit: number }): Promise<{ author: string; text: string; ts: string }[]>;
  /** Markdown, disarmed. Rejects with an error whose message says to the agent what to do. */
  postMessage(message: { channel: string; text: string; threadTs?: string; key: string }): Promise<{ ts: string }>;
}

/** The custom tools there are. */
export interface Tools {
  find(name: string): Tool | undefined;
  names(): string[];
}

export type Tool = HandlerTool | PersonTool;

interface ToolBase {
  name: string;
  description: string;
  /** JSON Schema of the input, `type: object`. */
  inputSchema: Record<string, unknown>;
  /** What is wrong with an input, in words for the agent; null: nothing. */
  check(input: unknown): string | null;
}

/** A tool that code of ours runs. */
export interface HandlerTool extends ToolBase {
  type: 'handler';
  /** Where no rule says otherwise: `ask` people first, or `allow`. */
  people: 'ask' | 'allow';
  timeoutMs: number;
  /** Whether it may run again when the process died while it ran. */
  isRepeatable: boolean;
  /** Settles soon after the signal aborts. A rejection's message is told to the agent. */
  run(input: unknown, context: ToolContext): Promise<string>;
}

export interface ToolContext {
  thread: ThreadId;
  /** Names this call for ever: the same after a restart. */
  callId: string;
  requesters: string[];
  signal: AbortSignal;
  workspace: Workspace;
  directory: Directory;
}

/** A tool that a person is. */
export interface PersonTool extends ToolBase {
  type: 'person';
  ask(input: unknown): { question: string; form: Form; buttons: Option[] | null; person: string | null };
  /** What the person has put in, as the agent gets it, or what is wrong with it. */
  read(input: unknown, values: FormValues): { text: string } | { errors: Record<string, string> };
}

/**
 * Records of the gate by id: plain JSON that only the writer understands. On disk when a promise resolves.
 */
export interface Registry {
  load(id: string): Promise<unknown>;
  /**
   * Reads, lets `change` say what the value is to be, and writes it: atomically, one change of an id at a time.
   * Undefined leaves it as it is. Gives the value that stands now.
   */
  change(id: string, change: (before: unknown) => unknown): Promise<unknown>;
}

/** Append-only; on disk when it resolves. */
export interface Audit {
  record(entry: AuditEntry): Promise<void>;
}

/** Who did what, when, where, concerning which session and event. Inputs and texts only by hash, unless configured. */
export type AuditEntry = {
  /** ms since the epoch. */
  at: number;
  thread: ThreadId;
  session: string | null;
  /** The person, or null for the policy, a timer or the bridge itself. */
  by: string | null;
} & (
  | { type: 'input'; input: Input['type']; ts: string; textHash: string | null; text?: string }
  | {
      type: 'question';
      question: QuestionId;
      subject: 'tool' | 'form' | 'budget';
      event: string | null;
      tool: { kind: string; name: string; server?: string } | null;
      requesters: string[];
      inputHash: string | null;
      /** Only when configured, and with secrets masked. */
      input?: unknown;
    }
  | { type: 'verdict'; question: QuestionId; verdict: 'allow' | 'ask' | 'deny'; rule: string | null }
  | {
      type: 'decision';
      question: QuestionId;
      choice: Choice['type'] | 'expire' | 'cancel' | 'moot';
      reason?: string | null;
      /** The tool is approved for the rest of the thread. */
      forThread?: true;
    }
  | { type: 'refused'; question: QuestionId; why: Refused['why'] }
  | { type: 'opened'; question: QuestionId }
  | { type: 'nudge'; question: QuestionId; nudge: string }
  | {
      type: 'answer';
      question: QuestionId;
      answer: Answer['type'];
      allow: boolean | null;
      how: 'accepted' | 'too-late';
    }
  | { type: 'budget'; question: QuestionId; scope: BudgetSubject['scope']; toCents: number }
);
