import { compose } from './compose.ts';
import { SessionError } from './errors.ts';
import type { Gate } from './gate-ports.ts';
import { parseThreadId, type SessionId, type ThreadId } from './ids.ts';
import type { Input, MessageInput, ReleaseInput, StopInput } from './input.ts';
import type { Conversation, Inbox, OutgoingMessage, Recipient, Sessions } from './ports.ts';
import type { BudgetSubject } from './question.ts';
import type { Stage } from './stage.ts';
import { close, isAboutToGoOn, keepWaiting, markSent, note, type Turn, unnote } from './turn.ts';
import type { Notice } from './view.ts';

export interface ApplyPorts {
  inbox: Inbox;
  sessions: Sessions;
  conversation: Conversation;
  gate: Gate;
}

/** A message that is for the agent, so that a session is needed; the rest the bridge answers itself. */
export function isForAgent(input: Input): boolean {
  return input.type === 'message' && (input.text.trim() !== '' || input.files.length > 0);
}

export function recipientOf(input: Input): Recipient {
  if (input.type === 'message') return { user: input.author, team: input.authorTeam };
  return { user: input.by, team: parseThreadId(input.thread).team };
}

/**
 * Gives one input its effect and settles it. An input that cannot have its effect yet (the session waits for people)
 * stays in the inbox and is shown as held, unless somebody released it: then it is sent, and what the session waits for
 * is cancelled. Rejects with the SessionError of a refused send or interrupt.
 */
export async function apply(
  input: Input,
  { stage, release, ...ports }: ApplyPorts & { stage: Stage; release: ReleaseInput | null },
): Promise<'applied' | 'held'> {
  if (input.type === 'stop') await stop(input, stage, ports);
  else if (input.type === 'message' && isForAgent(input)) return deliver(input, { ...ports, stage, release });
  else if (input.type === 'message') await greet(input, stage);
  // A release has its effect on the messages before it; what is left of it says only who it was.
  await ports.gate.noted(input, stage.session());
  await ports.inbox.settle(input);
  return 'applied';
}

/** While a turn is under way it is said within it: a turn of its own would take its place. */
async function greet(input: MessageInput, stage: Stage): Promise<void> {
  const notice: Notice = { code: 'hello' };
  if (stage.turn().phase === 'ended') return stage.say(input.ts, { notice, recipient: recipientOf(input) });
  stage.change((turn) => note(turn, `hello:${input.ts}`, notice));
}

async function deliver(
  input: MessageInput,
  { stage, release, ...ports }: ApplyPorts & { stage: Stage; release: ReleaseInput | null },
): Promise<'applied' | 'held'> {
  const { phase, capped, cancelledBy } = stage.turn();
  const isWaiting = phase === 'waiting' && cancelledBy === null;
  // What is answered already is not cancelled: the session is about to take this message anyway.
  const mayCancel = capped === null && !isAboutToGoOn(stage.turn());
  if (isWaiting && (release === null || !mayCancel)) return hold(input, { stage });
  const session = boundSession(stage);
  try {
    await ports.sessions.send(session, await write(input, stage, ports), { interrupting: isWaiting });
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    // It began to wait for people while the message was on its way.
    if (error.code === 'waiting') return hold(input, { stage });
    if (error.code !== 'budget') throw error;
    // One that runs says by itself that it has come to its cap.
    const isRunning = stage.turn().startedAt !== null;
    if (!isRunning) await stage.cap(spentBudget(stage.turn(), `${session}:${input.ts}`));
    return hold(input, { stage, until: 'budget' });
  }
  if (isWaiting && release) stage.change((turn) => ({ ...turn, cancelledBy: release.by, isStopping: true }));
  stage.change((turn) => delivered(turn, input));
  await ports.gate.noted(input, stage.session());
  await ports.inbox.settle(input);
  return 'applied';
}

function spentBudget({ cents, capCents }: Turn, occasion: string): BudgetSubject {
  const usedCents = cents ?? capCents ?? 0;
  return { type: 'budget', scope: 'thread', occasion, usedCents, capCents: capCents ?? usedCents };
}

/** It stays in the inbox, and its writer sees why. */
export function hold(
  input: MessageInput,
  { stage, until = stage.turn().capped === null ? 'answer' : 'budget' }: { stage: Stage; until?: 'answer' | 'budget' },
): 'held' {
  stage.change((turn) => note(keepWaiting(turn, input), 'held', { code: 'held', until }));
  return 'held';
}

/** What is held will not be sent: it leaves the inbox, and its writers are told. */
export async function dropHeld(
  thread: ThreadId,
  { stage, inbox, gate }: { stage: Stage } & Pick<ApplyPorts, 'inbox' | 'gate'>,
): Promise<void> {
  const held = (await inbox.list(thread)).filter(isForAgent);
  if (held.length === 0) return;
  stage.change((turn) => note(unnote(turn, 'held'), 'not-sent', { code: 'not-sent', count: held.length }));
  for (const input of held) {
    await gate.noted(input, stage.session());
    await inbox.settle(input);
  }
}

function delivered(turn: Turn, { ts, author, files }: MessageInput): Turn {
  const sent = { ...markSent(unnote(turn, 'held'), { ts, author }), stoppedBy: null, unwanted: false };
  if (files.length === 0) return sent;
  return note(sent, `files:${ts}`, { code: 'files-unread', names: files.map((file) => file.name) });
}

/** The message as the session gets it; the first one of a session brings the thread so far with it. */
async function write(input: MessageInput, stage: Stage, { conversation }: ApplyPorts): Promise<OutgoingMessage> {
  const spoken = await conversation.read(input);
  const { since, sessions } = stage.record();
  if (since !== null || stage.turn().heard.length > 0) return compose(spoken, null);
  const isRoot = parseThreadId(input.thread).root === input.ts;
  const soFar = isRoot ? null : await conversation.soFar(input.thread, input.ts);
  if (sessions > 1) tell(stage, { code: 'new-session', remembers: soFar !== null });
  if (soFar && soFar.leftOut > 0) tell(stage, { code: 'context-cut', leftOut: soFar.leftOut });
  return compose(spoken, soFar);
}

function tell(stage: Stage, notice: Notice): void {
  stage.change((turn) => note(turn, notice.code, notice));
}

async function stop(input: StopInput, stage: Stage, ports: ApplyPorts): Promise<void> {
  const { phase, capped } = stage.turn();
  if (phase === 'ended') {
    if (input.said) await stage.say(input.ts, { notice: { code: 'nothing-running' }, recipient: recipientOf(input) });
    return;
  }
  stage.change((turn) => ({ ...turn, stoppedBy: input.by, isStopping: true }));
  if (capped === null) return ports.sessions.interrupt(boundSession(stage));
  // Nothing runs, and the session would not even record an interrupt.
  stage.change((turn) => close(note(turn, 'stopped', { code: 'stopped', by: input.by })));
  await dropHeld(input.thread, { ...ports, stage });
}

function boundSession(stage: Stage): SessionId {
  const session = stage.session();
  if (session === null) throw new Error('An input was applied before the thread had a session');
  return session;
}
