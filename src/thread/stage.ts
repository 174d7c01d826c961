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
import { type Before, cap, close, hasHeard, newTurn, note, noteAboveText, type Turn, uncap } from './turn.ts';
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
export function createStage({ thread, record: stored, threads, replies }: StageOptions): Stage {
  let record = stored;
  let turn = initialTurn(record);
  let reply: Reply | null =
    record.turn === null ? null : replies.open(thread, { turn: record.turn, recipient: record.recipient });
  // What stands in Slack already must not be overwritten by less.
  let isCaughtUp = record.turn === null;
  let shown: Turn | null = null;

  async function save(change: Partial<ThreadRecord>): Promise<void> {
    record = { ...record, parked: null, ...change };
    await threads.save(thread, record);
  }

  async function sayUnposted({ key, files }: UnpostedOutputs): Promise<void> {
    stage.begin(key, record.recipient);
    stage.change((begun) =>
      close(files.length > 0 ? note(begun, 'files-unposted', { code: 'files-unposted', files }) : begun),
    );
    await stage.remember();
    await stage.finish();
  }

  const stage: Stage = {
    turn: () => turn,
    session: () => record.session,
    record: () => record,
    owes: () => reply !== null,
    hasEnded: () => reply !== null && turn.phase === 'ended',
    begin(key, recipient) {
      if (reply !== null && turn.key === key) return;
      turn = newTurn(key, turn);
      reply = replies.open(thread, { turn: key, recipient });
      shown = null;
      record = { ...record, ...NOTHING_SAID, turn: key, recipient };
    },
    remember: () => save({}),
    change(next) {
      turn = next(turn);
    },
    async tell(id, notice) {
      const known = record.notes.find((other) => other.id === id);
      const after = known ? known.after : (turn.pieces.at(-1)?.id ?? null);
      turn = note(turn, id, notice);
      await save({ notes: [...record.notes.filter((other) => other !== known), { id, notice, after }] });
    },
    async cap(subject) {
      turn = cap(turn, subject);
      const isKnown = record.caps.some(({ occasion }) => occasion === subject.occasion);
      if (isKnown && record.isHeldBack) return;
      await save({ caps: isKnown ? record.caps : [...record.caps, subject], isHeldBack: true });
    },
    async uncap() {
      turn = uncap(turn);
      if (record.isHeldBack) await save({ isHeldBack: false });
    },
    show() {
      if (!isCaughtUp || turn === shown) return;
      const newest = turn;
      const change = shown === null ? 'news' : changeBetween(shown, newest);
      shown = newest;
      if (change === 'news') reply?.show(view(newest));
      else if (change !== 'nothing') reply?.grow(change, () => view(newest));
    },
    catchUp() {
      if (!isCaughtUp) turn = { ...turn, pieces: inPlace(turn.pieces, record.notes) };
      isCaughtUp = true;
    },
    async say(key, { notice, recipient }) {
      stage.begin(key, recipient);
      stage.change((begun) => close(note(begun, notice.code, notice)));
      await stage.remember();
      await stage.finish();
    },
    async bind(session) {
      await save({ session, since: null, cents: null, sending: null, sessions: record.sessions + 1 });
      // What the one before still had queued died with it.
      turn = {
        ...turn,
        cents: null,
        centsBefore: null,
        capCents: null,
        heard: [],
        runs: new Set(),
        children: new Map(),
      };
    },
    unbind: () => save(NO_SESSION),
    async settled() {
      isCaughtUp = true;
      stage.show();
      await reply?.settled();
    },
    async finish() {
      try {
        await stage.settled();
      } finally {
        // Even when Slack can never show it: the turn is over, and the next one must not wait for it.
        reply = null;
        const kept = turn.ending === 'terminated' ? NO_SESSION : watermark(turn, record);
        const queued = record.queued.filter(({ ts }) => turn.heard.some((r) => r.ts === ts && r.state === 'queued'));
        await save({ ...kept, ...NOTHING_SAID, queued, turn: turnToCome(turn) });
      }
    },
    async oweOutputs({ session, expected, isLate = false }) {
      const before = record.outputs?.session === session ? record.outputs : null;
      const files = newestOf([...(before?.expected ?? []), ...expected]);
      await save({
        outputs: { session, expected: files, isLate: isLate && (before === null || before.isLate === true) },
      });
    },
    async gaveOutputs(outputs) {
      if (record.outputs === outputs) await save({ outputs: null });
    },
    async tellUnposted(unposted) {
      const { unposted: before, turn: toCome } = record;
      if (before !== null) {
        await sayUnposted({ ...before, files: before.files.filter((file) => !mayWorkLater(file)) });
        await save({ unposted: null });
      }
      if (unposted.files.length > 0) {
        // Before it is said: whoever takes over takes it back.
        if (unposted.files.some(mayWorkLater)) await save({ unposted });
        await sayUnposted(unposted);
      }
      // What is still queued in the session begins a turn all the same.
      if (toCome !== null) await save({ turn: toCome });
    },
    async sending(message, { isQueueing }) {
      const sending = inputKey(message);
      const isTried = record.sending === sending;
      const queued = record.queued.filter(({ ts }) => ts !== message.ts);
      await save({ sending, queued: isQueueing ? [...queued, message] : queued });
      return isTried;
    },
    notSent: () => save({ sending: null }),
    lost() {
      if (!losesQueue(turn.ending)) return [];
      return record.queued.filter((message) => !hasHeard(turn, message));
    },
    async sayLate(card, last) {
      const { turn: toCome, recipient } = record;
      const { inputs, waitedMs, choice } = card;
      stage.begin(card.key, last === undefined ? recipient : { user: last.author, team: last.authorTeam });
      stage.change((begun) => close(note(begun, 'late', { code: 'late', messages: inputs.length, waitedMs, choice })));
      await stage.remember();
      await stage.finish();
      // What is still queued in the session begins a turn all the same.
      await save({ late: card, ...(toCome === null ? {} : { turn: toCome }) });
    },
    forgetLate: () => save({ late: null }),
    async tellAway(until, notice) {
      record = { ...record, toldAway: until };
      await stage.tell('away', notice);
    },
    tellLateAnswer(until, notice) {
      record = { ...record, toldAway: until };
      turn = noteAboveText(turn, 'away', notice);
    },
    async rest() {
      if (reply === null && record.turn !== null) await save({ turn: null });
    },
    async park(parked) {
      await save({ parked });
    },
    async pickUp() {
      if (record.parked !== null) await save({});
    },
    async pause() {
      await reply?.pause();
    },
    letGo() {
      reply?.letGo();
    },
    async breakOff(notice) {
      if (!isCaughtUp) return stage.pause();
      stage.change((broken) => close(note(broken, notice.code, notice)));
      await stage.finish();
    },
  };
  return stage;
}

function initialTurn(record: ThreadRecord): Turn {
  const before: Before = {
    cents: record.cents,
    capCents: null,
    children: new Map(),
    heard: [],
    runs: new Set(),
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
