import type { SlackTs } from './ids.ts';

/**
 * The part of a session event that the hall needs, under the API's own type names. Timestamps are the API's RFC 3339
 * strings; `at` is `processed_at`. The sessions room translates; nobody else reads the API's shapes.
 */
export type Event =
  /** `slackTs` and `author` as our marker says; null for a message that is not ours. */
  | {
      type: 'user.message';
      id: string;
      at: string | null;
      slackTs: SlackTs | null;
      author: string | null;
      /** How often it had been sent before, and lost by the session. */
      again?: number;
    }
  | { type: 'user.interrupt'; at: string | null }
  | { type: 'user.tool_confirmation'; at: string | null; toolUseId: string; result: 'allow' | 'deny' }
  | { type: 'user.custom_tool_result'; at: string | null; toolUseId: string; isError: boolean }
  /** A live preview begins (`event_start` of an `agent.message`); its final event carries the same id. */
  | { type: 'event_start'; eventId: string }
  /** The next piece of a preview; all pieces of one id are a prefix of the final text. */
  | { type: 'event_delta'; eventId: string; text: string }
  | { type: 'agent.message'; id: string; at: string; text: string }
  | { type: 'agent.thinking'; at: string }
  /** `childId`: the agent thread that calls, when the event names one. */
  | { type: 'agent.tool_use'; id: string; at: string; tool: ToolCall; childId: string | null }
  | { type: 'agent.tool_result'; at: string; toolUseId: string; isError: boolean }
  | { type: 'session.status_running'; id: string; at: string }
  | { type: 'session.status_idle'; id: string; at: string; reason: StopReason; eventIds: string[] }
  | { type: 'session.status_rescheduled'; at: string }
  | { type: 'session.status_terminated'; id: string; at: string }
  | { type: 'session.deleted' }
  | { type: 'session.error'; id: string; at: string; error: SessionFault }
  | { type: 'session.thread_created'; at: string; childId: string; name: string }
  | { type: 'session.thread_status_terminated'; at: string; childId: string }
  /** Cumulative list cost of the session in cents, and its cap; null when the API gives none. */
  | { type: 'session.usage'; at: string; cents: number | null; capCents: number | null }
  | { type: 'span.model_request_end'; at: string }
  | { type: 'workflow_run.created'; at: string; runId: string }
  | { type: 'workflow_run.status_ended'; at: string; runId: string }
  /** Known but of no concern here, or unknown: kept so that a watchdog sees life. */
  | { type: 'ignored'; name: string };

export interface ToolCall {
  kind: 'built-in' | 'mcp' | 'custom';
  name: string;
  /** The MCP server, for `mcp`. */
  server?: string;
  input: Record<string, unknown>;
  /** True when people must answer before it runs: a custom tool, `ask`, or a permission value we do not know. */
  asks: boolean;
}

/** `session.status_idle.stop_reason.type`; the API may add more. */
export type StopReason = 'end_turn' | 'requires_action' | 'retries_exhausted' | 'budget_reached' | 'refusal' | 'other';

export interface SessionFault {
  /** The API's `error.type`, e.g. `mcp_authentication_failed_error`. */
  type: string;
  retry: 'retrying' | 'exhausted' | 'terminal';
  /** What the fault is about: an MCP server's name or a repository's URL. */
  subject?: string;
}

/** What following a session yields: its events, each once, and whether we hear it live. */
export type Followed =
  | Event
  /** History has been read and the stream is open: what the fold says now is true now. */
  | { type: 'follow.live' }
  /** So many sessions are read that this one has to wait for its turn; and then its turn has come. */
  | { type: 'follow.queued' }
  | { type: 'follow.trying' }
  /** The stream dropped; previews of unfinished text can no longer be trusted to be gapless. */
  | { type: 'follow.lost' };
