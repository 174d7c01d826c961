import type { Session } from './session.ts';
import { usageBody } from './usage.ts';

/** A session's threads as the API lists them; the first is the primary one. */
export function threadBodies(session: Session) {
  const common = {
    type: 'session_thread',
    session_id: session.id,
    agent: session.agent,
    archived_at: session.archivedAt,
  };
  const primary = {
    ...common,
    id: session.threadId,
    parent_thread_id: null,
    status: session.status,
    stats: null,
    usage: usageBody(session.usage),
    created_at: session.createdAt,
    updated_at: session.updatedAt,
  };
  const children = session.children.map((child) => ({
    ...common,
    id: child.id,
    agent: { ...session.agent, name: child.agentName },
    parent_thread_id: session.threadId,
    status: child.status,
    stats: null,
    usage: null,
    created_at: child.createdAt,
    updated_at: child.createdAt,
  }));
  return [primary, ...children];
}
