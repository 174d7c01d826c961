import type { Permission } from './agent-tools.ts';
import type { ModelRequests } from './model-requests.ts';
import type { ToolOptions, ToolOutcome } from './script.ts';
import type { Session } from './session.ts';
import type { Answer, Call } from './session-parts.ts';

const INTERRUPTED = 'Tool execution was interrupted before completion. Please retry.';

export interface ToolCall {
  name: string;
  input: Record<string, unknown>;
  /** The MCP server, for MCP tools. */
  server?: string;
}

/** Keeps the tool calls of a turn: emits each use, then exactly one result, whatever happens in between. */
export interface CallBook {
  use(call: ToolCall, permission: Permission, more?: Record<string, unknown>): Call;
  useCustom(call: ToolCall): Call;
  /** Makes a call wait for people. */
  question(call: Call): Call;
  /** Runs the call unless its answer denies it, and emits the result. */
  settle(call: Call, options: ToolOptions): Promise<ToolOutcome>;
  fail(call: Call, text: string): void;
  /** The client has given this call's result. */
  done(call: Call): void;
  /** Ends every call that has no result yet with an error result. */
  close(): void;
}

interface BookWorld {
  requests: ModelRequests;
  wait: (ms: number) => Promise<void>;
}

export function createCallBook(session: Session, { requests, wait }: BookWorld): CallBook {
  const { log } = session;
  const running = new Map<string, Call>();

  const open = (id: string, kind: Call['kind']) => {
    const call: Call = { id, kind, state: 'open' };
    running.set(id, call);
    return call;
  };
  const done = (call: Call) => {
    running.delete(call.id);
    requests.forget();
  };
  const finish = (call: Call, text: string, isError = false) => {
    done(call);
    log.append(...resultEvent(call, text, isError));
  };
  return {
    use({ name, input, server }, permission, more = {}) {
      const fields = { name, input, ...permission, ...more };
      if (server === undefined) return open(log.append('agent.tool_use', fields).id, 'tool');
      return open(log.append('agent.mcp_tool_use', { mcp_server_name: server, ...fields }).id, 'mcp');
    },
    useCustom: ({ name, input }) => open(log.append('agent.custom_tool_use', { name, input }).id, 'custom'),
    question(call) {
      session.calls.set(call.id, call);
      return call;
    },
    async settle(call, options) {
      if (call.answer?.type === 'deny') {
        finish(call, denial(call.answer), true);
        return { allowed: false, ...(call.answer.message ? { denyMessage: call.answer.message } : {}) };
      }
      await wait(options.ms ?? 400);
      finish(call, options.output ?? '', options.isError);
      return { allowed: true };
    },
    fail: (call, text) => finish(call, text, true),
    done,
    close() {
      for (const call of [...running.values()]) {
        // A custom call's result is the client's own event, which stands in the history already.
        if (call.kind === 'custom' && call.state === 'answered') done(call);
        else finish(call, INTERRUPTED, true);
        if (call.state === 'open') call.state = 'closed';
      }
    },
  };
}

function denial({ message }: Extract<Answer, { type: 'deny' }>): string {
  return `The user denied permission to run this tool${message ? `: ${message}` : '.'}`;
}

/** Custom calls have no server-side result event: the error stands where the client's answer would. */
function resultEvent({ id, kind }: Call, text: string, isError: boolean): [string, Record<string, unknown>] {
  const content = text === '' ? [] : [{ type: 'text', text }];
  if (kind === 'custom') return ['user.custom_tool_result', { custom_tool_use_id: id, content, is_error: isError }];
  if (kind === 'mcp') return ['agent.mcp_tool_result', { mcp_tool_use_id: id, content, is_error: isError }];
  return ['agent.tool_result', { tool_use_id: id, content, is_error: isError }];
}
