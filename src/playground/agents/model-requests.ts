import type { PreviewType } from './event-log.ts';
import type { FaultPoints } from './faults.ts';
import type { MakeId } from './ids.ts';
import type { SayOptions } from './script.ts';
import type { Session } from './session.ts';
import { addRequest, requestUsage } from './usage.ts';

/** The model's side of a turn: spans, previews, messages. At most one request is open at a time. */
export interface ModelRequests {
  think(): Promise<void>;
  say(text: string, options?: SayOptions): Promise<void>;
  /** Makes sure a request stands behind the tool calls that follow, and that it is closed. */
  decide(): Promise<void>;
  /** A tool result asks for a new request. */
  forget(): void;
  close(): void;
}

interface RequestWorld {
  faults: FaultPoints;
  makeId: MakeId;
  pace: number;
  beforeRequest: () => Promise<void>;
  waitFor: (ms: number) => Promise<void>;
}

export function createModelRequests(session: Session, world: RequestWorld): ModelRequests {
  const { log } = session;
  let open: string | undefined;
  let decided = false;

  const start = async () => {
    if (open !== undefined) return;
    await world.beforeRequest();
    open = log.append('span.model_request_start').id;
  };
  const end = (written: number, isError: boolean | null = false) => {
    if (open === undefined) return;
    const used = requestUsage(session.usage, written);
    session.usage = addRequest(session.usage, used);
    log.append('span.model_request_end', { model_request_start_id: open, is_error: isError, model_usage: used });
    open = undefined;
    decided = true;
  };
  const startPreview = (of: PreviewType) => {
    const id = world.makeId('sevt');
    log.preview({ type: 'event_start', event: { type: of, id } }, of);
    return id;
  };
  const stream = async (id: string, text: string, { chunk = 12, everyMs = 25, unpaced = false }: SayOptions) => {
    const pieces = splitText(text, chunk);
    for (const [index, piece] of pieces.entries()) {
      await world.waitFor(unpaced ? everyMs : everyMs * world.pace);
      const shedAfter = world.faults.settings.shedDeltasAfter;
      if (shedAfter !== null && index >= shedAfter) continue;
      const delta = { type: 'content_delta', index: 0, content: { type: 'text', text: piece } } as const;
      log.preview({ type: 'event_delta', event_id: id, delta }, 'agent.message');
    }
  };
  return {
    async think() {
      await start();
      const id = startPreview('agent.thinking');
      await world.waitFor(150 * world.pace);
      log.append('agent.thinking', {}, { id });
    },
    async say(text, options = {}) {
      await start();
      const id = startPreview('agent.message');
      await stream(id, text, options);
      const omitted = world.faults.takeOmittedFinal();
      if (!omitted) log.append('agent.message', { content: [{ type: 'text', text }] }, { id });
      end(text.length, omitted);
    },
    async decide() {
      if (open === undefined && decided) return;
      await start();
      end(80);
    },
    forget() {
      decided = false;
    },
    // What was generated so far is never stored, but the span still closes.
    close: () => end(0, null),
  };
}

/** Pieces of at most `size` code points, so that no delta tears a surrogate pair. */
function splitText(text: string, size: number): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? [];
}
