/**
 * The conductor: the only writer of a thread's session and of its replies. Read this file first.
 *
 * Open the reply · find or create the session · follow it · send what is in the inbox · fold each event and show the
 * new view · answer or ask questions · stop when the turn has ended, the inbox is empty and nothing is owed to Slack.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { createAlarm } from './alarm.ts';
import { isForAgent } from './apply.ts';
import { createAsking } from './asking.ts';
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
import { createGiving } from './giving.ts';
import type { ThreadId } from './ids.ts';
import { keepAsking } from './keep-asking.ts';
import { keepSession } from './keep-session.ts';
import type { LateSettings } from './late.ts';
import { createLine, type LineNews, SILENCE_MS } from './line.ts';
import { createMailbox } from './mailbox.ts';
import { createPatience } from './patience.ts';
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
import { createInboxWork } from './work-inbox.ts';

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
      await play(thread, { run, stage, found: record, ...ports, log });
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

interface Play extends ConductorPorts {
  run: Run;
  stage: Stage;
  /** The thread's record as the run found it. */
  found: ThreadRecord;
}

async function play(thread: ThreadId, ports: Play): Promise<void> {
  const { run, stage, inbox, dispatcher, clock, log } = ports;
  const happenings = createMailbox<Happening>(run.signal);
  const line = createLine({
    sessions: ports.sessions,
    clock,
    post: (news, signal) => happenings.post(news, signal),
  });
  const keeper = keepSession({ thread, line, onLost: () => happenings.post({ type: 'inbox' }), ...ports });
  const patience = createPatience(clock, { ms: LINGER_MS, onOver: () => happenings.post({ type: 'lingered' }) });
  const asking = createAsking({ thread, onFreed: () => happenings.post({ type: 'inbox' }), ...ports });
  const questions = keepAsking(asking, { line, keeper, ...ports });
  const work = createInboxWork({ thread, line, keeper, asking, begin, ...ports });
  const giving = createGiving({
    thread,
    signal: run.signal,
    onGiven: () => happenings.post({ type: 'files.given' }),
    ...ports,
  });
  const gathering = createPatience(clock, { ms: GATHER_MS, onOver: () => happenings.post({ type: 'gathered' }) });
  const alarm = createAlarm(clock, { onDue: () => happenings.post({ type: 'inbox' }) });
  let isCalled = false;
  const stopListening = run.onWake(() => {
    isCalled = true;
    happenings.post({ type: 'inbox' });
  });
  /** `processed_at` of the newest event, and whether all that the session has to say was heard when the run ended. */
  let heardAt: string | null = null;
  let hasHeard = false;
  /** The session was seen, or heard, to have moved until then; when that was just now, its history may not tell of it yet. */
  const sight = await unheardSight(thread, { record: ports.found, ...ports });
  const parkedAt = ports.found.parked?.heardAt ?? null;
  const movedAt = isLater(sight, parkedAt) ? sight : parkedAt;
  const awaited = movedAt !== null && clock.now() - Date.parse(movedAt) < SURELY_LISTED_MS ? movedAt : null;

  async function begin(key: string, recipient: Recipient | null): Promise<void> {
    stage.begin(key, recipient);
    stage.show();
    await stage.remember();
    log.info({ sessionId: stage.session(), turn: key }, 'turn began');
  }

  async function hear(event: Event): Promise<void> {
    if ('at' in event && isLater(event.at, heardAt)) heardAt = event.at;
    if (beginsTurn(stage.turn(), event)) await begin(event.id, stage.record().recipient);
    if (isOver(event) && stage.turn().phase === 'starting') return keeper.lose();
    stage.change((turn) => fold(turn, event));
    if (line.is('live') && !isBehind()) stage.catchUp();
    if (isOver(event)) line.hangUp();
    if (event.type === 'agent.tool_use' && event.tool.asks) gathering.start();
    if (event.type === 'session.status_idle') gathering.end();
    if (event.type === 'session.status_running' && stage.turn().stoppedBy !== null) await interruptAgain();
  }

  async function interruptAgain(): Promise<void> {
    try {
      await keeper.interrupt();
    } catch (error) {
      await fail(error);
    }
  }

  async function fail(error: unknown): Promise<void> {
    if (!(error instanceof SessionError)) throw error;
    log.warn({ err: error, code: error.code, sessionId: stage.session() }, 'agents API refused');
    if (!(await keeper.replace(error))) stage.change((turn) => excuse(turn, error, null));
  }

  async function take(happening: Happening): Promise<void> {
    switch (happening.type) {
      case 'inbox':
        isCalled = false;
        return;
      case 'gathered':
      case 'files.given':
        return;
      case 'lingered':
        if (stage.turn().runs.size > 0) patience.start();
        if (await isForgotten()) stage.change(close);
        return;
      case 'follow.live':
        line.take(happening);
        if (await keeper.heardOut()) return;
        if (!isBehind()) stage.catchUp();
        if ((await isForgotten()) || isLater(awaited, heardAt)) patience.start();
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
        return fail(happening.error);
      default:
        return hear(happening);
    }
  }

  /** The thread was put down with more than has been heard again: what stands in Slack must not give way to less. */
  function isBehind(): boolean {
    return isLater(parkedAt, heardAt);
  }

  /** A dead process began this turn, and no message of it is left: nobody waits for it. */
  async function isForgotten(): Promise<boolean> {
    const { phase, heard } = stage.turn();
    if (isBehind()) return false;
    return phase === 'starting' && heard.length === 0 && !(await inbox.list(thread)).some(isForAgent);
  }

  /** True when a turn had ended and now stands complete in Slack. */
  async function finish(): Promise<boolean> {
    if (!stage.hasEnded()) return false;
    await attribute(thread, ports);
    if (!(await questions.close())) return false;
    await windUp(thread, ports);
    await giving.owe(stage.turn());
    await orRefused(stage.finish());
    const { ending, pieces, key } = stage.turn();
    log.info({ sessionId: stage.session(), turn: key, ending, pieces: pieces.length }, 'turn ended');
    if (!line.is('down') && mayGoOn(stage.turn())) patience.start();
    else patience.end();
    return true;
  }

  /** A reply that Slack will not show, as when its thread was deleted, can be told to nobody there. */
  async function orRefused(showing: Promise<void>): Promise<void> {
    try {
      await showing;
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      log.warn({ reason: error.reason, turn: stage.turn().key }, 'Slack refuses the reply');
    }
  }

  /** What this brings about may end the turn, and then the inbox may go on. */
  async function thenFinish(doWork: () => Promise<void>): Promise<void> {
    await doWork();
    if (await finish()) happenings.post({ type: 'inbox' });
  }

  /** When something that was put off is due; infinity: never. */
  function nextAt(): number {
    return Math.min(work.againAt(), questions.againAt(), giving.againAt());
  }

  /** Nothing more will come that this run should wait for. What is owed while the line is down is for another run. */
  async function isDone(): Promise<boolean> {
    if (line.is('opening') || patience.isOn() || work.isAwaitingFiles() || giving.isUnderWay()) return false;
    if (!happenings.isEmpty()) return false;
    // Slack may take its time; what people decide meanwhile does not wait for it.
    if (waitsForPeople(stage.turn())) await Promise.race([orRefused(stage.settled()), happenings.posted()]);
    else if (stage.owes() && line.is('live')) return false;
    return happenings.isEmpty();
  }

  /** What wakes the thread next is on disk before nothing else would. */
  async function putDown(): Promise<void> {
    const { phase } = stage.turn();
    if (!run.signal.aborted) await stage.rest();
    if (phase !== 'waiting') {
      if (stage.owes()) await stage.pause();
      return dispatcher.wakeAt(thread, orNever(nextAt()));
    }
    const isParked = !run.signal.aborted && hasHeard && waitsForPeople(stage.turn()) && asking.isWithPeople();
    // A budget of the day may be raised in another thread.
    const isSureToBeWoken = isParked && !stage.record().isHeldBack;
    const recheckAt = isSureToBeWoken ? Number.POSITIVE_INFINITY : clock.now() + RECHECK_MS;
    await dispatcher.wakeAt(thread, orNever(Math.min(nextAt(), recheckAt)));
    if (isParked) await stage.park({ heardAt });
    // What a parked thread still has to show would come after the next process has begun to show it.
    if (run.signal.aborted && stage.owes()) await stage.pause();
    else stage.letGo();
  }

  try {
    if (stage.owes() || sight !== null) keeper.resume({ mayLag: awaited !== null || wasLeft(ports.found) });
    happenings.post({ type: 'inbox' });
    for await (const happening of happenings) {
      const { phase } = stage.turn();
      await take(happening);
      const hasFinished = await finish();
      if (hasFinished || concernsInbox(happening) || stage.turn().phase !== phase) await thenFinish(() => work.go());
      if (bringsWork(happening)) await thenFinish(() => questions.settle());
      if (!gathering.isOn()) stage.show();
      if (bringsWork(happening)) {
        await orRefused(giving.settle());
        giving.start();
        alarm.set(nextAt());
      }
      if (await isDone()) break;
    }
    hasHeard = line.is('live') || stage.session() === null;
  } finally {
    stopListening();
    // It came too late to be acted on.
    if (isCalled) dispatcher.wake(thread);
    alarm.end();
    patience.end();
    gathering.end();
    line.hangUp();
  }
  await putDown();
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
