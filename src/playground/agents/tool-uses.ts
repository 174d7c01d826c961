import { evaluatePermission, UNKNOWN_PERMISSION } from './agent-tools.ts';
import type { CallBook, ToolCall } from './call-book.ts';
import type { FaultPoints } from './faults.ts';
import type { ModelRequests } from './model-requests.ts';
import type { CustomAnswer, ScriptedTurn, ToolOptions, ToolOutcome } from './script.ts';
import type { Session } from './session.ts';
import { actionWindow, type Call, openCalls } from './session-parts.ts';
import type { SessionStatuses } from './session-status.ts';

export type ToolUses = Pick<ScriptedTurn, 'tool' | 'tools' | 'mcpTool' | 'customTool' | 'customTools'>;

interface CallWorld {
  book: CallBook;
  faults: FaultPoints;
  statuses: SessionStatuses;
  requests: ModelRequests;
  wait: (ms: number) => Promise<void>;
  /** Idle inside the turn until people answered. */
  park: (ready: () => boolean) => Promise<void>;
}

interface AskedCall {
  call: ToolCall;
  options: ToolOptions;
  custom?: boolean;
}

/** What a script can call: built-in and MCP tools by the agent's policy, custom tools by the client's hand. */
export function createToolUses(session: Session, world: CallWorld): ToolUses {
  const { book } = world;
  /** Idles with requires_action until every open call is answered. */
  const ask = async () => {
    // A client may answer a custom call at once, before the idle: then it never comes.
    await world.wait(20);
    const answered = () => openCalls(session.calls).length === 0;
    if (answered()) return;
    const ids = world.faults.takeEmptyEventIds() ? [] : actionWindow(session.calls);
    world.statuses.idle(session, { type: 'requires_action', event_ids: ids });
    await world.park(answered);
  };
  const use = (call: ToolCall, options: ToolOptions) => {
    const permission = world.faults.takeUnknownPermission()
      ? UNKNOWN_PERMISSION
      : evaluatePermission(session.agent, call, options.permission);
    const used = book.use(call, permission);
    if (call.name === 'web_search') session.usage = { ...session.usage, webSearches: session.usage.webSearches + 1 };
    const verdict = permission.evaluated_permission;
    if (verdict === 'deny') book.fail(used, `Permission to use ${call.name} has been denied.`);
    else if (verdict !== 'allow') book.question(used);
    return { used, options, isDenied: verdict === 'deny' };
  };
  const useCustom = (call: ToolCall) => ({ used: book.question(book.useCustom(call)), options: {}, isDenied: false });
  const run = async (asked: AskedCall[]): Promise<ToolOutcome[]> => {
    await world.requests.decide();
    const calls = asked.map(({ call, options, custom = false }) => (custom ? useCustom(call) : use(call, options)));
    if (calls.some(({ used }) => session.calls.has(used.id))) await ask();
    const outcomes: ToolOutcome[] = [];
    for (const { used, options, isDenied } of calls) {
      if (isDenied) outcomes.push({ allowed: false });
      else if (used.kind === 'custom') outcomes.push(given(used));
      else outcomes.push(await book.settle(used, options));
    }
    return outcomes;
  };
  const given = (call: Call): ToolOutcome => {
    book.done(call);
    return { allowed: call.answer?.type === 'result' && !call.answer.isError };
  };
  const one = async (call: ToolCall, options: ToolOptions = {}) => (await run([{ call, options }]))[0] ?? DENIED;
  const custom = async (asked: ToolCall[]): Promise<CustomAnswer[]> => {
    await world.requests.decide();
    const calls = asked.map((call) => book.question(book.useCustom(call)));
    await ask();
    for (const call of calls) book.done(call);
    return calls.map(({ answer }) => (answer?.type === 'result' ? answer : NO_ANSWER));
  };
  return {
    tool: (name, input, options) => one({ name, input }, options),
    tools: (calls) => run(calls.map(({ options = {}, custom = false, ...call }) => ({ call, options, custom }))),
    mcpTool: (server, name, input, options) => one({ name, input, server }, options),
    customTool: async (name, input) => (await custom([{ name, input }]))[0] ?? NO_ANSWER,
    customTools: custom,
  };
}

const DENIED: ToolOutcome = { allowed: false };
const NO_ANSWER = { text: '', isError: true };
