/**
 * The conductor: the only writer of a thread's session and of its replies. Read this file first.
 *
 * Open the reply · find or create the session · follow it · send what is in the inbox · fold each event and show the
 * new view · stop when the turn has ended, the inbox is empty and nothing is owed to Slack.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { apply, isForAgent, recipientOf } from './apply.ts';
import { SessionError } from './errors.ts';
import type { Event, Followed } from './event.ts';
import { excuse } from './excuse.ts';
import { beginsTurn, fold } from './fold.ts';
import type { SessionId, ThreadId } from './ids.ts';
import type { Input, MessageInput } from './input.ts';
import { createLine, type LineNews, SILENCE_MS } from './line.ts';
import { createMailbox } from './mailbox.ts';
import type { Conversation, Dispatcher, Inbox, Replies, Run, Sessions, Threads } from './ports.ts';
import { createStage, FRESH_RECORD, type Stage } from './stage.ts';
import { close, loseTrack, mayGoOn, note, unnote } from './turn.ts';

export interface ConductorPorts {
  sessions: Sessions;
  inbox: Inbox;
  threads: Threads;
  conversation: Conversation;
  replies: Replies;
  dispatcher: Dispatcher;
  clock: Clock;
  log: Logger;
}

/** What the conductor is told, in one order. */
type Happening =
  | Followed
  | LineNews
  /** The inbox may have something new. */
  | { type: 'inbox' }
  /** Nothing came in the time that the session was given to go on by itself. */
  | { type: 'lingered' };

/** How long a thread is kept whose session may go on by itself after its turn has ended. */
const LINGER_MS = 10_000;
const RETRY_MS = 60_000;
/** An input older than this is given up instead of tried again. */
const GIVE_UP_MS = 3_600_000;
/** A thread whose new sessions die at once has a fault that another session will not mend. */
const MOST_SESSIONS = 3;

/** The function that runs one thread until there is nothing left to do; it rejects only when even Slack cannot be told. */
export function createConductor(ports: ConductorPorts): (thread: ThreadId, run: Run) => Promise<void> {
  return async (thread, run) => {
    const record = (await ports.threads.load(thread)) ?? FRESH_RECORD;
    const stage = createStage({ thread, record, threads: ports.threads, replies: ports.replies });
    const log = ports.log.child({ threadId: thread });
    try {
      await play(thread, { ...ports, run, stage, log });
    } catch (error) {
      const errorId = randomUUID().slice(0, 8);
      log.error({ err: error, errorId, sessionId: stage.session() }, 'conductor failed');
      await stage.breakOff({ code: 'internal', errorId });
    }
  };
}

interface Play extends ConductorPorts {
  run: Run;
  stage: Stage;
}

async function play(thread: ThreadId, ports: Play): Promise<void> {
  const { run, stage, sessions, inbox, conversation, dispatcher, clock, log } = ports;
  const happenings = createMailbox<Happening>(run.signal);
  const line = createLine({ sessions, clock, post: happenings.post });
  const stopListening = run.onWake(() => happenings.post({ type: 'inbox' }));
  let lingering = false;
  let created = 0;
  let retryAt = 0;

  /** Works through the inbox in order, as far as it goes now. */
  async function workThrough(): Promise<void> {
    const inputs = await inbox.list(thread);
    for (const input of inputs) {
      if (hasEnded(stage) || clock.now() < retryAt) return;
      try {
        if (!(await makeReady(input))) return;
        await apply(input, stage, ports);
      } catch (error) {
        return fail(error, input);
      }
    }
    // A turn that a dead process began and had nothing to say in: nobody waits for it.
    if (inputs.length === 0 && stage.session() === null) stage.change(close);
  }

  /** An input that concerns the session waits until we hear the session: only then do we know what it would do. */
  async function makeReady(input: Input): Promise<boolean> {
    if (!isForAgent(input) && !stage.owes()) return true;
    if (stage.turn().phase === 'ended') {
      stage.begin(input.ts, recipientOf(input));
      stage.show();
      await stage.remember();
    }
    if (line.is('down') && input.type === 'message') {
      line.open(stage.session() ?? (await createSession(input)), stage.record().since);
    }
    return line.is('live');
  }

  async function createSession(input: MessageInput): Promise<SessionId> {
    created += 1;
    const { marker, text } = await conversation.read(input);
    const key = `${thread}#${stage.record().sessions + 1}`;
    const session = await sessions.create({ thread, key, title: `${marker.place}: ${text}` });
    await stage.bind(session);
    log.info({ sessionId: session }, 'session created');
    return session;
  }

  async function hear(event: Event): Promise<void> {
    if (beginsTurn(stage.turn(), event)) {
      stage.begin(event.id, stage.record().recipient);
      await stage.remember();
    }
    if (isOver(event) && stage.turn().phase === 'starting') return lose();
    stage.change((turn) => fold(turn, event));
    if (event.type === 'session.status_running' && stage.turn().stoppedBy !== null) await interruptAgain();
  }

  async function interruptAgain(): Promise<void> {
    const session = stage.session();
    if (session !== null) await sessions.interrupt(session).catch((error: unknown) => fail(error));
  }

  /** The session is gone. Work it had begun ends with it; a message that had not reached it goes to a new one. */
  async function lose(): Promise<void> {
    line.hangUp();
    const isWanted = (await inbox.list(thread)).some(isForAgent);
    if (stage.turn().phase === 'starting' && isWanted) await stage.unbind();
    else stage.change((turn) => fold(turn, { type: 'session.deleted' }));
    happenings.post({ type: 'inbox' });
  }

  async function fail(error: unknown, input?: Input): Promise<void> {
    if (!(error instanceof SessionError)) throw error;
    log.warn({ err: error, code: error.code, sessionId: stage.session() }, 'agents API refused');
    if (error.code === 'gone' && created < MOST_SESSIONS) return lose();
    const mayRetry = error.code === 'unreachable' && input !== undefined && ageMs(input, clock) < GIVE_UP_MS;
    stage.change((turn) => excuse(turn, error, mayRetry ? RETRY_MS : null));
    if (mayRetry) {
      retryAt = clock.now() + RETRY_MS;
      dispatcher.wakeAt(thread, retryAt);
    } else if (input) await inbox.settle(input);
  }

  async function take(happening: Happening): Promise<void> {
    switch (happening.type) {
      case 'inbox':
        return;
      case 'lingered':
        lingering = stage.turn().runs.size > 0;
        return;
      case 'follow.live':
        line.take(happening);
        stage.catchUp();
        return stage.change((turn) => unnote(turn, 'unreachable'));
      case 'follow.lost':
        line.take(happening);
        return stage.change(loseTrack);
      case 'follow.silent':
        return stage.change((turn) => note(turn, 'unreachable', { code: 'unreachable', retryInMs: SILENCE_MS }));
      case 'follow.ended':
        return line.take(happening);
      case 'follow.failed':
        line.take(happening);
        return fail(happening.error);
      default:
        return hear(happening);
    }
  }

  /** True when a turn had ended and now stands complete in Slack. */
  async function finish(): Promise<boolean> {
    if (!hasEnded(stage)) return false;
    await stage.finish();
    const { ending, pieces, key } = stage.turn();
    log.info({ sessionId: stage.session(), turn: key, ending, pieces: pieces.length }, 'turn ended');
    lingering = line.is('live') && mayGoOn(stage.turn());
    if (lingering) clock.after(LINGER_MS, () => happenings.post({ type: 'lingered' }));
    return true;
  }

  /** Nothing more will come that this run should wait for. What is owed while the line is down is for another run. */
  async function isDone(): Promise<boolean> {
    if (line.is('opening') || lingering) return false;
    const { phase, stoppedBy } = stage.turn();
    const isParked = phase === 'waiting' && stoppedBy === null;
    if (isParked) await stage.settled();
    else if (stage.owes() && line.is('live')) return false;
    return happenings.isEmpty();
  }

  try {
    const session = stage.session();
    if (stage.owes() && session !== null) line.open(session, stage.record().since);
    happenings.post({ type: 'inbox' });
    for await (const happening of happenings) {
      const { phase } = stage.turn();
      await take(happening);
      const hasFinished = await finish();
      if (hasFinished || concernsInbox(happening) || stage.turn().phase !== phase) {
        await workThrough();
        if (await finish()) happenings.post({ type: 'inbox' });
      }
      stage.show();
      if (await isDone()) break;
    }
  } finally {
    stopListening();
    line.hangUp();
  }
  if (stage.owes() && stage.turn().phase !== 'waiting') await stage.pause();
}

function concernsInbox({ type }: Happening): boolean {
  return type === 'inbox' || type === 'follow.live';
}

function hasEnded(stage: Stage): boolean {
  return stage.owes() && stage.turn().phase === 'ended';
}

function isOver(event: Event): boolean {
  return event.type === 'session.status_terminated' || event.type === 'session.deleted';
}

function ageMs(input: Input, clock: Clock): number {
  return clock.now() - Number.parseFloat(input.ts) * 1000;
}
