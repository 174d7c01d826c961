import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Directory, HandlerTool, ToolContext, Workspace } from '../thread/gate-ports.ts';
import type { Answer, QuestionId } from '../thread/question.ts';

export interface RunnerDeps {
  workspace: Workspace;
  directory: Directory;
  clock: Clock;
  log: Logger;
  /** The handler has ended, on its own or by its time: not called for one that was aborted. */
  onDone(id: QuestionId, result: Extract<Answer, { type: 'result' }>): Promise<void>;
}

/** Runs handlers of ours beside everything else: a thread is put down meanwhile. */
export interface Runner {
  start(id: QuestionId, run: { tool: HandlerTool; input: unknown } & Omit<ToolContext, RunnerContext>): void;
  isRunning(id: QuestionId): boolean;
  abort(id: QuestionId): void;
  /** Aborts all and resolves when they have let go, or did not within a moment. */
  stop(): Promise<void>;
}

type RunnerContext = 'signal' | 'workspace' | 'directory';

const LONGEST_RESULT = 100_000;
const LET_GO_WITHIN_MS = 2_000;

export function createRunner({ workspace, directory, clock, log, onDone }: RunnerDeps): Runner {
  const running = new Map<QuestionId, { ending: AbortController; ended: Promise<void> }>();

  async function run(
    id: QuestionId,
    { tool, input, ending, ...context }: Parameters<Runner['start']>[1] & { ending: AbortController },
  ): Promise<void> {
    const { signal } = ending;
    const timeout = new AbortController();
    const cancel = clock.after(tool.timeoutMs, () => timeout.abort());
    const either = AbortSignal.any([signal, timeout.signal]);
    try {
      const text = await Promise.race([
        tool.run(input, { ...context, workspace, directory, signal: either }),
        aborted(either),
      ]);
      if (signal.aborted) return;
      await onDone(id, { type: 'result', text: readable(text), isError: false });
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ question: id, tool: tool.name, timedOut: timeout.signal.aborted }, 'tool failed');
      await onDone(id, { type: 'result', text: reasonOf(error, { tool, timeout: timeout.signal }), isError: true });
    } finally {
      cancel();
    }
  }

  return {
    start(id, options) {
      if (running.has(id)) return;
      const ending = new AbortController();
      const ended = run(id, { ...options, ending })
        .catch((error: unknown) => log.error({ err: error, question: id }, 'tool result not kept'))
        .finally(() => running.delete(id));
      running.set(id, { ending, ended });
    },
    isRunning: (id) => running.has(id),
    abort: (id) => running.get(id)?.ending.abort(),
    async stop() {
      const all = [...running.values()];
      for (const { ending } of all) ending.abort();
      let cancel = () => {};
      const patience = new Promise<void>((resolve) => {
        cancel = clock.after(LET_GO_WITHIN_MS, resolve);
      });
      await Promise.race([Promise.all(all.map(({ ended }) => ended)), patience]);
      cancel();
    },
  };
}

/** A handler may not listen to its signal; what it does then is of no concern any more. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function reasonOf(error: unknown, { tool, timeout }: { tool: HandlerTool; timeout: AbortSignal }): string {
  if (timeout.aborted) return `${tool.name} did not finish within ${Math.round(tool.timeoutMs / 1000)} s.`;
  return error instanceof Error && error.message !== '' ? error.message : `${tool.name} failed.`;
}

function readable(text: string): string {
  if (text === '') return '(no output)';
  return text.length <= LONGEST_RESULT ? text : `${text.slice(0, LONGEST_RESULT)}\n[cut: the rest is too long]`;
}
