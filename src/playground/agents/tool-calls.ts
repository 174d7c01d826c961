import type { Clock } from '../../clock.ts';
import { evaluatePermission } from './agent-tools.ts';
import type { FaultPoints } from './faults.ts';
import type { MakeId } from './ids.ts';
import type { ModelRequests } from './model-requests.ts';
import type { CustomAnswer, ToolOptions, ToolOutcome } from './script.ts';
import type { Session } from './session.ts';
import { type Answer, actionWindow, type Call, openCalls } from './session-parts.ts';
import type { SessionStatuses } from './session-status.ts';

const INTERRUPTED = 'Tool execution was interrupted before completion. Please retry.';

/** The tools' side of a turn: calls, their questions to people, their results. */
export interface ToolCalls {
  run(call: ToolCall, options?: ToolOptions): Promise<ToolOutcome>;
  custom(calls: { name: string; input: Record<string, unknown> }[]): Promise<CustomAnswer[]>;
  child(options: { agentName: string; command: string; output: string }): Promise<ToolOutcome>;
  /** Ends every call that has no result yet with an error result. */
  close(): void;
}

interface ToolCall {
  name: string;
  input: Record<string, unknown>;
  /** The MCP server, for MCP tools. */
  server?: string;
}

interface CallWorld {
  clock: Clock;
  makeId: MakeId;
  faults: FaultPoints;
  statuses: SessionStatuses;
  requests: ModelRequests;
  wait: (ms: number) => Promise<void>;
  park: (ready: () => boolean) => Promise<void>;
  until: (ready: () => boolean) => Promise<void>;
}

export function createToolCalls(session: Session, world: CallWorld): ToolCalls {
  const { log } = session;
  /** Calls without a result, with the kind of result they take. */
  const running = new Map<string, Call['kind']>();

  const finish = (id: string, kind: Call['kind'], text: string, isError = false) => {
    running.delete(id);
    world.requests.forget();
    log.append(...resultEvent(kind, { id, text, isError }));
  };
  const register = (id: string, kind: Call['kind']) => {
    const call: Call = { id, kind, state: 'open' };
    session.calls.set(id, call);
    return call;
  };
  const use = (call: ToolCall, permission: ReturnType<typeof evaluatePermission>, more = {}) => {
    const fields = { name: call.name, input: call.input, ...permission, ...more };
    const { id } = call.server
      ? log.append('agent.mcp_tool_use', { mcp_server_name: call.server, ...fields })
      : log.append('agent.tool_use', fields);
    running.set(id, call.server ? 'mcp' : 'tool');
    return id;
  };
  /** Idles with requires_action until people answered every open call. */
  const ask = async () => {
    // A client may answer a custom call at once, before the idle: it then never comes.
    await world.wait(20);
    if (openCalls(session.calls).length === 0) return;
    const ids = world.faults.takeEmptyEventIds() ? [] : actionWindow(session.calls);
    world.statuses.idle(session, { type: 'requires_action', event_ids: ids });
    await world.park(() => openCalls(session.calls).length === 0);
  };
  const settle = async (id: string, kind: Call['kind'], answer: Answer | undefined, options: ToolOptions) => {
    if (answer?.type === 'deny') {
      const why = answer.message ? `: ${answer.message}` : '.';
      finish(id, kind, `The user denied permission to run this tool${why}`, true);
      return { allowed: false, ...(answer.message ? { denyMessage: answer.message } : {}) };
    }
    await world.wait(options.ms ?? 400);
    finish(id, kind, options.output ?? '', options.isError);
    return { allowed: true };
  };

  return {
    async run(call, options = {}) {
      await world.requests.decide();
      const permission = evaluatePermission(session.agent, call, options.permission);
      const id = use(call, permission);
      const kind = call.server ? 'mcp' : 'tool';
      if (call.name === 'web_search') session.usage = { ...session.usage, webSearches: session.usage.webSearches + 1 };
      if (permission.evaluated_permission === 'deny') {
        finish(id, kind, `Permission to use ${call.name} has been denied.`, true);
        return { allowed: false };
      }
      if (permission.evaluated_permission === 'allow') return settle(id, kind, undefined, options);
      const question = register(id, kind);
      await ask();
      return settle(id, kind, question.answer, options);
    },
    async custom(asked) {
      await world.requests.decide();
      const calls = asked.map(({ name, input }) => {
        const { id } = log.append('agent.custom_tool_use', { name, input });
        running.set(id, 'custom');
        return register(id, 'custom');
      });
      await ask();
      world.requests.forget();
      return calls.map(({ id, answer }) => {
        running.delete(id);
        return answer?.type === 'result' ? answer : { text: '', isError: true };
      });
    },
    async child({ agentName, command, output }) {
      await world.requests.decide();
      const thread = { id: world.makeId('sthr'), agentName, createdAt: new Date(world.clock.now()).toISOString() };
      const child = { ...thread, status: 'running' as 'running' | 'idle' | 'terminated' };
      session.children.push(child);
      const named = { session_thread_id: thread.id, agent_name: agentName };
      log.append('session.thread_created', { ...named, workflow_run_id: null });
      log.append('session.thread_status_running', named);
      await world.wait(300);
      const policy = { evaluated_permission: 'ask', evaluation: { type: 'always_ask' } } as const;
      const id = use({ name: 'bash', input: { command } }, policy, { session_thread_id: thread.id });
      const question = register(id, 'tool');
      child.status = 'idle';
      // The session stays running: the child's question shows only here.
      log.append('session.thread_status_idle', {
        ...named,
        stop_reason: { type: 'requires_action', event_ids: [id] },
        stop_details: null,
      });
      await world.until(() => question.state !== 'open');
      child.status = 'running';
      log.append('session.thread_status_running', named);
      const outcome = await settle(id, 'tool', question.answer, { output });
      child.status = 'idle';
      const done = { stop_reason: { type: 'end_turn' }, stop_details: null };
      log.append('session.thread_status_idle', { ...named, ...done });
      return outcome;
    },
    close() {
      for (const [id, kind] of [...running]) {
        const call = session.calls.get(id);
        if (call?.state === 'answered' && kind === 'custom') running.delete(id);
        else finish(id, kind, INTERRUPTED, true);
        if (call) call.state = call.state === 'open' ? 'closed' : call.state;
      }
    },
  };
}

/** Custom calls have no server-side result event: the error stands where the client's answer would. */
function resultEvent(
  kind: Call['kind'],
  { id, text, isError }: { id: string; text: string; isError: boolean },
): [string, Record<string, unknown>] {
  const content = text === '' ? [] : [{ type: 'text', text }];
  if (kind === 'custom') return ['user.custom_tool_result', { custom_tool_use_id: id, content, is_error: isError }];
  if (kind === 'mcp') return ['agent.mcp_tool_result', { mcp_tool_use_id: id, content, is_error: isError }];
  return ['agent.tool_result', { tool_use_id: id, content, is_error: isError }];
}
