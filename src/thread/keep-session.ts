import type { Logger } from 'pino';
import { isForAgent } from './apply.ts';
import { SessionError } from './errors.ts';
import type { Incoming } from './files/incoming.ts';
import type { Source } from './files/lineage.ts';
import { fold } from './fold.ts';
import type { SessionId, ThreadId } from './ids.ts';
import { type MessageInput, tsMs } from './input.ts';
import type { Line } from './line.ts';
import type { Conversation, Inbox, SessionSpec, Sessions } from './ports.ts';
import type { Stage } from './stage.ts';

/** The thread's hold on its session: finds or makes it, calls it, and lets go of one that is gone. */
export interface Keeper {
  /** Calls the session that the thread has, if it has one. `mayLag`: it may have done something just now. */
  resume(options: { mayLag: boolean }): void;
  /** Calls the thread's session, which is made first when there is none. */
  reach(input: MessageInput): Promise<void>;
  interrupt(): Promise<void>;
  /**
   * A request was refused. True: the session is gone, and its end or another one is on its way. False: it is not gone, or
   * new ones die at once too, and another would not mend that.
   */
  replace(error: SessionError): Promise<boolean>;
  /** All there is to hear has been heard; true when the session turns out to be gone with it. */
  heardOut(): Promise<boolean>;
  /** The session is gone. Work it had begun ends with it; a message that had not reached it goes to a new one. */
  lose(): Promise<void>;
}

interface KeeperOptions {
  thread: ThreadId;
  stage: Stage;
  line: Line;
  sessions: Sessions;
  inbox: Inbox;
  conversation: Conversation;
  incoming: Incoming;
  log: Logger;
  /** The inbox may go on: what is in it needs another session, or none. */
  onLost(): void;
}

/** A thread whose new sessions die at once has a fault that another session will not mend. */
const MOST_SESSIONS = 3;

export function keepSession({
  thread,
  stage,
  line,
  sessions,
  inbox,
  conversation,
  incoming,
  log,
  onLost,
}: KeeperOptions): Keeper {
  const isTakenOver = stage.owes() && !stage.record().isHeldBack;
  let made = 0;
  /** The session whose end was announced: it ends here once all it said has been heard. */
  let dying: SessionId | null = null;

  function call(session: SessionId, { mayLag = false } = {}): void {
    line.open(session, { since: stage.record().since, mayLag });
  }

  async function make(input: MessageInput): Promise<SessionId> {
    made += 1;
    const { marker, text } = await conversation.read(input);
    const key = `${thread}#${stage.record().sessions + 1}`;
    // The turn was begun by a process that died, perhaps with its session made and not yet remembered.
    const triedSince = isTakenOver && made === 1 ? tsMs(input) : null;
    const mounts = await incoming.given(thread);
    const title = `${marker.place}: ${text || input.files.map(({ name }) => name).join(', ')}`;
    const { session, mounted } = await create({ thread, key, title, requester: input.author, triedSince, mounts });
    await stage.bind(session);
    await incoming.mounted(thread, { session, files: mounted });
    return session;
  }

  /** A file that the agents API does not take any more must not keep people from their session: it is begun without. */
  async function create(spec: SessionSpec & { mounts: Source[] }): Promise<{ session: SessionId; mounted: Source[] }> {
    try {
      const session = await sessions.create(spec);
      // One that an earlier process made has what there was then: that is looked into file by file.
      return { session, mounted: spec.triedSince === null ? spec.mounts : [] };
    } catch (error) {
      const isForFiles = error instanceof SessionError && error.code === 'request' && spec.mounts.length > 0;
      if (!isForFiles) throw error;
      log.warn({ err: error }, 'session refused with its files');
      return { session: await sessions.create({ ...spec, mounts: [] }), mounted: [] };
    }
  }

  /** What it said and how it ended may still be on its way: its history is read once more. */
  function hearOut(session: SessionId): void {
    // While the line opens, the history is being read as it is.
    if (line.is('live')) call(session);
    dying = session;
  }

  const keeper: Keeper = {
    resume(options) {
      const session = stage.session();
      if (session !== null) call(session, options);
    },
    async reach(input) {
      call(stage.session() ?? (await make(input)));
    },
    async interrupt() {
      const session = stage.session();
      if (session !== null) await sessions.interrupt(session);
    },
    async replace(error) {
      if (error.code !== 'gone' || made >= MOST_SESSIONS) return false;
      const session = stage.session();
      log.info({ sessionId: session, reason: error.message }, 'session gone');
      if (session === null || line.is('down')) await keeper.lose();
      else hearOut(session);
      return true;
    },
    async heardOut() {
      if (dying === null || dying !== stage.session()) return false;
      await keeper.lose();
      return true;
    },
    async lose() {
      line.hangUp();
      const { phase, heard } = stage.turn();
      const hadBegun = phase !== 'starting' || heard.length > 0;
      if (!hadBegun && (await inbox.list(thread)).some(isForAgent)) await stage.unbind();
      else stage.change((turn) => fold(turn, { type: 'session.deleted' }));
      onLost();
    },
  };
  return keeper;
}
