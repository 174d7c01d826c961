import type { Clock } from '../../clock.ts';
import type { MakeId } from './ids.ts';

/** One event as the API sends it: fields at the top level, no session id. */
export interface SessionEvent {
  id: string;
  type: string;
  processed_at: string | null;
  [field: string]: unknown;
}

/** Live previews: never stored, only for connections that asked for this event type. */
export type Preview =
  | { type: 'event_start'; event: { type: PreviewType; id: string } }
  | {
      type: 'event_delta';
      event_id: string;
      delta: { type: 'content_delta'; index: number; content: { type: 'text'; text: string } };
    };
export type PreviewType = 'agent.message' | 'agent.thinking';

export interface LogListener {
  event(event: SessionEvent): void;
  preview(preview: Preview, of: PreviewType): void;
  end(): void;
}

export interface LoggedEvent {
  event: SessionEvent;
  /** Place in which it was emitted; what orders events that are not processed yet. */
  sequence: number;
  /** Clock time from which a list may show it, before any lag knob. */
  emittedAt: number;
}

/** The history of one session and the live wire of everybody who follows it. */
export interface EventLog {
  /** Stores and sends an event, stamped unless `queued`. */
  append(type: string, fields?: Record<string, unknown>, options?: { id?: string; queued?: boolean }): SessionEvent;
  /** Marks a queued event as processed and sends it again under the same id. */
  stamp(id: string): SessionEvent | undefined;
  preview(preview: Preview, of: PreviewType): void;
  /** Sends `session.deleted`, which is never stored, and ends every stream. */
  delete(): void;
  entries(): readonly LoggedEvent[];
  listen(listener: LogListener): () => void;
}

export function createEventLog(clock: Clock, makeId: MakeId): EventLog {
  const entries: LoggedEvent[] = [];
  const byId = new Map<string, LoggedEvent>();
  const listeners = new Set<LogListener>();
  let lastStamp = 0;
  // Strictly growing within a session, so that "sorted by processed_at" is one order only.
  const now = () => {
    lastStamp = Math.max(clock.now(), lastStamp + 1);
    return new Date(lastStamp).toISOString();
  };
  const send = (event: SessionEvent) => {
    for (const listener of [...listeners]) listener.event({ ...event });
  };
  return {
    append(type, fields = {}, options = {}) {
      const event: SessionEvent = {
        type,
        id: options.id ?? makeId('sevt'),
        processed_at: options.queued ? null : now(),
        ...fields,
      };
      const entry = { event, sequence: entries.length, emittedAt: clock.now() };
      entries.push(entry);
      byId.set(event.id, entry);
      send(event);
      return { ...event };
    },
    stamp(id) {
      const entry = byId.get(id);
      if (!entry || entry.event.processed_at !== null) return undefined;
      entry.event = { ...entry.event, processed_at: now() };
      send(entry.event);
      return { ...entry.event };
    },
    preview(preview, of) {
      for (const listener of [...listeners]) listener.preview(preview, of);
    },
    delete() {
      send({ type: 'session.deleted', id: makeId('sevt'), processed_at: now() });
      for (const listener of [...listeners]) listener.end();
      listeners.clear();
    },
    entries: () => entries,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
