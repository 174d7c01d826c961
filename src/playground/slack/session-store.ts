import type { Session, SessionStatus } from './model.ts';
import type { Workspace } from './workspace.ts';

/** Slack's own idea of an agent session: a status and a title for a thread. */
export interface SessionStore {
  get(channel: string, threadTs: string): Session | undefined;
  of(channel: string): Session[];
  all(): Session[];
  /** Sets the status; makes the session when there is none, with the given title and initiator. */
  set(key: { channel: string; threadTs: string }, change: SessionChange): Session;
  rename(session: Session, rename: { title: string; byUser?: string }): void;
}

interface SessionChange {
  status: SessionStatus;
  title?: string | undefined;
  initiator?: string | undefined;
}

const PROCESSING_MS = 3_600_000;

export function createSessionStore(workspace: Workspace): SessionStore {
  const sessions = new Map<string, Session>();
  const keyOf = (channel: string, threadTs: string) => `${channel}:${threadTs}`;

  const put = (session: Session, status: SessionStatus) => {
    session.cancelExpiry();
    session.status = status;
    // A forgotten "processing" goes away by itself; saying it again starts the hour anew.
    session.cancelExpiry =
      status === 'processing' ? workspace.clock.after(PROCESSING_MS, () => put(session, 'active')) : nothing;
    workspace.tell({ type: 'session', session });
  };

  return {
    get: (channel, threadTs) => sessions.get(keyOf(channel, threadTs)),
    of: (channel) => [...sessions.values()].filter((session) => session.channel === channel),
    all: () => [...sessions.values()],
    set({ channel, threadTs }, { status, title, initiator }) {
      const known = sessions.get(keyOf(channel, threadTs));
      const session = known ?? {
        channel,
        threadTs,
        status,
        cancelExpiry: nothing,
        ...(title ? { title } : {}),
        ...(initiator ? { initiator } : {}),
      };
      sessions.set(keyOf(channel, threadTs), session);
      put(session, status);
      return session;
    },
    rename(session, { title, byUser }) {
      const previousTitle = session.title;
      session.title = title;
      if (byUser === undefined) return workspace.tell({ type: 'session', session });
      workspace.tell({
        type: 'retitled',
        session,
        user: byUser,
        ...(previousTitle === undefined ? {} : { previousTitle }),
      });
    },
  };
}

function nothing(): void {}
