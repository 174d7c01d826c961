import type Anthropic from '@anthropic-ai/sdk';
import type { Event, SessionFault, StopReason } from '../thread/event.ts';
import type { SlackTs } from '../thread/ids.ts';
import { parseMarker } from '../thread/marker.ts';

/** An event as the SDK types it. At run time it may lack any field or be of a type the SDK does not know yet. */
export type RawEvent = Anthropic.Beta.Sessions.BetaManagedAgentsStreamSessionEvents;

type Translators = { [Type in RawEvent['type']]: (raw: Extract<RawEvent, { type: Type }>, at: string) => Event };

/**
 * One session event in the hall's terms. `heardAt` (RFC 3339) stands in for a missing `processed_at` of an event the
 * API made; on what people sent, a missing `processed_at` means that it is still queued.
 */
export function translate(raw: RawEvent, heardAt: string): Event {
  const translator = Object.hasOwn(TRANSLATORS, raw.type) ? TRANSLATORS[raw.type] : ignored;
  // TypeScript cannot see that the row was chosen by the very type that the row takes.
  return (translator as (raw: RawEvent, at: string) => Event)(raw, processedAt(raw) ?? heardAt);
}

export function isRawEvent(value: unknown): value is RawEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** RFC 3339, or null for an event that is still queued. */
export function processedAt(raw: RawEvent): string | null {
  return 'processed_at' in raw && typeof raw.processed_at === 'string' ? raw.processed_at : null;
}

const ignored = (raw: { type: string }): Event => ({ type: 'ignored', name: raw.type });

/** A row for every type the SDK knows: a new one in a new SDK does not compile until somebody has decided on it. */
const TRANSLATORS: Translators = {
  'user.message': (raw) => ({
    type: raw.type,
    id: text(raw.id),
    at: processedAt(raw),
    ...writtenBy(raw.content),
  }),
  'user.interrupt': (raw) => ({ type: raw.type, at: processedAt(raw) }),
  'user.tool_confirmation': (raw) => ({
    type: raw.type,
    at: processedAt(raw),
    toolUseId: text(raw.tool_use_id),
    result: raw.result === 'allow' ? 'allow' : 'deny',
  }),
  'user.custom_tool_result': (raw) => ({
    type: raw.type,
    at: processedAt(raw),
    toolUseId: text(raw.custom_tool_use_id),
    isError: raw.is_error === true,
  }),
  'user.tool_result': ignored,
  'user.define_outcome': ignored,
  'system.message': ignored,

  event_start: (raw) =>
    raw.event?.type === 'agent.message' ? { type: raw.type, eventId: text(raw.event.id) } : ignored(raw),
  // Only the first block is previewed: pieces of a later one need not follow a whole earlier one, because the API may
  // stop sending pieces of a block under load.
  event_delta: (raw) =>
    raw.delta?.content?.type === 'text' && (raw.delta.index ?? 0) === 0
      ? { type: raw.type, eventId: text(raw.event_id), text: text(raw.delta.content.text) }
      : ignored(raw),

  'agent.message': (raw, at) => ({ type: raw.type, id: text(raw.id), at, text: textOf(raw.content) }),
  'agent.thinking': (raw, at) => ({ type: raw.type, at }),
  'agent.tool_use': (raw, at) => ({
    type: 'agent.tool_use',
    id: text(raw.id),
    at,
    // Built-in tools run without asking unless the agent says otherwise, and older events carry no permission.
    tool: {
      kind: 'built-in',
      name: text(raw.name),
      input: inputOf(raw),
      asks: asks(raw.evaluated_permission ?? 'allow'),
    },
    childId: childOf(raw),
  }),
  'agent.mcp_tool_use': (raw, at) => ({
    type: 'agent.tool_use',
    id: text(raw.id),
    at,
    // MCP tools ask unless the agent says otherwise.
    tool: {
      kind: 'mcp',
      name: text(raw.name),
      server: text(raw.mcp_server_name),
      input: inputOf(raw),
      asks: asks(raw.evaluated_permission ?? 'ask'),
    },
    childId: childOf(raw),
  }),
  'agent.custom_tool_use': (raw, at) => ({
    type: 'agent.tool_use',
    id: text(raw.id),
    at,
    tool: { kind: 'custom', name: text(raw.name), input: inputOf(raw), asks: true },
    childId: childOf(raw),
  }),
  'agent.tool_result': (raw, at) => ({
    type: 'agent.tool_result',
    at,
    toolUseId: text(raw.tool_use_id),
    isError: raw.is_error === true,
  }),
  'agent.mcp_tool_result': (raw, at) => ({
    type: 'agent.tool_result',
    at,
    toolUseId: text(raw.mcp_tool_use_id),
    isError: raw.is_error === true,
  }),
  'agent.thread_message_sent': ignored,
  'agent.thread_message_received': ignored,
  'agent.thread_context_compacted': ignored,

  'session.status_running': (raw, at) => ({ type: raw.type, id: text(raw.id), at }),
  'session.status_idle': (raw, at) => ({ type: raw.type, id: text(raw.id), at, ...stopOf(raw.stop_reason) }),
  'session.status_rescheduled': (raw, at) => ({ type: raw.type, at }),
  'session.status_terminated': (raw, at) => ({ type: raw.type, id: text(raw.id), at }),
  'session.deleted': (raw) => ({ type: raw.type }),
  'session.error': (raw, at) => ({ type: raw.type, id: text(raw.id), at, error: faultOf(raw.error) }),
  'session.usage': (raw, at) => ({
    type: raw.type,
    at,
    cents: centsOf(raw.usage?.list_cost?.amount),
    capCents: centsOf(raw.budget?.max_list_cost?.amount),
  }),
  'session.updated': ignored,
  // Also emitted for the only thread of a plain session, so a thread's idle is never the session's idle.
  'session.thread_created': (raw, at) => ({
    type: raw.type,
    at,
    childId: text(raw.session_thread_id),
    name: text(raw.agent_name),
  }),
  'session.thread_status_running': ignored,
  'session.thread_status_idle': ignored,
  'session.thread_status_rescheduled': ignored,
  'session.thread_status_terminated': (raw, at) => ({ type: raw.type, at, childId: text(raw.session_thread_id) }),

  'span.model_request_start': ignored,
  'span.model_request_end': (raw, at) => ({ type: raw.type, at }),
  'span.outcome_evaluation_start': ignored,
  'span.outcome_evaluation_ongoing': ignored,
  'span.outcome_evaluation_end': ignored,

  'workflow_run.created': (raw, at) => ({ type: raw.type, at, runId: text(raw.workflow_run_id) }),
  'workflow_run.status_ended': (raw, at) => ({ type: raw.type, at, runId: text(raw.workflow_run_id) }),
  'workflow_run.status_running': ignored,
  'workflow_run.status_idle': ignored,
  'workflow_run.error': ignored,
  'workflow_run.phase_started': ignored,
  'workflow_run.phase_ended': ignored,
};

/** The marker counts only in the block where we put it: people's text stands in later ones. */
function writtenBy(content: unknown): { slackTs: SlackTs | null; author: string | null; again?: number } {
  const [first] = records(content);
  const marker = first?.type === 'text' ? parseMarker(text(first.text)) : null;
  const again = marker?.again === undefined ? {} : { again: marker.again };
  return { slackTs: marker?.ts ?? null, author: marker?.author ?? null, ...again };
}

function childOf(raw: { session_thread_id?: string | null }): string | null {
  return text(raw.session_thread_id) || null;
}

function textOf(content: unknown): string {
  return records(content)
    .map((block) => (block.type === 'redacted' ? '[redacted]' : text(block.text)))
    .join('');
}

function inputOf({ input }: { input: unknown }): Record<string, unknown> {
  return isRecord(input) ? input : {};
}

/** Fails closed: a permission we do not know is one that people must answer. */
function asks(permission: string): boolean {
  return permission !== 'allow' && permission !== 'deny';
}

const STOP_REASONS: readonly string[] = [
  'end_turn',
  'requires_action',
  'retries_exhausted',
  'budget_reached',
  'refusal',
] satisfies StopReason[];

function stopOf(stop: unknown): { reason: StopReason; eventIds: string[] } {
  if (!isRecord(stop)) return { reason: 'other', eventIds: [] };
  const ids: unknown[] = Array.isArray(stop.event_ids) ? stop.event_ids : [];
  return {
    reason: isStopReason(stop.type) ? stop.type : 'other',
    eventIds: ids.filter((id) => typeof id === 'string'),
  };
}

function isStopReason(value: unknown): value is StopReason {
  return typeof value === 'string' && STOP_REASONS.includes(value);
}

function faultOf(error: unknown): SessionFault {
  const fault = isRecord(error) ? error : {};
  const status = isRecord(fault.retry_status) ? fault.retry_status.type : undefined;
  const subject = text(fault.mcp_server_name) || text(fault.repository_url);
  return {
    type: text(fault.type) || 'unknown_error',
    // Only what surely ends a turn may end it; should an unknown status end it too, an idle will say so.
    retry: status === 'exhausted' || status === 'terminal' ? status : 'retrying',
    ...(subject && { subject }),
  };
}

/** The API writes money as a string of whole cents. */
function centsOf(amount: unknown): number | null {
  return typeof amount === 'string' && /^\d+(\.\d+)?$/.test(amount) ? Number(amount) : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
