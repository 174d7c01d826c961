import { compose } from './compose.ts';
import { SessionError } from './errors.ts';
import { parseThreadId, type SessionId } from './ids.ts';
import type { Input, MessageInput, StopInput } from './input.ts';
import type { Conversation, Inbox, OutgoingMessage, Recipient, Sessions } from './ports.ts';
import type { Stage } from './stage.ts';
import { markSent, note, type Turn, unnote } from './turn.ts';
import type { Notice } from './view.ts';

export interface ApplyPorts {
  inbox: Inbox;
  sessions: Sessions;
  conversation: Conversation;
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
 * stays in the inbox and is shown as held. Rejects with the SessionError of a refused send or interrupt.
 */
export async function apply(input: Input, stage: Stage, ports: ApplyPorts): Promise<'applied' | 'held'> {
  if (input.type === 'stop') await stop(input, stage, ports);
  else if (input.type === 'release') return 'held';
  else if (isForAgent(input)) return deliver(input, stage, ports);
  else await greet(input, stage);
  await ports.inbox.settle(input);
  return 'applied';
}

/** While a turn is under way it is said within it: a turn of its own would take its place. */
async function greet(input: MessageInput, stage: Stage): Promise<void> {
  const notice: Notice = { code: 'hello' };
  if (stage.turn().phase === 'ended') return stage.say(input.ts, { notice, recipient: recipientOf(input) });
  stage.change((turn) => note(turn, `hello:${input.ts}`, notice));
}

async function deliver(input: MessageInput, stage: Stage, ports: ApplyPorts): Promise<'applied' | 'held'> {
  if (stage.turn().phase === 'waiting') return hold(stage);
  try {
    await ports.sessions.send(boundSession(stage), await write(input, stage, ports));
  } catch (error) {
    // It began to wait for people while the message was on its way.
    if (error instanceof SessionError && error.code === 'waiting') return hold(stage);
    throw error;
  }
  stage.change((turn) => delivered(turn, input));
  await ports.inbox.settle(input);
  return 'applied';
}

function hold(stage: Stage): 'held' {
  stage.change((turn) => note(turn, 'held', { code: 'held', until: 'answer' }));
  return 'held';
}

function delivered(turn: Turn, { ts, files }: MessageInput): Turn {
  const sent = { ...markSent(unnote(turn, 'held'), ts), stoppedBy: null, unwanted: false };
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
  if (stage.turn().phase !== 'ended') {
    stage.change((turn) => ({ ...turn, stoppedBy: input.by }));
    await ports.sessions.interrupt(boundSession(stage));
  } else if (input.said) {
    await stage.say(input.ts, { notice: { code: 'nothing-running' }, recipient: recipientOf(input) });
  }
}

function boundSession(stage: Stage): SessionId {
  const session = stage.session();
  if (session === null) throw new Error('An input was applied before the thread had a session');
  return session;
}
