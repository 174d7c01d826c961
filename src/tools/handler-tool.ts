import type { HandlerTool, ToolContext } from '../thread/gate-ports.ts';
import { outputText } from './output-text.ts';
import { ToolError } from './tool-error.ts';
import type { ToolInput } from './tool-input.ts';

export interface HandlerParts {
  name: string;
  description: string;
  input: ToolInput;
  /** Where no rule says otherwise: `ask` people first (the default), or `allow`. */
  people?: 'ask' | 'allow' | undefined;
  /** A minute when left out. */
  timeoutMs?: number | undefined;
  /** Whether it may run again when the process died while it ran; not, when left out. */
  isRepeatable?: boolean | undefined;
  run(input: unknown, context: ToolContext): unknown;
}

const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const USUAL_TIMEOUT_MS = 60_000;
const LONGEST_TIMEOUT_MS = 3_600_000;

/** A tool from its parts, which may come from a file somebody wrote by hand. Throws a ToolError that names the bad one. */
export function createHandlerTool(parts: HandlerParts): HandlerTool {
  const { name, description, input, people = 'ask', timeoutMs = USUAL_TIMEOUT_MS, isRepeatable = false, run } = parts;
  checkName(name);
  const wrong = (problem: string) => new ToolError(`the tool ${name}: ${problem}`);
  if (typeof description !== 'string' || description.trim() === '') throw wrong('description must say what it is for');
  if (people !== 'ask' && people !== 'allow') throw wrong('people must be "ask" or "allow"');
  if (typeof isRepeatable !== 'boolean') throw wrong('isRepeatable must be true or false');
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw wrong('timeoutMs must be a number of milliseconds, an hour at most');
  }
  if (typeof run !== 'function') throw wrong('run must be a function');

  return {
    type: 'handler',
    name,
    description,
    inputSchema: input.schema,
    people,
    timeoutMs,
    isRepeatable,
    check(given) {
      const reading = input.read(given);
      return 'problem' in reading ? reading.problem : null;
    },
    async run(given, context) {
      const reading = input.read(given);
      if ('problem' in reading) throw new Error(reading.problem);
      return outputText(await unlessAborted(context.signal, async () => run(reading.value, context)));
    },
  };
}

/** Throws a ToolError unless the agents API would take the name. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && NAME.test(name)) return;
  const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 140)) : 'a tool without a name';
  throw new ToolError(`${shown}: a tool's name must be 1 to 128 letters, digits, _ or -`);
}

/** A handler may not listen to the signal: what it does then is nobody's concern any more. */
async function unlessAborted(signal: AbortSignal, work: () => Promise<unknown>): Promise<unknown> {
  const stopped = () => (signal.reason instanceof Error ? signal.reason : new Error('the tool was stopped'));
  if (signal.aborted) throw stopped();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(stopped());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
