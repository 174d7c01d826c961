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

export function keepSession(options: KeeperOptions): Keeper {
  return new SessionKeeper(options);
}

class SessionKeeper implements Keeper {
  readonly #options: KeeperOptions;
  readonly #isTakenOver: boolean;
  #made = 0;
  /** The session whose end was announced: it ends here once all it said has been heard. */
  #dying: SessionId | null = null;

  constructor(options: KeeperOptions) {
    const { stage } = options;
    this.#options = options;
    this.#isTakenOver = stage.owes() && !stage.record().isHeldBack;
  }

  resume(options: { mayLag: boolean }): void {
    const session = this.#options.stage.session();
    if (session !== null) this.#call(session, options);
  }

  async reach(input: MessageInput): Promise<void> {
    this.#call(this.#options.stage.session() ?? (await this.#make(input)));
  }

  async interrupt(): Promise<void> {
    const { stage, sessions } = this.#options;
    const session = stage.session();
    if (session !== null) await sessions.interrupt(session);
  }

  async replace(error: SessionError): Promise<boolean> {
    const { stage, line, log } = this.#options;
    if (error.code !== 'gone' || this.#made >= MOST_SESSIONS) return false;
    const session = stage.session();
    log.info({ sessionId: session, reason: error.message }, 'session gone');
    if (session === null || line.is('down')) await this.lose();
    else this.#hearOut(session);
    return true;
  }

  async heardOut(): Promise<boolean> {
    if (this.#dying === null || this.#dying !== this.#options.stage.session()) return false;
    await this.lose();
    return true;
  }

  async lose(): Promise<void> {
    const { thread, stage, line, inbox } = this.#options;
    line.hangUp();
    const { phase, heard } = stage.turn();
    const hadBegun = phase !== 'starting' || heard.length > 0;
    if (!hadBegun && (await inbox.list(thread)).some(isForAgent)) await stage.unbind();
    else stage.change((turn) => fold(turn, { type: 'session.deleted' }));
    this.#options.onLost();
  }

  #call(session: SessionId, { mayLag = false } = {}): void {
    const { stage, line } = this.#options;
    line.open(session, { since: stage.record().since, mayLag });
  }

  async #make(input: MessageInput): Promise<SessionId> {
    const { thread, stage, conversation, incoming } = this.#options;
    this.#made += 1;
    const { marker, text } = await conversation.read(input);
    const key = `${thread}#${stage.record().sessions + 1}`;
    // The turn was begun by a process that died, perhaps with its session made and not yet remembered.
    const triedSince = this.#isTakenOver && this.#made === 1 ? tsMs(input) : null;
    const mounts = await incoming.given(thread);
    const title = `${marker.place}: ${text || input.files.map(({ name }) => name).join(', ')}`;
    const spec = { thread, key, title, requester: input.author, triedSince, mounts };
    const { session, mounted } = await this.#create(spec);
    await stage.bind(session);
    await incoming.mounted(thread, { session, files: mounted });
    return session;
  }

  /** A file that the agents API does not take any more must not keep people from their session: it is begun without. */
  async #create(spec: SessionSpec & { mounts: Source[] }): Promise<{ session: SessionId; mounted: Source[] }> {
    const { sessions, log } = this.#options;
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
  #hearOut(session: SessionId): void {
    // While the line opens, the history is being read as it is.
    if (this.#options.line.is('live')) this.#call(session);
    this.#dying = session;
  }
}
