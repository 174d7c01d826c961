import { assertNever } from './assert-never.ts';
import { describeCall } from './describe-call.ts';
import type { Event, SessionFault } from './event.ts';
import { filesWritten } from './files/expected-files.ts';
import { isSlackTs } from './ids.ts';
import { type Call, cap, type Ending, isOnlyForNow, note, type Turn, type TurnPiece } from './turn.ts';
import type { Notice, Receipt, StepPiece, TextPiece } from './view.ts';

type Of<T extends Event['type']> = Extract<Event, { type: T }>;

/** The event starts another turn: the session runs again after this one has ended. */
export function beginsTurn(turn: Turn, event: Event): event is Of<'session.status_running'> {
  return event.type === 'session.status_running' && turn.phase === 'ended';
}

/**
 * The turn after one more event. Pure, and safe to repeat: history and stream may both tell the same thing. Each event
 * is expected once per reading of history, except that a `user.*` event comes again when it is processed.
 */
export function fold(turn: Turn, event: Event): Turn {
  switch (event.type) {
    case 'user.message':
      return hear(turn, event);
    case 'user.interrupt':
      return { ...turn, interrupted: true };
    case 'user.tool_confirmation':
      return settle(answer(turn, event.toolUseId, event.result), event);
    case 'user.custom_tool_result':
      // No result event follows: the answer is the result.
      return finishByAnswer(turn, event);
    case 'event_start':
      return setText(turn, { type: 'text', id: event.eventId, text: '', state: 'preview' });
    case 'event_delta':
      return grow(turn, event);
    case 'agent.message':
      return setText(working(turn), { type: 'text', id: event.id, text: event.text, state: 'final' });
    case 'agent.tool_use':
      return call(working(turn), event);
    case 'agent.tool_result':
      return finishCall(turn, event);
    case 'session.status_running':
      return run(turn, event.at);
    case 'session.status_idle':
      return idle(turn, event);
    case 'session.status_rescheduled':
      return { ...turn, phase: 'retrying' };
    case 'session.status_terminated':
      return end(turn, { ending: 'terminated', id: event.id, at: event.at });
    case 'session.deleted':
      return end(turn, { ending: 'terminated', id: 'deleted', at: turn.endedAt });
    case 'session.error':
      return fault(turn, event);
    case 'session.usage':
      return { ...turn, cents: event.cents ?? turn.cents, capCents: event.capCents ?? turn.capCents };
    case 'span.model_request_end':
      return cutPreviews(working(turn));
    case 'workflow_run.created':
      return { ...turn, runs: new Set([...turn.runs, event.runId]) };
    case 'workflow_run.status_ended':
      return { ...turn, runs: new Set([...turn.runs].filter((runId) => runId !== event.runId)) };
    case 'agent.thinking':
      return working(turn);
    case 'session.thread_created':
      return { ...turn, children: new Map([...turn.children, [event.childId, event.name]]) };
    case 'session.thread_status_terminated':
      return closeCalls(turn, event);
    case 'ignored':
      return turn;
    default:
      return assertNever(event);
  }
}

function hear(turn: Turn, { slackTs, author, at, again = 0 }: Of<'user.message'>): Turn {
  if (slackTs === null) return turn;
  // Older than the message that began this turn and still not taken up: an exhausted turn flushed it from the queue.
  if (at === null && isSlackTs(turn.key) && slackTs < turn.key) return turn;
  const state = at === null ? ('queued' as const) : ('seen' as const);
  const last = state === 'seen' ? turn.pieces.at(-1) : undefined;
  const receipt: Receipt = { ts: slackTs, author, state, ...(last && { after: last.id }), ...(again > 0 && { again }) };
  const known = turn.heard.find((other) => other.ts === slackTs);
  if (!known) return { ...turn, heard: [...turn.heard, receipt] };
  if (known.state === 'seen' || again < (known.again ?? 0)) return turn;
  return { ...turn, heard: turn.heard.map((other) => (other.ts === slackTs ? receipt : other)) };
}

/** A sign of life while the API retries by itself means that it has recovered. */
function working(turn: Turn): Turn {
  return turn.phase === 'retrying' || turn.phase === 'starting' ? { ...turn, phase: 'working' } : turn;
}

function run(turn: Turn, at: string): Turn {
  const pieces = turn.pieces.filter((piece) => !(piece.type === 'notice' && piece.notice.code === 'waiting'));
  // An interrupt from before it ran was meant for the turn before, or came too early to stop anything.
  const interrupted = turn.startedAt !== null && turn.interrupted;
  const working: Turn = { ...endWait(turn, at), phase: 'working', capped: null, pieces, interrupted };
  return { ...working, calls: goingOn(turn, at), startedAt: turn.startedAt ?? at };
}

/** What is answered may have waited for the answers to others until now. */
function goingOn({ calls, pieces }: Turn, at: string): Turn['calls'] {
  const running = pieces.filter((piece) => piece.type === 'step' && piece.state === 'running');
  const isHeldUp = ({ asked, isSettled }: Call) => asked !== null && isSettled;
  const heldUp = running.flatMap(({ id }): [string, Call][] => {
    const known = calls.get(id);
    return known && isHeldUp(known) ? [[id, { ...known, at }]] : [];
  });
  return heldUp.length > 0 ? new Map([...calls, ...heldUp]) : calls;
}

function grow(turn: Turn, { eventId, text }: Of<'event_delta'>): Turn {
  if (turn.unsure.has(eventId)) return turn;
  const piece = turn.pieces.find((other): other is TextPiece => other.type === 'text' && other.id === eventId);
  // We joined in the middle of a message: its beginning is unknown, so only the final can be shown.
  if (!piece) return { ...turn, unsure: new Set([...turn.unsure, eventId]) };
  return piece.state === 'preview' ? replace(turn, { ...piece, text: piece.text + text }) : turn;
}

function setText(turn: Turn, piece: TextPiece): Turn {
  const known = turn.pieces.find((other) => other.type === 'text' && other.id === piece.id);
  if (!known) return { ...turn, pieces: [...turn.pieces, piece] };
  return piece.state === 'final' ? replace(turn, piece) : turn;
}

/** The model request is over, so a preview without its final will never get one; what was heard of it stays. */
function cutPreviews(turn: Turn): Turn {
  if (!turn.pieces.some((piece) => piece.type === 'text' && piece.state === 'preview')) return turn;
  const pieces = turn.pieces
    .filter((piece) => piece.type !== 'text' || piece.state !== 'preview' || piece.text !== '')
    .map((piece) => (piece.type === 'text' && piece.state === 'preview' ? { ...piece, state: 'cut' as const } : piece));
  return { ...turn, pieces };
}

function call(turn: Turn, { id, at, tool, childId }: Of<'agent.tool_use'>): Turn {
  if (turn.calls.has(id)) return turn;
  const answer = tool.asks ? 'none' : 'not-needed';
  const known: Call = {
    asked: tool.asks ? tool : null,
    writes: filesWritten(tool),
    at,
    childId,
    answer,
    isSettled: false,
    isAfterAnswer: endsSettled(turn),
  };
  const step: StepPiece = {
    type: 'step',
    id,
    title: describeCall(tool),
    state: tool.asks ? 'waiting' : 'running',
  };
  return { ...withCall(turn, id, known), pieces: [...turn.pieces, step] };
}

/**
 * Among the calls that came together at the turn's end, people were asked about one that is settled. What only we know,
 * such as our own sentences and an answer that has no echo yet, must not count: the history is read again without it.
 */
function endsSettled({ pieces, calls }: Turn): boolean {
  for (let last = pieces.length - 1; last >= 0; last -= 1) {
    const { type, id } = pieces[last] as TurnPiece;
    if (type === 'text' || type === 'cap') return false;
    const known = calls.get(id);
    if (known?.asked && known.isSettled) return true;
    if (known?.isAfterAnswer) return false;
  }
  return false;
}

/** The history has the call's answer or result, unless that is still queued. */
function settle(turn: Turn, { toolUseId, at }: { toolUseId: string; at: string | null }): Turn {
  const known = turn.calls.get(toolUseId);
  if (!known?.asked || at === null || known.isSettled) return turn;
  return withCall(turn, toolUseId, { ...known, at, isSettled: true });
}

/** The call has its answer. */
export function answer(turn: Turn, toolUseId: string, given: Call['answer']): Turn {
  const known = turn.calls.get(toolUseId);
  if (known?.answer !== 'none') return turn;
  const answered = withCall(turn, toolUseId, { ...known, answer: given });
  return setStep(answered, toolUseId, (step) => (step.state === 'waiting' ? { ...step, state: 'running' } : step));
}

function finishByAnswer(turn: Turn, event: Of<'user.custom_tool_result'>): Turn {
  const { toolUseId, isError } = event;
  const answered = settle(answer(turn, toolUseId, isError ? 'error' : 'result'), event);
  return setStep(answered, toolUseId, (step) => ({ ...step, state: isError ? 'failed' : 'done' }));
}

function finishCall(turn: Turn, { toolUseId, isError, at }: Of<'agent.tool_result'>): Turn {
  const known = turn.calls.get(toolUseId);
  if (!known) return turn;
  const answered = settle(answer(turn, toolUseId, 'closed'), { toolUseId, at });
  return setStep(answered, toolUseId, (step) => {
    if (isError && known.answer === 'deny') return { ...step, state: 'denied' };
    const isStopped = turn.interrupted || isClosedUnanswered(known) || step.state === 'stopped';
    const state = isError ? (isStopped ? 'stopped' : 'failed') : 'done';
    const { type, id, title, tookMs = elapsedMs(known.at, at) } = step;
    return { type, id, title, state, tookMs };
  });
}

/** An error without an answer: an interrupt closed it, and the history may tell of that only afterwards. */
function isClosedUnanswered({ asked, answer, isSettled }: Call): boolean {
  return asked !== null && !isSettled && (answer === 'none' || answer === 'closed');
}

function idle(turn: Turn, event: Of<'session.status_idle'>): Turn {
  if (event.reason === 'requires_action') {
    const open = [...turn.calls].flatMap(([id, { asked, isSettled }]) => (asked && !isSettled ? [id] : []));
    const waiting: Turn = { ...beginWait(cutPreviews(turn), { at: event.at, on: open }), phase: 'waiting' };
    return waitsForUnknown(turn, event.eventIds) ? note(waiting, 'waiting', { code: 'waiting' }) : waiting;
  }
  if (event.reason === 'budget_reached') {
    const usedCents = turn.cents ?? turn.capCents ?? 0;
    const capCents = turn.capCents ?? usedCents;
    const settled: Turn = { ...beginWait(cutPreviews(turn), { at: event.at, on: [event.id] }), endedAt: event.at };
    return cap(settled, { type: 'budget', scope: 'thread', occasion: event.id, usedCents, capCents });
  }
  return end(turn, { ending: event.reason, id: event.id, at: event.at });
}

/** What is answered in parts is one wait, though the session says each time that it waits. Safe to repeat. */
function beginWait(turn: Turn, { at, on }: { at: string; on: string[] }): Turn {
  const last = turn.waits.at(-1);
  const isUnderWay = last !== undefined && (last.to === null || Date.parse(at) < Date.parse(last.to));
  if (isUnderWay || turn.waits.some(({ from }) => from === at)) return turn;
  return { ...turn, waits: [...turn.waits, { from: at, to: null, on }] };
}

function endWait(turn: Turn, at: string | null): Turn {
  const last = turn.waits.at(-1);
  if (last?.to !== null || (at !== null && Date.parse(at) < Date.parse(last.from))) return turn;
  return { ...turn, waits: [...turn.waits.slice(0, -1), { ...last, to: at ?? last.from }] };
}

/** The API's own list may be a window of the open calls, or empty; a call that is not among ours cannot be asked about. */
function waitsForUnknown({ calls }: Turn, eventIds: string[]): boolean {
  if (eventIds.length > 0) return eventIds.some((id) => !calls.has(id));
  return ![...calls.values()].some(({ asked }) => asked !== null);
}

/** The budget stays as it is: the turn ends where it stands. */
export function endCapped(turn: Turn): Turn {
  const { capped, endedAt } = turn;
  return capped === null ? turn : end(turn, { ending: 'budget_reached', id: capped, at: endedAt });
}

/** An agent thread is over: nobody can answer what it asked any more. */
function closeCalls(turn: Turn, { childId, at }: Of<'session.thread_status_terminated'>): Turn {
  const open = [...turn.calls].filter(([, known]) => known.childId === childId && known.answer === 'none');
  return open.reduce((rest, [id]) => {
    const closed = settle(answer(rest, id, 'closed'), { toolUseId: id, at });
    return setStep(closed, id, stopUnfinished);
  }, turn);
}

function end(turn: Turn, { ending, id, at }: { ending: Ending; id: string; at: string | null }): Turn {
  const settled = endWait(cutPreviews(turn), at);
  const pieces = settled.pieces
    .filter((piece) => piece.type !== 'notice' || !isOnlyForNow(piece.notice))
    .map((piece) => (piece.type === 'step' ? stopUnfinished(piece) : piece));
  const heard = losesQueue(ending) ? settled.heard.filter(({ state }) => state === 'seen') : settled.heard;
  const ended: Turn = { ...settled, phase: 'ended', ending, capped: null, pieces, heard, endedAt: at ?? turn.endedAt };
  const notice = closingNotice(ended, ending);
  return notice ? note(ended, `end:${id}`, notice) : ended;
}

/** What is still queued in the session will never be taken up: it is over, or has flushed its queue. */
export function losesQueue(ending: Ending | null): boolean {
  return ending === 'terminated' || ending === 'retries_exhausted';
}

function stopUnfinished(step: StepPiece): StepPiece {
  return step.state === 'running' || step.state === 'waiting' ? { ...step, state: 'stopped' } : step;
}

function closingNotice(turn: Turn, ending: Ending): Notice | null {
  switch (ending) {
    case 'end_turn':
      return turn.interrupted ? interruption(turn) : null;
    case 'retries_exhausted':
      return { code: 'failed', fault: turn.fault?.type ?? null };
    case 'budget_reached':
      return { code: 'budget-reached' };
    case 'refusal':
      return { code: 'refusal' };
    case 'terminated':
      return { code: 'terminated', fault: turn.fault?.type ?? null };
    case 'other':
      return { code: 'ended-oddly' };
    case 'notice':
      return null;
    default:
      return assertNever(ending);
  }
}

function interruption({ stoppedBy, cancelledBy, heard }: Turn): Notice {
  const isInstead = stoppedBy === null && (cancelledBy !== null || heard.some(({ state }) => state === 'queued'));
  return isInstead ? { code: 'cancelled', by: cancelledBy } : { code: 'stopped', by: stoppedBy };
}

/** The turn that was interrupted, once it is known who asked for that. */
export function blame(turn: Turn, by: Partial<Pick<Turn, 'stoppedBy' | 'cancelledBy'>>): Turn {
  const blamed = { ...turn, ...by };
  const pieces = turn.pieces.map((piece) =>
    piece.type === 'notice' && (piece.notice.code === 'stopped' || piece.notice.code === 'cancelled')
      ? { ...piece, notice: interruption(blamed) }
      : piece,
  );
  return { ...blamed, pieces };
}

/** `retrying` ends nothing; faults of one server or repository are told while the session goes on without it. */
function fault(turn: Turn, { id, error }: Of<'session.error'>): Turn {
  const sideline = sidelineNotice(error);
  if (sideline) return note(turn, `error:${id}`, sideline);
  if (error.retry === 'retrying') return turn.phase === 'ended' ? turn : { ...turn, phase: 'retrying' };
  return { ...turn, fault: error };
}

function sidelineNotice({ type, subject }: SessionFault): Notice | null {
  if (type === 'mcp_authentication_failed_error' || type === 'mcp_connection_failed_error') {
    return { code: 'mcp-failed', server: subject ?? 'an MCP server', auth: type === 'mcp_authentication_failed_error' };
  }
  if (type.startsWith('repository_')) return { code: 'repository-failed', repository: subject ?? null };
  return null;
}

function withCall(turn: Turn, id: string, call: Call): Turn {
  // Copied as it is: a turn may have thousands, and each comes this way.
  return { ...turn, calls: new Map(turn.calls).set(id, call) };
}

function setStep(turn: Turn, id: string, change: (step: StepPiece) => StepPiece): Turn {
  return { ...turn, pieces: turn.pieces.map((p) => (p.type === 'step' && p.id === id ? change(p) : p)) };
}

function replace(turn: Turn, piece: TurnPiece): Turn {
  return { ...turn, pieces: turn.pieces.map((other) => (other.id === piece.id ? piece : other)) };
}

function elapsedMs(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
