import type { Script, ScriptedTurn } from '../../playground/agents/script.ts';
import { assertNever } from '../../thread/assert-never.ts';
import type { Step } from './plot.ts';

/** The local agent, which does what it is cued to do, thread by thread. */
export interface AgentSide {
  script: Script;
  /** Resolves when the session of the step's thread has done it, or waits for people with it. */
  cue(step: Step): Promise<void>;
  /** Nothing more comes: every turn that still waits for a cue ends. */
  end(): void;
}

export interface AgentSideOptions {
  /** The recording's name of the thread that a session belongs to; undefined: of none. */
  threadOf(session: string): string | undefined;
  /** Whether the session of this thread does something before anybody writes there again. */
  isExpected(thread: string): boolean;
  /** How many tool calls a session has made. */
  callsOf(session: string): number;
}

interface Cue {
  step: Step;
  done(): void;
}

interface Line {
  waiting: ((cue: Cue | null) => void) | null;
  cued: Cue | null;
  turns: number;
  /** How many turns were interrupted, and of how many of them the plot knows. */
  cuts: number;
  cutsKnown: number;
}

export function createAgentSide(options: AgentSideOptions): AgentSide {
  const lines = new Map<string, Line>();
  let isOver = false;
  const lineOf = (thread: string) => {
    const line = lines.get(thread) ?? { waiting: null, cued: null, turns: 0, cuts: 0, cutsKnown: 0 };
    lines.set(thread, line);
    return line;
  };
  /** Null: nothing more comes. Rejects as the turn does when it is interrupted. */
  const next = async (line: Line, agent: ScriptedTurn): Promise<Cue | null> => {
    const cue = await new Promise<Cue | null>((resolve) => {
      if (isOver || agent.signal.aborted) return resolve(null);
      if (line.cued !== null) return resolve(line.cued);
      line.waiting = resolve;
      agent.signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    line.waiting = null;
    line.cued = null;
    await agent.wait(0);
    return cue;
  };
  const playTurn = async (agent: ScriptedTurn, { line, thread }: { line: Line; thread: string }) => {
    let underway = AT_ONCE;
    while (options.isExpected(thread)) {
      const cue = await next(line, agent);
      if (cue === null) break;
      await underway.over;
      const { step, done } = cue;
      if (step.type === 'end' && step.reason !== 'budget_reached') {
        done();
        if (step.reason === 'refusal') await agent.refuse();
        return;
      }
      underway = await begin(agent, { step, callsOf: options.callsOf, done });
    }
    await underway.over;
  };

  return {
    script: {
      name: 'replay',
      trigger: '',
      shows: 'what a recorded session did',
      matches: () => true,
      async run(agent) {
        const thread = options.threadOf(agent.session.id);
        if (thread === undefined) return;
        const line = lineOf(thread);
        line.turns += 1;
        try {
          await playTurn(agent, { line, thread });
        } finally {
          line.turns -= 1;
          if (agent.signal.aborted) line.cuts += 1;
        }
      },
    },
    async cue(step) {
      const line = lineOf(step.thread);
      if (step.type === 'end' && (line.turns === 0 || (step.wasCut && (await isCut(line))))) return;
      await new Promise<void>((resolve) => {
        const cue: Cue = { step, done: resolve };
        if (line.waiting !== null) line.waiting(cue);
        else line.cued = cue;
      });
    },
    end() {
      isOver = true;
      for (const { waiting } of lines.values()) waiting?.(null);
    },
  };
}

const LOOK_EVERY_MS = 5;
const CUT_WITHIN_MS = 3_000;

/** Whether a turn was ended by what somebody did, as it was in the recording. */
async function isCut(line: Line): Promise<boolean> {
  const end = Date.now() + CUT_WITHIN_MS;
  while (line.cuts === line.cutsKnown && line.turns > 0) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  line.cutsKnown = line.cuts;
  return true;
}

interface Beginning {
  step: Step;
  callsOf(session: string): number;
  done(): void;
}

/** `over` settles when people have decided on what was begun, and at once where they need not. */
interface Begun {
  over: Promise<unknown>;
}

/** Does the step, and calls `done` when it is done, or waits for people. */
async function begin(agent: ScriptedTurn, { step, callsOf, done }: Beginning): Promise<Begun> {
  switch (step.type) {
    case 'say':
      await agent.say(step.text, { chunk: 200 });
      done();
      return AT_ONCE;
    case 'call':
      return beginCalls(agent, { calls: step.calls, callsOf, done });
    case 'fail':
      done();
      await fail(agent, step);
      return AT_ONCE;
    case 'terminate':
      done();
      return agent.terminate(FAULT);
    case 'end': {
      // The next model request finds the budget used up, and waits for more.
      agent.spendBudget();
      done();
      return { over: watched(agent.think()) };
    }
    default:
      return assertNever(step);
  }
}

const AT_ONCE: Begun = { over: Promise.resolve() };
const FAULT = { type: 'unknown_error', message: 'As it was recorded.' };

async function fail(agent: ScriptedTurn, { error: type, retry }: Extract<Step, { type: 'fail' }>): Promise<void> {
  const error = { ...FAULT, type };
  if (retry === 'exhausted') await agent.exhaust(error);
  if (retry === 'terminal') await agent.terminate(error);
  await agent.error(error);
}

type Calls = Extract<Step, { type: 'call' }>['calls'];

async function beginCalls(
  agent: ScriptedTurn,
  { calls, callsOf, done }: { calls: Calls; callsOf(session: string): number; done(): void },
): Promise<Begun> {
  const { id } = agent.session;
  const made = callsOf(id) + calls.length;
  let isSettled = false;
  const over = watched(
    makeCalls(agent, calls).finally(() => {
      isSettled = true;
    }),
  );
  while (callsOf(id) < made && !isSettled) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  if (calls.every(({ permission, tool }) => permission !== 'ask' && tool.kind !== 'custom')) await over;
  done();
  return { over };
}

function makeCalls(agent: ScriptedTurn, calls: Calls): Promise<unknown> {
  const [first] = calls;
  if (first?.tool.kind === 'mcp') {
    const { tool, permission, isError } = first;
    return agent.mcpTool(tool.server ?? '', tool.name, tool.input, { permission, isError, ms: 0, output: '' });
  }
  return agent.tools(
    calls.map(({ tool: { name, input, kind }, permission, isError }) =>
      kind === 'custom'
        ? { name, input, custom: true }
        : { name, input, options: { permission, isError, ms: 0, output: '' } },
    ),
  );
}

/** Whoever waits for it hears of its end; before that, nobody may be. */
function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
