/** Writes down what people and sessions do, so that it can be played again elsewhere. Nothing of it says who or what. */
import type { Logger } from 'pino';
import type { Followed } from '../../thread/event.ts';
import { parseThreadId, type SessionId, type SlackTs, type ThreadId } from '../../thread/ids.ts';
import type { Input } from '../../thread/input.ts';
import type { Choice, Question, QuestionId } from '../../thread/question.ts';
import { type Draft, headOf, KIND } from './bundle.ts';
import { createStandIns } from './stand-ins.ts';
import type { Writer } from './writer.ts';

export interface Recorder {
  /** Slack brought a message. It is written down only if an input comes of it. */
  delivery(delivery: { kind: string; channel: string; ts: string }): void;
  input(input: Input): void;
  /** A session belongs to a thread; what one does that nobody has told of is not recorded. */
  session(session: SessionId, thread: ThreadId): void;
  event(session: SessionId, event: Followed): void;
  /** What a question's id stands for; decisions on others are not recorded. */
  question(id: QuestionId, question: Question): void;
  /** `index`: the place of a picked button on the card. */
  decision(act: { question: QuestionId; by: string; choice: Choice; index: number | null }): void;
  opened(question: QuestionId, by: string): void;
  close(): void;
}

export interface RecorderOptions {
  writer: Writer;
  keepsText: boolean;
  now(): number;
  log: Logger;
}

/** Events come again whenever a session's history is read; so many of one session are remembered. */
const KNOWN_EVENTS = 5_000;
/** Deliveries that wait for what comes of them. */
const HELD_DELIVERIES = 200;

export function createRecorder({ writer, keepsText, now, log }: RecorderOptions): Recorder {
  const standIns = createStandIns({ keepsText });
  const startedAt = now();
  const threads = new Map<SessionId, ThreadId>();
  const questions = new Map<QuestionId, Question>();
  const seen = new Map<SessionId, Set<string>>();
  let isOpen = true;

  const line = (value: object) => `${JSON.stringify(value)}\n`;
  const begin = () => writer.write(line(headOf(keepsText ? 'kept' : 'replaced')));
  const write = (draft: Draft) => {
    if (!isOpen) return;
    const entry = { at: now() - startedAt, ...draft };
    try {
      if (writer.write(line(entry))) return;
      log.warn({ path: writer.path() }, 'the recording is as long as it may be');
      writer.write(line({ at: entry.at, type: 'full' }));
      if (writer.next()) begin() && writer.write(line(entry));
      else close();
    } catch (error) {
      log.error({ err: error, path: writer.path() }, 'the recording ends: it cannot be written');
      close();
    }
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    writer.close();
  };
  const isNews = (session: SessionId, key: string) => {
    const keys = seen.get(session) ?? new Set();
    seen.set(session, keys);
    if (keys.has(key)) return false;
    keys.add(key);
    for (const oldest of keys) {
      if (keys.size <= KNOWN_EVENTS) break;
      keys.delete(oldest);
    }
    return true;
  };
  const held: { key: string; kind: string }[] = [];
  const wanted = new Set<string>();
  const deliver = ({ key, kind }: { key: string; kind: string }) =>
    write({ type: 'delivery', kind, message: standIns.message(key) });
  begin();
  log.warn({ path: writer.path(), text: keepsText ? 'kept' : 'replaced' }, 'what people do is recorded');

  return {
    close,
    delivery({ kind, channel, ts }) {
      if (!KIND.test(kind)) return;
      const one = { kind, key: `${channel}/${ts}` };
      if (wanted.has(one.key)) return deliver(one);
      held.push(one);
      if (held.length > HELD_DELIVERIES) held.shift();
    },
    input(input) {
      const key = `${parseThreadId(input.thread).channel}/${input.ts}`;
      wanted.add(key);
      for (const one of held.filter((other) => other.key === key)) {
        held.splice(held.indexOf(one), 1);
        deliver(one);
      }
      write(inputEntry(input, standIns));
    },
    session: (session, thread) => void threads.set(session, thread),
    event(session, event) {
      const thread = threads.get(session);
      const draft = thread === undefined ? null : eventEntry(event, { thread: standIns.thread(thread), standIns });
      if (draft !== null && isNews(session, draft.key)) write(draft.entry);
    },
    question(id, question) {
      if (question.session === null || threads.has(question.session)) questions.set(id, question);
    },
    decision({ question, by, choice, index }) {
      const asked = questions.get(question);
      const made = choiceEntry(choice, { index, standIns });
      if (asked === undefined || made === null) return;
      write({ type: 'decision', ...calledIn(asked, standIns), by: standIns.person(by), choice: made });
    },
    opened(question, by) {
      const asked = questions.get(question);
      if (asked?.subject.type !== 'tool') return;
      const call = standIns.call(asked.subject.callId);
      write({ type: 'opened', thread: standIns.thread(asked.thread), call, by: standIns.person(by) });
    },
  };
}

type StandIns = ReturnType<typeof createStandIns>;

function calledIn({ thread, subject }: Question, standIns: StandIns): { thread: string; call: string | null } {
  return {
    thread: standIns.thread(thread),
    call: subject.type === 'tool' ? standIns.call(subject.callId) : null,
  };
}

function inputEntry(input: Input, standIns: StandIns): Draft {
  const { channel, root } = parseThreadId(input.thread);
  const place = { thread: standIns.thread(input.thread), channel: standIns.channel(channel) };
  const messageOf = (ts: SlackTs) => standIns.message(`${channel}/${ts}`);
  switch (input.type) {
    case 'message':
      return {
        type: 'message',
        ...place,
        message: messageOf(input.ts),
        by: standIns.person(input.author),
        text: standIns.text(input.text),
        addressed: input.addressed,
        files: input.files.length,
        isRoot: input.ts === root,
      };
    case 'stop':
      return { type: 'stop', ...place, by: standIns.person(input.by), said: input.said };
    case 'release':
      return { type: 'release', ...place, by: standIns.person(input.by) };
    case 'files':
      return { type: 'files', ...place, by: standIns.person(input.by), what: input.what };
    case 'late':
      return { type: 'late', ...place, by: standIns.person(input.by), what: input.what };
  }
}

function choiceEntry(
  choice: Choice,
  { index, standIns }: { index: number | null; standIns: StandIns },
): Extract<Draft, { type: 'decision' }>['choice'] | null {
  switch (choice.type) {
    case 'deny':
      return { type: 'deny', reason: choice.reason === null ? null : standIns.text(choice.reason) };
    case 'pick':
      return index === null ? null : { type: 'pick', index };
    case 'answer':
      return { type: 'answer' };
    default:
      return choice;
  }
}

/** What an event is in a recording, and what names it when it comes again; null for what a replay does not need. */
function eventEntry(
  event: Followed,
  { thread, standIns }: { thread: string; standIns: StandIns },
): { entry: Draft; key: string } | null {
  switch (event.type) {
    case 'agent.message':
      return { key: event.id, entry: { type: 'said', thread, text: standIns.text(event.text) } };
    case 'agent.tool_use': {
      const { server, input, ...tool } = event.tool;
      const named = server === undefined ? {} : { server: standIns.server(server) };
      const called = { ...tool, ...named, input: standIns.input(input) };
      return { key: event.id, entry: { type: 'called', thread, call: standIns.call(event.id), tool: called } };
    }
    case 'agent.tool_result': {
      const call = standIns.call(event.toolUseId);
      return { key: `${event.toolUseId} result`, entry: { type: 'returned', thread, call, isError: event.isError } };
    }
    case 'user.tool_confirmation': {
      const entry = { thread, call: standIns.call(event.toolUseId), isAllowed: event.result === 'allow' };
      return { key: `${event.toolUseId} confirmed`, entry: { type: 'confirmed', ...entry } };
    }
    case 'session.error':
      return { key: event.id, entry: { type: 'failed', thread, error: event.error.type, retry: event.error.retry } };
    case 'session.status_idle':
      return { key: event.id, entry: { type: 'idle', thread, reason: event.reason } };
    case 'session.status_terminated':
      return { key: event.id, entry: { type: 'terminated', thread } };
    default:
      return null;
  }
}
