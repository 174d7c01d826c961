/**
 * The conductor: the only writer of a thread's session and of its replies. Read this file first.
 *
 * Open the reply · find or create the session · follow it · send what is in the inbox · fold each event and show the
 * new view · answer or ask questions · stop when the turn has ended, the inbox is empty and nothing is owed to Slack.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type Alarm, createAlarm } from './alarm.ts';
import { isForAgent } from './apply.ts';
import { type Asking, createAsking } from './asking.ts';
import type { Attendance } from './attendance.ts';
import { attribute } from './attribute.ts';
import { KeepError, ReplyError, SessionError } from './errors.ts';
import type { Event, Followed } from './event.ts';
import { excuse } from './excuse.ts';
import type { Incoming } from './files/incoming.ts';
import type { Lineages } from './files/lineage.ts';
import type { Outgoing } from './files/outgoing.ts';
import { beginsTurn, fold } from './fold.ts';
import type { Directory, Gate, Registry } from './gate-ports.ts';
import { createGiving, type Giving } from './giving.ts';
import type { ThreadId } from './ids.ts';
import { type KeptAsking, keepAsking } from './keep-asking.ts';
import { type Keeper, keepSession } from './keep-session.ts';
import type { LateSettings } from './late.ts';
import { createLine, type Line, type LineNews, SILENCE_MS } from './line.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createPatience, type Patience } from './patience.ts';
import type {
  Conversation,
  Dispatcher,
  Inbox,
  Recipient,
  Replies,
  Run,
  Sessions,
  ThreadRecord,
  Threads,
} from './ports.ts';
import { unheardSight } from './reconcile.ts';
import { ageMs, GIVE_UP_MS, RETRY_MS } from './retry.ts';
import { createStage, FRESH_RECORD, type Stage } from './stage.ts';
import { close, isAboutToGoOn, loseTrack, mayGoOn, note, type Turn, unnote } from './turn.ts';
import { windUp } from './wind-up.ts';
import { createInboxWork, type InboxWork } from './work-inbox.ts';

export interface ConductorPorts {
  sessions: Sessions;
  inbox: Inbox;
  threads: Threads;
  conversation: Conversation;
  replies: Replies;
  gate: Gate;
  incoming: Incoming;
  outgoing: Outgoing;
  lineages: Lineages;
  sightings: Registry;
  dispatcher: Dispatcher;
  attendance: Pick<Attendance, 'missedMs' | 'last'>;
  directory: Pick<Directory, 'person'>;
  late: LateSettings;
  clock: Clock;
  log: Logger;
}

/** What the conductor is told, in one order. */
type Happening =
  | Followed
  | LineNews
  /** The inbox may have something new. */
  | { type: 'inbox' }
  /** What was to be given to people has been given, as far as it could. */
  | { type: 'files.given' }
  /** Nothing came in the time that the session was given to go on by itself. */
  | { type: 'lingered' }
  /** No other call that asks came soon after the last one. */
  | { type: 'gathered' };

/** How long a thread is kept whose session may go on by itself after its turn has ended. */
const LINGER_MS = 10_000;
/** Calls that come together are shown together: how long the next one is waited for while the session runs. */
const GATHER_MS = 300;
/** What a session did longer ago than this is listed, however a list lags and clocks differ. */
const SURELY_LISTED_MS = 60_000;
/** How often a thread is looked at that waits for more than what its own people do. */
const RECHECK_MS = 120_000;

/** The function that runs one thread until there is nothing left to do; it rejects only when even Slack cannot be told. */
export function createConductor(ports: ConductorPorts): (thread: ThreadId, run: Run) => Promise<void> {
  return async (thread, run) => {
    const record = { ...FRESH_RECORD, ...(await ports.threads.load(thread)) };
    const stage = createStage({ thread, record, threads: ports.threads, replies: ports.replies });
    const log = ports.log.child({ threadId: thread });
    try {
      await stage.pickUp();
      await new Play({ thread, run, stage, ports, log }).untilDone(record);
    } catch (error) {
      // Nothing is said of it in the thread: what it says must be kept too.
      if (error instanceof KeepError) return giveBack(stage, error);
      const errorId = randomUUID().slice(0, 8);
      log.error({ err: error, errorId, sessionId: stage.session() }, 'conductor failed');
      await stage.breakOff({ code: 'internal', errorId });
      // Less and less often: what failed may have been Slack, or a fault that comes again each time.
      const [oldest] = await ports.inbox.list(thread);
      if (oldest === undefined) return;
      const waitMs = Math.max(RETRY_MS, ageMs(oldest, ports.clock));
      if (waitMs < GIVE_UP_MS) await ports.dispatcher.wakeAt(thread, ports.clock.now() + waitMs);
    }
  };
}

/** Leaves the thread to a later run, which finds it as after a crash. */
async function giveBack(stage: Stage, reason: KeepError): Promise<never> {
  await stage.pause().catch(() => {});
  throw reason;
}

interface PlayOptions {
  thread: ThreadId;
  run: Run;
  stage: Stage;
  ports: ConductorPorts;
  log: Logger;
}

/** What the parts of a play are given: one object for all of them. */
interface Shared extends ConductorPorts {
  thread: ThreadId;
  run: Run;
  stage: Stage;
  line: Line;
  keeper: Keeper;
  asking: Asking;
  signal: AbortSignal;
  begin(key: string, recipient: Recipient): Promise<void>;
  onLost(): void;
  onFreed(): void;
  onGiven(): void;
}

/** One run of one thread; `untilDone` is what it does from its beginning to its end. */
class Play {
  readonly #shared: Shared;
  readonly #happenings: Mailbox<Happening>;
  readonly #questions: KeptAsking;
  readonly #work: InboxWork;
  readonly #giving: Giving;
  readonly #patience: Patience;
  readonly #gathering: Patience;
  readonly #alarm: Alarm;
  #isCalled = false;
  /** `processed_at` of the newest event, and whether all that the session has to say was heard when the run ended. */
  #heardAt: string | null = null;
  #hasHeard = false;
  /** The same when the thread was put down to wait for people. */
  #parkedAt: string | null = null;
  /** The session was seen, or heard, to have moved until then, just now: its history may not tell of it yet. */
  #awaited: string | null = null;

  constructor({ thread, run, stage, ports, log }: PlayOptions) {
    const { sessions, clock } = ports;
    const happenings = createMailbox<Happening>(run.signal);
    const lookAgain = () => this.#lookAgain();
    // Only in this order is it small in memory: what is the thread's own, then the ports, and what comes last by name.
    const shared = {
      thread,
      run,
      stage,
      line: createLine({ sessions, clock, post: (news, signal) => happenings.post(news, signal) }),
      signal: run.signal,
      begin: (key, recipient) => this.#begin(key, recipient),
      onLost: lookAgain,
      onFreed: lookAgain,
      onGiven: () => happenings.post({ type: 'files.given' }),
      ...ports,
      log,
    } as Shared;
    shared.keeper = keepSession(shared);
    shared.asking = createAsking(shared);
    this.#shared = shared;
    this.#happenings = happenings;
    this.#questions = keepAsking(shared.asking, shared);
    this.#work = createInboxWork(shared);
    this.#giving = createGiving(shared);
    this.#patience = createPatience(clock, { ms: LINGER_MS, onOver: () => happenings.post({ type: 'lingered' }) });
    this.#gathering = createPatience(clock, { ms: GATHER_MS, onOver: () => happenings.post({ type: 'gathered' }) });
    this.#alarm = createAlarm(clock, { onDue: lookAgain });
  }

  /** Runs until there is nothing left to do, and puts the thread down; `found` is its record as the run found it. */
  async untilDone(found: ThreadRecord): Promise<void> {
    const { thread, run, stage, line, keeper, dispatcher } = this.#shared;
    const stopListening = run.onWake(() => {
      this.#isCalled = true;
      this.#lookAgain();
    });
    const hasMoved = await this.#lookBack(found);
    try {
      if (stage.owes() || hasMoved) keeper.resume({ mayLag: this.#awaited !== null || wasLeft(found) });
      this.#lookAgain();
      for await (const happening of this.#happenings) {
        const { phase } = stage.turn();
        await this.#take(happening);
        const hasFinished = await this.#finish();
        if (hasFinished || concernsInbox(happening) || stage.turn().phase !== phase) {
          await this.#work.go();
          await this.#finishAndGoOn();
        }
        if (bringsWork(happening)) {
          await this.#questions.settle();
          await this.#finishAndGoOn();
        }
        if (!this.#gathering.isOn()) stage.show();
        if (bringsWork(happening)) {
          await this.#orRefused(this.#giving.settle());
          this.#giving.start();
          this.#alarm.set(this.#nextAt());
        }
        if (await this.#isDone()) break;
      }
      this.#hasHeard = line.is('live') || stage.session() === null;
    } finally {
      stopListening();
      // It came too late to be acted on.
      if (this.#isCalled) dispatcher.wake(thread);
      this.#alarm.end();
      this.#patience.end();
      this.#gathering.end();
      line.hangUp();
    }
    await this.#putDown();
  }

  /** Whether the session has moved since the thread was put down, and how much of that its history may not tell yet. */
  async #lookBack(found: ThreadRecord): Promise<boolean> {
    const { thread, sightings, clock } = this.#shared;
    const sight = await unheardSight(thread, { record: found, sightings });
    this.#parkedAt = found.parked?.heardAt ?? null;
    const movedAt = isLater(sight, this.#parkedAt) ? sight : this.#parkedAt;
    if (movedAt !== null && clock.now() - Date.parse(movedAt) < SURELY_LISTED_MS) this.#awaited = movedAt;
    return sight !== null;
  }

  #lookAgain(): void {
    this.#happenings.post({ type: 'inbox' });
  }

  async #take(happening: Happening): Promise<void> {
    const { stage, line, keeper } = this.#shared;
    switch (happening.type) {
      case 'inbox':
        this.#isCalled = false;
        return;
      case 'gathered':
      case 'files.given':
        return;
      case 'lingered':
        if (stage.turn().runs.size > 0) this.#patience.start();
        if (await this.#isForgotten()) stage.change(close);
        return;
      case 'follow.live':
        line.take(happening);
        if (await keeper.heardOut()) return;
        if (!this.#isBehind()) stage.catchUp();
        if ((await this.#isForgotten()) || isLater(this.#awaited, this.#heardAt)) this.#patience.start();
        return stage.change((turn) => unnote(turn, 'unreachable'));
      case 'follow.lost':
        line.take(happening);
        return stage.change(loseTrack);
      case 'follow.silent':
        return stage.change((turn) => note(turn, 'unreachable', { code: 'unreachable', retryInMs: SILENCE_MS }));
      case 'follow.queued':
      case 'follow.trying':
      case 'follow.ended':
        return line.take(happening);
      case 'follow.failed':
        line.take(happening);
        return this.#fail(happening.error);
      default:
        return this.#hear(happening);
    }
  }

  async #hear(event: Event): Promise<void> {
    const { stage, line, keeper } = this.#shared;
    if ('at' in event && isLater(event.at, this.#heardAt)) this.#heardAt = event.at;
    if (beginsTurn(stage.turn(), event)) await this.#begin(event.id, stage.record().recipient);
    if (isOver(event) && stage.turn().phase === 'starting') return keeper.lose();
    stage.change((turn) => fold(turn, event));
    if (line.is('live') && !this.#isBehind()) stage.catchUp();
    if (isOver(event)) line.hangUp();
    if (event.type === 'agent.tool_use' && event.tool.asks) this.#gathering.start();
    if (event.type === 'session.status_idle') this.#gathering.end();
    if (event.type === 'session.status_running' && stage.turn().stoppedBy !== null) await this.#interruptAgain();
  }

  async #begin(key: string, recipient: Recipient | null): Promise<void> {
    const { stage, log } = this.#shared;
    stage.begin(key, recipient);
    stage.show();
    await stage.remember();
    log.info({ sessionId: stage.session(), turn: key }, 'turn began');
  }

  async #interruptAgain(): Promise<void> {
    try {
      await this.#shared.keeper.interrupt();
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { stage, keeper, log } = this.#shared;
    if (!(error instanceof SessionError)) throw error;
    log.warn({ err: error, code: error.code, sessionId: stage.session() }, 'agents API refused');
    if (!(await keeper.replace(error))) stage.change((turn) => excuse(turn, error, null));
  }

  /** The thread was put down with more than has been heard again: what stands in Slack must not give way to less. */
  #isBehind(): boolean {
    return isLater(this.#parkedAt, this.#heardAt);
  }

  /** A dead process began this turn, and no message of it is left: nobody waits for it. */
  async #isForgotten(): Promise<boolean> {
    const { thread, stage, inbox } = this.#shared;
    const { phase, heard } = stage.turn();
    if (this.#isBehind()) return false;
    return phase === 'starting' && heard.length === 0 && !(await inbox.list(thread)).some(isForAgent);
  }

  /** True when a turn had ended and now stands complete in Slack. */
  async #finish(): Promise<boolean> {
    const { thread, stage, line, log } = this.#shared;
    if (!stage.hasEnded()) return false;
    await attribute(thread, this.#shared);
    if (!(await this.#questions.close())) return false;
    await windUp(thread, this.#shared);
    await this.#giving.owe(stage.turn());
    await this.#orRefused(stage.finish());
    const { ending, pieces, key } = stage.turn();
    log.info({ sessionId: stage.session(), turn: key, ending, pieces: pieces.length }, 'turn ended');
    if (!line.is('down') && mayGoOn(stage.turn())) this.#patience.start();
    else this.#patience.end();
    return true;
  }

  /** What was done may have ended the turn, and then the inbox may go on. */
  async #finishAndGoOn(): Promise<void> {
    if (await this.#finish()) this.#lookAgain();
  }

  /** A reply that Slack will not show, as when its thread was deleted, can be told to nobody there. */
  async #orRefused(showing: Promise<void>): Promise<void> {
    const { stage, log } = this.#shared;
    try {
      await showing;
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      log.warn({ reason: error.reason, turn: stage.turn().key }, 'Slack refuses the reply');
    }
  }

  /** When something that was put off is due; infinity: never. */
  #nextAt(): number {
    return Math.min(this.#work.againAt(), this.#questions.againAt(), this.#giving.againAt());
  }

  /** Nothing more will come that this run should wait for. What is owed while the line is down is for another run. */
  async #isDone(): Promise<boolean> {
    const { stage, line } = this.#shared;
    if (line.is('opening') || this.#patience.isOn()) return false;
    if (this.#work.isAwaitingFiles() || this.#giving.isUnderWay()) return false;
    if (!this.#happenings.isEmpty()) return false;
    // Slack may take its time; what people decide meanwhile does not wait for it.
    if (waitsForPeople(stage.turn())) {
      await Promise.race([this.#orRefused(stage.settled()), this.#happenings.posted()]);
    } else if (stage.owes() && line.is('live')) return false;
    return this.#happenings.isEmpty();
  }

  /** What wakes the thread next is on disk before nothing else would. */
  async #putDown(): Promise<void> {
    const { thread, run, stage, asking, dispatcher, clock } = this.#shared;
    const { phase } = stage.turn();
    if (!run.signal.aborted) await stage.rest();
    if (phase !== 'waiting') {
      if (stage.owes()) await stage.pause();
      return dispatcher.wakeAt(thread, orNever(this.#nextAt()));
    }
    const isParked = !run.signal.aborted && this.#hasHeard && waitsForPeople(stage.turn()) && asking.isWithPeople();
    // A budget of the day may be raised in another thread.
    const isSureToBeWoken = isParked && !stage.record().isHeldBack;
    const recheckAt = isSureToBeWoken ? Number.POSITIVE_INFINITY : clock.now() + RECHECK_MS;
    await dispatcher.wakeAt(thread, orNever(Math.min(this.#nextAt(), recheckAt)));
    if (isParked) await stage.park({ heardAt: this.#heardAt });
    // What a parked thread still has to show would come after the next process has begun to show it.
    if (run.signal.aborted && stage.owes()) await stage.pause();
    else stage.letGo();
  }
}

/** Whoever had it before may have died in the middle of it. */
function wasLeft({ turn, parked }: ThreadRecord): boolean {
  return turn !== null && parked === null;
}

/** Nothing goes on before somebody has decided. */
function waitsForPeople(turn: Turn): boolean {
  return turn.phase === 'waiting' && !turn.isStopping && !isAboutToGoOn(turn);
}

function isLater(at: string | null, than: string | null): boolean {
  return at !== null && (than === null || Date.parse(at) > Date.parse(than));
}

function orNever(at: number): number | null {
  return at === Number.POSITIVE_INFINITY ? null : at;
}

function concernsInbox({ type }: Happening): boolean {
  return type === 'inbox' || type === 'follow.live';
}

/** After this, there may be something to ask, to answer or to give. Most happenings are previews, and bring nothing. */
function bringsWork({ type }: Happening): boolean {
  return type !== 'event_delta' && type !== 'event_start' && type !== 'ignored';
}

function isOver(event: Event): boolean {
  return event.type === 'session.status_terminated' || event.type === 'session.deleted';
}
