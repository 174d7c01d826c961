import type { Clock } from '../../clock.ts';
import type { CallBook } from './call-book.ts';
import type { MakeId } from './ids.ts';
import type { ModelRequests } from './model-requests.ts';
import type { ScriptedTurn, ToolOutcome } from './script.ts';
import type { Session } from './session.ts';
import type { Thread } from './session-parts.ts';

interface ChildWorld {
  clock: Clock;
  makeId: MakeId;
  book: CallBook;
  requests: ModelRequests;
  wait: (ms: number) => Promise<void>;
  until: (ready: () => boolean) => Promise<void>;
}

const ASK = { evaluated_permission: 'ask', evaluation: { type: 'always_ask' } } as const;

/** A child thread whose one command waits for approval while the session itself stays running. */
export async function runChildThread(
  session: Session,
  options: Parameters<ScriptedTurn['child']>[0],
  { clock, makeId, book, requests, wait, until }: ChildWorld,
): Promise<ToolOutcome> {
  const { agentName, command, output } = options;
  await requests.decide();
  const createdAt = new Date(clock.now()).toISOString();
  const child: Thread = { id: makeId('sthr'), agentName, createdAt, status: 'running' };
  const named = { session_thread_id: child.id, agent_name: agentName };
  const run = () => {
    child.status = 'running';
    session.log.append('session.thread_status_running', named);
  };
  const idle = (stop_reason: object) => {
    child.status = 'idle';
    session.log.append('session.thread_status_idle', { ...named, stop_reason, stop_details: null });
  };
  session.children.push(child);
  session.log.append('session.thread_created', { ...named, workflow_run_id: null });
  run();
  await wait(300);
  const call = book.use({ name: 'bash', input: { command } }, ASK, { session_thread_id: child.id });
  book.question(call);
  // The session does not idle: the child's question shows only in the call and in this event.
  idle({ type: 'requires_action', event_ids: [call.id] });
  await until(() => call.state !== 'open');
  run();
  const outcome = await book.settle(call, { output });
  idle({ type: 'end_turn' });
  return outcome;
}
