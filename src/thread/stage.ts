import { newestOf } from './files/expected-files.ts';
import { mayWorkLater } from './files/outgoing.ts';
import { losesQueue } from './fold.ts';
import { changeBetween } from './growth.ts';
import type { SessionId, ThreadId } from './ids.ts';
import { inputKey, type MessageInput } from './input.ts';
import type {
  LateCard,
  OwedOutputs,
  Parked,
  Recipient,
  Replies,
  Reply,
  ThreadRecord,
  Threads,
  UnpostedOutputs,
} from './ports.ts';
import type { BudgetSubject } from './question.ts';
import {
  type Before,
  cap,
  close,
  hasHeard,
  NONE,
  NOTHING,
  newTurn,
  note,
  noteAboveText,
  type Turn,
  uncap,
} from './turn.ts';
import { view } from './turn-view.ts';
import type { Notice } from './view.ts';

/** The turn being played, its reply in Slack, and the thread's record of both. */
export interface Stage {
  turn(): Turn;
  session(): SessionId | null;
  record(): ThreadRecord;
  /** A turn has begun that does not yet stand complete in Slack. */
  owes(): boolean;
  /** The turn has ended, and does not yet stand complete in Slack. */
  hasEnded(): boolean;
  begin(key: string, recipient: Recipient | null): void;
  /** On disk when it resolves: a turn that has begun is picked up again after a crash. */
  remember(): Promise<void>;
  change(next: (turn: Turn) => Turn): void;
  /** Says a sentence within the turn, once per id. On disk when it resolves: no history tells of it. */
  tell(id: string, notice: Notice): Promise<void>;
  /** Nothing goes on before this budget is raised. On disk when it resolves: no history tells of it. */
  cap(subject: BudgetSubject): Promise<void>;
  uncap(): Promise<void>;
  /** Shows the turn, unless it was begun by another process and its history has not been read yet. */
  show(): void;
  /** History has been read: what the turn says now is true now. */
  catchUp(): void;
  /** Begins a turn that says one sentence and ends. */
  say(key: string, options: { notice: Notice; recipient: Recipient }): Promise<void>;
  bind(session: SessionId): Promise<void>;
  /** The session is gone for good: the next message makes another. */
  unbind(): Promise<void>;
  /** Waits until what the turn shows stands in Slack. */
  settled(): Promise<void>;
  /** Waits until the ended turn stands complete in Slack, and then forgets it. */
  finish(): Promise<void>;
  /** The turn that ended may have written files; on disk when it resolves. */
  oweOutputs(outputs: OwedOutputs): Promise<void>;
  /** People have what was owed, unless more has come to be owed since. */
  gaveOutputs(outputs: OwedOutputs): Promise<void>;
  /**
   * Says which files people do not get, and takes back what was said before of those that another try may bring. No
   * files: nothing is missing.
   */
  tellUnposted(unposted: UnpostedOutputs): Promise<void>;
  /**
   * The session is about to be given this message, and may queue it behind what it does. On disk when it resolves. True:
   * it may have been given it before, by whoever did not live to hear so.
   */
  sending(message: MessageInput, options: { isQueueing: boolean }): Promise<boolean>;
  /** It is certain that the session does not have it. */
  notSent(): Promise<void>;
  /** What the session lost with the turn that has ended. */
  lost(): MessageInput[];
  /** Says the card about messages that waited too long, or what has become of it; `last` is the newest of them. */
  sayLate(card: LateCard, last: MessageInput | undefined): Promise<void>;
  /** Nothing waits any more that the card is about. */
  forgetLate(): Promise<void>;
  /** Says within the turn that nobody was there until then. On disk when it resolves. */
  tellAway(until: number, notice: Notice): Promise<void>;
  /** Says that this turn ended while nobody was there until then, above what it came to. */
  tellLateAnswer(until: number, notice: Notice): void;
  /** Nothing of what was to come has come: it is not waited for any more. */
  rest(): Promise<void>;
  /** Only people are waited for: whatever they do wakes the thread, and a restart does not. On disk when it resolves. */
  park(parked: Parked): Promise<void>;
  /** A thread that was parked is picked up; on disk when it resolves. */
  pickUp(): Promise<void>;
  pause(): Promise<void>;
  /** The thread is put down: whoever takes it up again shows the turn anew. */
  letGo(): void;
  /** Ends the turn with a sentence about our own failure; one that is not caught up with is left for another run. */
  breakOff(notice: Notice): Promise<void>;
}

export const FRESH_RECORD: ThreadRecord = {
  session: null,
  since: null,
  cents: null,
  turn: null,
  parked: null,
  caps: [],
  isHeldBack: false,
  notes: [],
  recipient: null,
  sessions: 0,
  outputs: null,
  unposted: null,
  sending: null,
  queued: [],
  late: null,
  toldAway: null,
};

const NO_SESSION = { session: null, since: null, cents: null };
const NOTHING_SAID = { caps: [], isHeldBack: false, notes: [] };

interface StageOptions {
  thread: ThreadId;
  record: ThreadRecord;
  threads: Threads;
  replies: Pick<Replies, 'open'>;
}

/** A stage for what the record says is under way. */
export function createStage(options: StageOptions): Stage {
  return new ThreadStage(options);
}

class ThreadStage implements Stage {
  readonly #thread: ThreadId;
  readonly #threads: Threads;
  readonly #replies: Pick<Replies, 'open'>;
  #record: ThreadRecord;
  #turn: Turn;
  #reply: Reply | null;
  /** What stands in Slack already must not be overwritten by less. */
  #isCaughtUp: boolean;
  #shown: Turn | null = null;

  constructor({ thread, record, threads, replies }: StageOptions) {
    this.#thread = thread;
    this.#threads = threads;
    this.#replies = replies;
    this.#record = record;
    this.#turn = initialTurn(record);
    this.#reply =
      record.turn === null ? null : replies.open(thread, { turn: record.turn, recipient: record.recipient });
    this.#isCaughtUp = record.turn === null;
  }

  turn(): Turn {
    return this.#turn;
  }

  session(): SessionId | null {
    return this.#record.session;
  }

  record(): ThreadRecord {
    return this.#record;
  }

  owes(): boolean {
    return this.#reply !== null;
  }

  hasEnded(): boolean {
    return this.#reply !== null && this.#turn.phase === 'ended';
  }

  begin(key: string, recipient: Recipient | null): void {
    if (this.#reply !== null && this.#turn.key === key) return;
    this.#turn = newTurn(key, this.#turn);
    this.#reply = this.#replies.open(this.#thread, { turn: key, recipient });
    this.#shown = null;
    this.#record = { ...this.#record, ...NOTHING_SAID, turn: key, recipient };
  }

  remember(): Promise<void> {
    return this.#save({});
  }

  change(next: (turn: Turn) => Turn): void {
    this.#turn = next(this.#turn);
  }

  async tell(id: string, notice: Notice): Promise<void> {
    const { notes } = this.#record;
    const known = notes.find((other) => other.id === id);
    const after = known ? known.after : (this.#turn.pieces.at(-1)?.id ?? null);
    this.#turn = note(this.#turn, id, notice);
    await this.#save({ notes: [...notes.filter((other) => other !== known), { id, notice, after }] });
  }

  async cap(subject: BudgetSubject): Promise<void> {
    this.#turn = cap(this.#turn, subject);
    const { caps, isHeldBack } = this.#record;
    const isKnown = caps.some(({ occasion }) => occasion === subject.occasion);
    if (isKnown && isHeldBack) return;
    await this.#save({ caps: isKnown ? caps : [...caps, subject], isHeldBack: true });
  }

  async uncap(): Promise<void> {
    this.#turn = uncap(this.#turn);
    if (this.#record.isHeldBack) await this.#save({ isHeldBack: false });
  }

  show(): void {
    const shown = this.#shown;
    const newest = this.#turn;
    if (!this.#isCaughtUp || newest === shown) return;
    const change = shown === null ? 'news' : changeBetween(shown, newest);
    this.#shown = newest;
    if (change === 'news') this.#reply?.show(view(newest));
    else if (change !== 'nothing') this.#reply?.grow(change, () => view(newest));
  }

  catchUp(): void {
    if (!this.#isCaughtUp) this.#turn = { ...this.#turn, pieces: inPlace(this.#turn.pieces, this.#record.notes) };
    this.#isCaughtUp = true;
  }

  async say(key: string, { notice, recipient }: { notice: Notice; recipient: Recipient }): Promise<void> {
    this.begin(key, recipient);
    this.change((begun) => close(note(begun, notice.code, notice)));
    await this.remember();
    await this.finish();
  }

  async bind(session: SessionId): Promise<void> {
    await this.#save({ session, since: null, cents: null, sending: null, sessions: this.#record.sessions + 1 });
    // What the one before still had queued died with it.
    this.#turn = {
      ...this.#turn,
      cents: null,
      centsBefore: null,
      capCents: null,
      heard: [],
      runs: NOTHING,
      children: NONE,
    };
  }

  unbind(): Promise<void> {
    return this.#save(NO_SESSION);
  }

  async settled(): Promise<void> {
    this.#isCaughtUp = true;
    this.show();
    await this.#reply?.settled();
  }

  async finish(): Promise<void> {
    try {
      await this.settled();
    } finally {
      // Even when Slack can never show it: the turn is over, and the next one must not wait for it.
      this.#reply = null;
      const turn = this.#turn;
      const kept = turn.ending === 'terminated' ? NO_SESSION : watermark(turn, this.#record);
      const isQueued = ({ ts }: MessageInput) => turn.heard.some((r) => r.ts === ts && r.state === 'queued');
      const queued = this.#record.queued.filter(isQueued);
      await this.#save({ ...kept, ...NOTHING_SAID, queued, turn: turnToCome(turn) });
    }
  }

  async oweOutputs({ session, expected, isLate = false }: OwedOutputs): Promise<void> {
    const { outputs } = this.#record;
    const before = outputs?.session === session ? outputs : null;
    const files = newestOf([...(before?.expected ?? []), ...expected]);
    await this.#save({
      outputs: { session, expected: files, isLate: isLate && (before === null || before.isLate === true) },
    });
  }

  async gaveOutputs(outputs: OwedOutputs): Promise<void> {
    if (this.#record.outputs === outputs) await this.#save({ outputs: null });
  }

  async tellUnposted(unposted: UnpostedOutputs): Promise<void> {
    const { unposted: before, turn: toCome } = this.#record;
    if (before !== null) {
      await this.#sayUnposted({ ...before, files: before.files.filter((file) => !mayWorkLater(file)) });
      await this.#save({ unposted: null });
    }
    if (unposted.files.length > 0) {
      // Before it is said: whoever takes over takes it back.
      if (unposted.files.some(mayWorkLater)) await this.#save({ unposted });
      await this.#sayUnposted(unposted);
    }
    // What is still queued in the session begins a turn all the same.
    if (toCome !== null) await this.#save({ turn: toCome });
  }

  async sending(message: MessageInput, { isQueueing }: { isQueueing: boolean }): Promise<boolean> {
    const sending = inputKey(message);
    const isTried = this.#record.sending === sending;
    const queued = this.#record.queued.filter(({ ts }) => ts !== message.ts);
    await this.#save({ sending, queued: isQueueing ? [...queued, message] : queued });
    return isTried;
  }

  notSent(): Promise<void> {
    return this.#save({ sending: null });
  }

  lost(): MessageInput[] {
    const turn = this.#turn;
    if (!losesQueue(turn.ending)) return [];
    return this.#record.queued.filter((message) => !hasHeard(turn, message));
  }

  async sayLate(card: LateCard, last: MessageInput | undefined): Promise<void> {
    const { turn: toCome, recipient } = this.#record;
    const { inputs, waitedMs, choice } = card;
    this.begin(card.key, last === undefined ? recipient : { user: last.author, team: last.authorTeam });
    this.change((begun) => close(note(begun, 'late', { code: 'late', messages: inputs.length, waitedMs, choice })));
    await this.remember();
    await this.finish();
    // What is still queued in the session begins a turn all the same.
    await this.#save({ late: card, ...(toCome === null ? {} : { turn: toCome }) });
  }

  forgetLate(): Promise<void> {
    return this.#save({ late: null });
  }

  async tellAway(until: number, notice: Notice): Promise<void> {
    this.#record = { ...this.#record, toldAway: until };
    await this.tell('away', notice);
  }

  tellLateAnswer(until: number, notice: Notice): void {
    this.#record = { ...this.#record, toldAway: until };
    this.#turn = noteAboveText(this.#turn, 'away', notice);
  }

  async rest(): Promise<void> {
    if (this.#reply === null && this.#record.turn !== null) await this.#save({ turn: null });
  }

  async park(parked: Parked): Promise<void> {
    await this.#save({ parked });
  }

  async pickUp(): Promise<void> {
    if (this.#record.parked !== null) await this.#save({});
  }

  async pause(): Promise<void> {
    await this.#reply?.pause();
  }

  letGo(): void {
    this.#reply?.letGo();
  }

  async breakOff(notice: Notice): Promise<void> {
    if (!this.#isCaughtUp) return this.pause();
    this.change((broken) => close(note(broken, notice.code, notice)));
    await this.finish();
  }

  async #save(change: Partial<ThreadRecord>): Promise<void> {
    this.#record = { ...this.#record, parked: null, ...change };
    await this.#threads.save(this.#thread, this.#record);
  }

  async #sayUnposted({ key, files }: UnpostedOutputs): Promise<void> {
    this.begin(key, this.#record.recipient);
    this.change((begun) =>
      close(files.length > 0 ? note(begun, 'files-unposted', { code: 'files-unposted', files }) : begun),
    );
    await this.remember();
    await this.finish();
  }
}

function initialTurn(record: ThreadRecord): Turn {
  const before: Before = {
    cents: record.cents,
    capCents: null,
    children: NONE,
    heard: [],
    runs: NOTHING,
    stoppedBy: null,
  };
  if (record.turn === null) return close(newTurn('', before));
  // Whether one of them still stands in the way is to be found out anew.
  const begun = record.notes.reduce((turn, { id, notice }) => note(turn, id, notice), newTurn(record.turn, before));
  return record.caps.reduce((turn, subject) => uncap(cap(turn, subject)), begun);
}

/** The history is read from its beginning, so what was said in between came first: each goes to where it stood. */
function inPlace(pieces: Turn['pieces'], notes: ThreadRecord['notes']): Turn['pieces'] {
  return notes.reduce((rest, { id, after }) => {
    const said = rest.find((piece) => piece.type === 'notice' && piece.id === id);
    if (!said || !rest.some((piece) => piece.id === after)) return rest;
    return rest.flatMap((piece) => (piece === said ? [] : piece.id === after ? [piece, said] : [piece]));
  }, pieces);
}

/**
 * A message still queued in the session begins a turn by itself: whoever takes over now must listen for it. The turn is
 * not named after the message alone, as those are that nobody saw wait: the hourglass on this one has to be taken away.
 */
function turnToCome({ key, ending, heard }: Turn): string | null {
  if (ending !== 'end_turn') return null;
  const queued = heard.find(({ ts, state }) => state === 'queued' && !key.startsWith(ts));
  return queued ? `${queued.ts}+` : null;
}

function watermark(turn: Turn, record: ThreadRecord): Pick<ThreadRecord, 'since' | 'cents'> {
  return { since: turn.endedAt ?? record.since, cents: turn.cents };
}
