import { compose } from './compose.ts';
import { SessionError } from './errors.ts';
import { titleOf } from './files/describe-output.ts';
import type { Incoming } from './files/incoming.ts';
import type { Lineages, Source } from './files/lineage.ts';
import type { Arrived } from './files/tell-agent.ts';
import type { Gate } from './gate-ports.ts';
import { parseThreadId, type SessionId, type SlackTs, type ThreadId } from './ids.ts';
import type { FilesInput, Input, MessageInput, ReleaseInput, StopInput } from './input.ts';
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
  incoming: Incoming;
  lineages: Lineages;
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
  release: ReleaseInput | null,
  ports: ApplyPorts & { stage: Stage },
): Promise<'applied' | 'held'> {
  const { stage } = ports;
  if (input.type === 'stop') await stop(input, stage, ports);
  else if (input.type === 'message' && isForAgent(input)) return deliver(input, release, ports);
  else if (input.type === 'message') await greet(input, stage);
  else if (input.type === 'files') await aboutFiles(input, stage, ports.lineages);
  // It had its effect on the messages that it was about.
  else if (input.type === 'late') await stage.forgetLate();
  // A release has its effect on the messages before it; what is left of it says only who it was.
  await ports.gate.noted(input, stage.session());
  await ports.inbox.settle(input);
  return 'applied';
}

/** While a turn is under way it is said within it: a turn of its own would take its place. */
async function greet(input: MessageInput, stage: Stage): Promise<void> {
  const notice: Notice = { code: 'hello' };
  if (stage.turn().phase === 'ended') return stage.say(input.ts, { notice, recipient: recipientOf(input) });
  await stage.tell(`hello:${input.ts}`, notice);
}

async function deliver(
  input: MessageInput,
  release: ReleaseInput | null,
  ports: ApplyPorts & { stage: Stage },
): Promise<'applied' | 'held'> {
  const { stage } = ports;
  const { phase, capped, cancelledBy } = stage.turn();
  const isWaiting = phase === 'waiting' && cancelledBy === null;
  // What is answered already is not cancelled: the session is about to take this message anyway.
  const mayCancel = capped === null && !isAboutToGoOn(stage.turn());
  if (isWaiting && (release === null || !mayCancel)) return hold(input, { stage });
  const session = boundSession(stage);
  try {
    const files = await mounted(input, { session, incoming: ports.incoming });
    await tellUnread(input, stage, files);
    const message = await write(input, files, ports);
    const isTried = await stage.sending(input, { isQueueing: !isWaiting && isQueueing(stage.turn()) });
    await ports.sessions.send(session, message, { interrupting: isWaiting, isTried });
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    if (error.code !== 'unreachable') await stage.notSent();
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
  ports.incoming.forget(input);
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
  { stage, inbox, gate, incoming, why, before }: DropOptions,
): Promise<void> {
  const held = (await inbox.list(thread)).filter(
    (input): input is MessageInput => isForAgent(input) && (before === undefined || input.ts < before),
  );
  if (held.length === 0) return;
  stage.change((turn) => unnote(turn, 'held'));
  await stage.tell('not-sent', { code: 'not-sent', count: held.length, why });
  for (const input of held) {
    incoming.forget(input);
    await gate.noted(input, stage.session());
    await inbox.settle(input);
  }
}

interface DropOptions extends Pick<ApplyPorts, 'inbox' | 'incoming' | 'gate'> {
  stage: Stage;
  why: 'budget' | 'stopped';
  /** Only what was written before this. */
  before?: SlackTs;
}

/** What it is sent now, it takes up later. */
function isQueueing({ startedAt, phase, heard }: Turn): boolean {
  return (startedAt !== null && phase !== 'ended') || heard.some(({ state }) => state === 'queued');
}

function delivered(turn: Turn, input: MessageInput): Turn {
  return { ...markSent(unnote(turn, 'held'), input), stoppedBy: null, unwanted: false };
}

/** The message's files in the session; it is only sent once they are. */
async function mounted(
  input: MessageInput,
  { session, incoming }: { session: SessionId; incoming: Incoming },
): Promise<Arrived[]> {
  const files = (await incoming.arrived(input)) ?? [];
  return files.length === 0 ? [] : incoming.mount(input.thread, { session, files });
}

async function tellUnread({ ts }: MessageInput, stage: Stage, files: readonly Arrived[]): Promise<void> {
  const unread = files.flatMap((file) => ('unread' in file ? [{ name: file.title, why: file.unread }] : []));
  if (unread.length > 0) await stage.tell(`files:${ts}`, { code: 'files-unread', files: unread });
}

/** What the thread's files are; that they are posted again is the conductor's to see to. */
async function aboutFiles(input: FilesInput, stage: Stage, lineages: Lineages): Promise<void> {
  if (input.what === 'post-again') return postAgain(input, stage);
  const { sources, outputs } = await lineages.load(input.thread);
  const newest = [...new Map(outputs.map((posted) => [posted.name, posted])).values()];
  const notice: Notice = {
    code: 'files',
    given: sources.map(({ title, size, name }) => ({ name: title, size, as: name })),
    made: newest.map((posted) => ({ ...posted, name: titleOf(posted) })),
  };
  if (stage.turn().phase === 'ended') return stage.say(input.ts, { notice, recipient: recipientOf(input) });
  await stage.tell(`list:${input.ts}`, notice);
}

async function postAgain(input: FilesInput, stage: Stage): Promise<void> {
  const { unposted } = stage.record();
  if (unposted !== null) {
    const expected = unposted.files.flatMap(({ name }) => (name === null ? [] : { name, at: null }));
    return stage.oweOutputs({ session: unposted.session, expected, isLate: true });
  }
  const notice: Notice = { code: 'files-unposted', files: [] };
  if (stage.turn().phase === 'ended') return stage.say(input.ts, { notice, recipient: recipientOf(input) });
  await stage.tell(`files:${input.ts}`, notice);
}

/** The message as the session gets it; the first one of a session brings the thread so far with it. */
async function write(
  input: MessageInput,
  files: readonly Arrived[],
  { stage, conversation, lineages }: Pick<ApplyPorts, 'conversation' | 'lineages'> & { stage: Stage },
): Promise<OutgoingMessage> {
  const read = await conversation.read(input);
  const { again } = input;
  const spoken = again === undefined ? read : { ...read, marker: { ...read.marker, again } };
  const { since, sessions } = stage.record();
  if (since !== null || stage.turn().heard.length > 0) {
    return compose(spoken, { soFar: null, earlier: [], files });
  }
  const isRoot = parseThreadId(input.thread).root === input.ts;
  const soFar = isRoot ? null : await conversation.soFar(input.thread, input.ts);
  if (sessions > 1) await stage.tell('new-session', { code: 'new-session', remembers: soFar !== null });
  if (soFar && soFar.leftOut > 0) await stage.tell('context-cut', { code: 'context-cut', leftOut: soFar.leftOut });
  const earlier = sessions > 1 ? await earlierFiles(input, { session: boundSession(stage), lineages, files }) : [];
  return compose(spoken, { soFar, earlier, files });
}

/** What the session has besides the message's own files. */
async function earlierFiles(
  { thread }: MessageInput,
  { session, lineages, files }: { session: SessionId; lineages: Lineages; files: readonly Arrived[] },
): Promise<Source[]> {
  const own = new Set(files.flatMap((file) => ('source' in file ? [file.source.fileId] : [])));
  const { sources } = await lineages.load(thread);
  return sources.filter(({ fileId, mounts }) => mounts.includes(session) && !own.has(fileId));
}

async function stop(input: StopInput, stage: Stage, ports: ApplyPorts): Promise<void> {
  const { phase, capped, heard } = stage.turn();
  if (phase === 'ended') {
    if (input.said) await stage.say(input.ts, { notice: { code: 'nothing-running' }, recipient: recipientOf(input) });
    return;
  }
  stage.change((turn) => ({ ...turn, stoppedBy: input.by, isStopping: true }));
  const hasBegun = phase !== 'starting' || heard.length > 0;
  const isBegun = capped === null && hasBegun;
  if (isBegun) await ports.sessions.interrupt(boundSession(stage));
  // Nothing runs, and the session would not even record an interrupt.
  else stage.change((turn) => close(note(turn, 'stopped', { code: 'stopped', by: input.by })));
  // What is held until a request is answered is sent now that it is closed, as people were told.
  if (isBegun && isHolding(stage.turn())) return;
  await dropHeld(input.thread, { ...ports, stage, why: 'stopped', before: input.ts });
}

function isHolding({ pieces }: Turn): boolean {
  return pieces.some((piece) => piece.type === 'notice' && piece.notice.code === 'held');
}

function boundSession(stage: Stage): SessionId {
  const session = stage.session();
  if (session === null) throw new Error('An input was applied before the thread had a session');
  return session;
}
