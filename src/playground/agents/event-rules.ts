import { badRequest } from './api-error.ts';
import type { SentEvent } from './event-schema.ts';
import { actionWindow, type Call } from './session-parts.ts';

/** What decides whether a send is accepted; a copy is walked event by event, nothing is changed. */
export interface SendState {
  sessionId: string;
  archived: boolean;
  terminated: boolean;
  /** Idle because of its budget. */
  capped: boolean;
  /** Idle because of open calls; while it runs, messages are welcome even with a call open. */
  waiting: boolean;
  calls: Map<string, Call>;
  threadIds: string[];
}

const ANSWERS = new Set(['user.tool_confirmation', 'user.custom_tool_result', 'user.tool_result']);

/** Throws the 400 of the first event that may not be sent now: all of a request is accepted, or nothing. */
export function checkSend(events: SentEvent[], state: SendState): void {
  if (state.archived) throw badRequest(`Session '${state.sessionId}' is archived and no longer accepts events.`);
  if (state.terminated) throw badRequest(`Session '${state.sessionId}' is terminated and no longer accepts events.`);
  const pending = new Map([...state.calls].filter(([, call]) => call.state === 'open'));
  const answered = new Set([...state.calls.keys()].filter((id) => !pending.has(id)));
  events.forEach((event, index) => {
    const refuse = (why: string) => badRequest(`Invalid ${event.type} event at events[${index}]: ${why}`);
    checkPlacement(events, { event, index, pending: state.waiting ? pending : new Map(), refuse });
    if (state.capped && pending.size === 0 && !ANSWERS.has(event.type) && event.type !== 'user.interrupt') {
      throw refuse('the session has reached its budget; raise or remove the budget before sending new work');
    }
    if (event.type === 'user.interrupt') {
      const thread = event.session_thread_id;
      if (thread && !state.threadIds.includes(thread)) throw refuse(`session thread '${thread}' does not exist`);
      pending.clear();
    }
    checkAnswer(event, { calls: state.calls, pending, answered, refuse });
  });
}

type Refuse = (why: string) => Error;

function checkPlacement(
  events: SentEvent[],
  { event, index, pending, refuse }: { event: SentEvent; index: number; pending: Map<string, Call>; refuse: Refuse },
): void {
  const before = events[index - 1]?.type;
  if (event.type === 'system.message') {
    if (index !== events.length - 1) throw refuse('system.message must be the last event of a request');
    if (before === 'user.interrupt') throw refuse('system.message must follow a user.message or a tool result');
  }
  const trailsAnswer = event.type === 'system.message' && before !== undefined && ANSWERS.has(before);
  if (pending.size > 0 && !ANSWERS.has(event.type) && event.type !== 'user.interrupt' && !trailsAnswer) {
    const ids = actionWindow(pending).join(', ');
    throw refuse(
      `waiting on responses to events [${ids}]; only \`user.tool_confirmation\`, \`user.custom_tool_result\`, \`user.tool_result\`, or \`user.interrupt\` may be sent`,
    );
  }
}

interface AnswerRules {
  calls: Map<string, Call>;
  pending: Map<string, Call>;
  answered: Set<string>;
  refuse: Refuse;
}

function checkAnswer(event: SentEvent, { calls, pending, answered, refuse }: AnswerRules): void {
  if (event.type === 'user.tool_result') {
    throw refuse('user.tool_result is only accepted in sessions of self-hosted environments');
  }
  if (event.type === 'user.custom_tool_result') {
    const id = event.custom_tool_use_id;
    if (calls.get(id)?.kind !== 'custom') {
      throw refuse(`custom_tool_use_id '${id}' does not match any custom_tool_use event in this session`);
    }
    if (answered.has(id) || !pending.has(id)) throw refuse(`custom_tool_use_id '${id}' already has a result`);
    pending.delete(id);
    answered.add(id);
  }
  if (event.type === 'user.tool_confirmation') {
    if (event.result === 'allow' && event.deny_message) throw refuse('deny_message is only allowed with result "deny"');
    const kind = calls.get(event.tool_use_id)?.kind;
    if (kind === undefined || kind === 'custom') {
      throw refuse(`tool_use_id '${event.tool_use_id}' does not match any tool_use event awaiting confirmation`);
    }
    // A late or repeated confirmation is accepted without effect.
    pending.delete(event.tool_use_id);
  }
}
