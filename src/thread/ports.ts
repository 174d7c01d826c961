import type { Followed } from './event.ts';
import type { FileBlock, Mount } from './file-ports.ts';
import type { Expected } from './files/expected-files.ts';
import type { Unposted } from './files/outgoing.ts';
import type { SessionId, SlackTs, ThreadId } from './ids.ts';
import type { Input, MessageInput } from './input.ts';
import type { Marker } from './marker.ts';
import type { Answer, BudgetSubject } from './question.ts';
import type { Notice, View } from './view.ts';

/** The agent's side, as the conductor needs it. Every method may reject with a SessionError. */
export interface Sessions {
  /** Creates a session once, even when the outcome of the first try is unknown: `key` finds it again. */
  create(spec: SessionSpec): Promise<SessionId>;
  /**
   * Opens the stream, reads the history after `since` (null: all of it), and tells every event once, with
   * `follow.live` after each history read. Reconnects by itself; resolves when the signal has aborted or the session is
   * over.
   */
  follow(session: SessionId, options: FollowOptions): Promise<void>;
  /** Delivers one person's message exactly once, even when the outcome of the first try is unknown. */
  send(session: SessionId, message: OutgoingMessage, options?: SendOptions): Promise<void>;
  /** Stops what the session is doing; harmless when it is idle. */
  interrupt(session: SessionId): Promise<void>;
  /**
   * Answers a tool call that waits for people, at most once, even when the outcome of the first try is unknown.
   * `too-late`: it has another answer, or was closed without one.
   */
  answer(session: SessionId, callId: string, answer: CallAnswer): Promise<'accepted' | 'too-late'>;
  /** Sets the session's cap, in cents of list cost; it goes on by itself. Harmless twice. */
  raise(session: SessionId, toCents: number): Promise<void>;
  /** One page of all sessions there are and were, in one request; `page` as the page before gave it, null: the first. */
  list(page: string | null): Promise<SessionPage>;
}

export interface SessionPage {
  sessions: Sighting[];
  /** Null: there are no more. */
  next: string | null;
}

/** A session as a list shows it. */
export interface Sighting {
  session: SessionId;
  /** The thread it was made for; null: it is none of ours. */
  thread: ThreadId | null;
  /** RFC 3339: it has done nothing since. */
  changedAt: string;
}

export type CallAnswer = Extract<Answer, { type: 'confirmation' | 'result' }>;

interface SendOptions {
  /** In the same request, what the session does or waits for is ended. */
  interrupting?: boolean;
  /** An earlier process may have sent it: it is looked for first. */
  isTried?: boolean;
}

export interface FollowOptions {
  /** RFC 3339, the `processed_at` of the last event that needs no attention any more. */
  since: string | null;
  /** What it did just now may not be listed yet: its history is read again a little later. */
  mayLag?: boolean;
  /** Must not throw. */
  tell(news: Followed): void;
  signal: AbortSignal;
}

export interface SessionSpec {
  thread: ThreadId;
  /** Unique per session wanted: the same key never makes two. */
  key: string;
  title: string;
  /** Whose message it is made for: which agent they get may depend on it. */
  requester: string;
  /** ms since the epoch: an earlier process may have tried since then, so it is looked for first. Null: surely new. */
  triedSince: number | null;
  /** Files the session begins with. */
  mounts?: Mount[];
}

export interface OutgoingMessage {
  marker: Marker;
  /** In order: the thread so far if any, what the person wrote, and the files the model is to look at. */
  blocks: (string | FileBlock)[];
}

/** The durable, ordered list of a thread's inputs not yet applied. */
export interface Inbox {
  /** On disk when it resolves. False: this input was settled before. */
  add(input: Input): Promise<boolean>;
  /** Oldest first. */
  list(thread: ThreadId): Promise<Input[]>;
  /** The input has had its effect: it leaves the inbox, and a late second delivery of it is refused. */
  settle(input: Input): Promise<void>;
  /** Every thread that has something in its inbox. */
  waiting(): AsyncIterable<ThreadId>;
  /** Every thread that an input of the last 30 days is remembered of. */
  seen(): AsyncIterable<Seen>;
}

/** Between which inputs of a thread all that people wrote has reached us, as far as we know. */
export interface Seen {
  thread: ThreadId;
  first: SlackTs;
  last: SlackTs;
}

/** What we must remember of a thread that its session's history cannot give back. */
export interface ThreadRecord {
  session: SessionId | null;
  /** `processed_at` of the last idle whose turn stands complete in Slack. */
  since: string | null;
  /** Cumulative list cost of the session at `since`, in cents. */
  cents: number | null;
  /** The turn under way, still owed to Slack or sure to come; its key never changes. Null: nothing is owed. */
  turn: string | null;
  /** The turn waits for people, and nothing else is owed; null: it does not. */
  parked: Parked | null;
  /** The budgets that this turn was held back by, as far as no history tells of them. */
  caps: BudgetSubject[];
  /** One of them holds it back still: nothing has been tried since. */
  isHeldBack: boolean;
  /** What we said in this turn that no history tells of, each with the piece that it stands behind. */
  notes: { id: string; notice: Notice; after: string | null }[];
  /** Who wrote last: the next reply is for them. */
  recipient: Recipient | null;
  /** How many sessions this thread has had. */
  sessions: number;
  /** What ended turns may have written and people do not have yet; null: nothing. */
  outputs: OwedOutputs | null;
  /** What people were told that they do not have and that another try may bring; null: nothing. */
  unposted: UnpostedOutputs | null;
  /** Names the message that the session was last given, or was about to be: it may have it without anybody knowing. */
  sending: string | null;
  /** Messages that the session has queued behind what it does: it may lose them. */
  queued: MessageInput[];
  /** The card that asks about messages that waited too long; null: there is none. */
  late: LateCard | null;
  /** The end of the last absence that people here were told of, in ms since the epoch. */
  toldAway: number | null;
}

export interface LateCard {
  /** Names the reply that is the card. */
  key: string;
  inputs: SlackTs[];
  /** How long the oldest of them had waited. */
  waitedMs: number;
  choice: { by: string; what: 'answer' | 'skip' } | null;
}

/** How a thread was put down whose turn waits for people. */
export interface Parked {
  /** `processed_at` of the newest event that was heard; null: none was. */
  heardAt: string | null;
}

export interface UnpostedOutputs {
  session: SessionId;
  files: Unposted[];
  /** Names the reply that says so. */
  key: string;
}

export interface OwedOutputs {
  session: SessionId;
  /** Files that the turns said they write, or that were found before and not given. */
  expected: Expected[];
  /** They were written long ago: nothing comes late any more. */
  isLate?: boolean;
}

export interface Recipient {
  user: string;
  team: string;
}

export interface Threads {
  load(thread: ThreadId): Promise<ThreadRecord | undefined>;
  save(thread: ThreadId, record: ThreadRecord): Promise<void>;
  /** Every thread with a turn under way or owed, except for those that only wait for people. */
  unfinished(): AsyncIterable<ThreadId>;
  /** Every thread that only waits for people. */
  parked(): AsyncIterable<ThreadId>;
}

/** What stands in Slack for one turn, written before and after each post so that nothing is posted twice. */
export interface Ledger {
  load(thread: ThreadId, turn: string): Promise<unknown>;
  /** `rows` is plain JSON that only the writer understands, kept as it is now. On disk when it resolves. */
  save(thread: ThreadId, turn: string, rows: unknown): Promise<void>;
}

/** The Slack conversation as the agent should read it. */
export interface Conversation {
  /** A message with its author's name and its mentions and links made readable. */
  read(message: MessageInput): Promise<Spoken>;
  /** What was said in the thread before `before`, newest kept; null when there is nothing. */
  soFar(thread: ThreadId, before: SlackTs): Promise<SoFar | null>;
}

export interface Spoken {
  marker: Marker;
  text: string;
}

export interface SoFar {
  lines: { author: string; text: string }[];
  /** Older messages that did not fit or could not be read. */
  leftOut: number;
}

/** The live rendering of turns in a thread. */
export interface Replies {
  open(thread: ThreadId, options: ReplyOptions): Reply;
  /** Tells one person alone, soon or not at all, that what they chose does not count. Returns at once. */
  refuse(thread: ThreadId, refusal: Refusal): void;
}

/** `not-theirs`: others are asked · `unknown-person`: Slack does not say now who they are. */
export interface Refusal {
  to: string;
  why: 'not-theirs' | 'unknown-person';
}

interface ReplyOptions {
  turn: string;
  /** Whom the reply is for: native streams need a recipient. Null for a turn nobody in Slack began. */
  recipient: Recipient | null;
}

/** What has come further where it stands. */
export type Growth = 'steps' | 'words';

export interface Reply {
  /** Takes the newest view and returns at once; whoever writes next writes this. */
  show(view: View): void;
  /** The newest view only goes further where it stands: it is asked for when the next write is due anyway. */
  grow(what: Growth, view: () => View): void;
  /** Resolves when the newest view stands in Slack. Rejects with a ReplyError when Slack can never show it. */
  settled(): Promise<void>;
  /** Leaves the thread clean without ending the turn: open streams are closed, nothing shows as working. */
  pause(): Promise<void>;
  /** Nobody looks after it any more: what was shown last still comes to Slack, and nothing is repeated after that. */
  letGo(): void;
}

/** Decides which process runs a thread, and when. */
export interface Dispatcher {
  /** Soon, unless it runs already: then the running conductor is told. Forgotten with the process. */
  wake(thread: ThreadId): void;
  /**
   * Once, at `at` (ms since the epoch) or a little later; a later call for the same thread replaces it, and null takes it
   * away. When it resolves, that outlives the process.
   */
  wakeAt(thread: ThreadId, at: number | null): Promise<void>;
  /**
   * Does the work and wakes the thread: in this process or, when it dies after the work has had its effect, in the next
   * one. When the thread cannot be sure to be woken, the work is not done.
   */
  wakeAfter<T>(thread: ThreadId, work: () => Promise<T>): Promise<T>;
}

/** The time at which each thread is to be run next, for a dispatcher without a memory of its own. */
export interface Schedule {
  /** ms since the epoch, or null for never. On disk when it resolves. */
  set(thread: ThreadId, at: number | null): Promise<void>;
  /** The thread has been run: its time is taken away, unless it is after `until`. */
  served(thread: ThreadId, until: number): Promise<void>;
  /** Every thread whose time is after `after`, earliest first. Reads no further than it is read. */
  after(after: number): AsyncIterable<{ thread: ThreadId; at: number }>;
}

/** One run of a thread's conductor; at most one at a time, everywhere. */
export interface Run {
  /** Aborted when the process shuts down. */
  signal: AbortSignal;
  /**
   * Calls back for every wake until the returned function is called. A wake that finds nobody listening starts another
   * run when this one has ended, so a run that stops listening before it returns loses none.
   */
  onWake(listener: () => void): () => void;
}
