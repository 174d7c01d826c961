import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { verifyChain } from '../../src/gate/audit/chain.ts';
import { readAudit } from '../../src/gate/audit/read-audit.ts';
import type { Conversation } from './conversations.ts';
import type { Person } from './person.ts';
import type { Trouble } from './troubles.ts';
import type { World } from './world.ts';

/** What is not as it was promised, counted from the servers' own records. */
export interface Verdict {
  /** Lost or left over, or only not yet done. */
  missing: string[];
  /** Doubled, out of order, or not to be: time mends none of it. */
  wrong: string[];
}

interface Judged {
  conversation: Conversation;
  troubles: readonly Trouble[];
  person: Person;
  world: World;
}

/** Judges the promises of one conversation; all of them hold when both lists stay empty once nothing goes on any more. */
export function judge(judged: Judged): Verdict {
  const verdicts = [
    messages(judged),
    finals(judged),
    decisions(judged),
    results(judged),
    files(judged),
    sessions(judged),
    turns(judged),
    leftovers(judged),
  ];
  return {
    missing: verdicts.flatMap(({ missing = [] }) => missing),
    wrong: verdicts.flatMap(({ wrong = [] }) => wrong),
  };
}

/** What is written of the run on disk; read when the bot is gone. */
export async function judgeAudit({ dataFolder }: World): Promise<string[]> {
  const path = join(dataFolder, 'audit.jsonl');
  if (!existsSync(path)) return [];
  const verified = await verifyChain(readAudit(path));
  return verified.ok ? [] : [`the audit does not verify: ${JSON.stringify(verified)}`];
}

/** Each message of a person is one user.message, in order, and has been taken up. */
function messages({ person, troubles }: Judged): Partial<Verdict> {
  const sent = person.events().filter(({ type }) => type === 'user.message');
  const markers = sent.map(({ content }) => /Slack message (\d+\.\d+) /.exec(JSON.stringify(content))?.[1] ?? '?');
  const missing = person.said
    .filter((ts) => !markers.includes(ts))
    .map((ts) => `message ${ts} has not reached the session`);
  const waiting = sent.filter(({ processed_at }) => processed_at === null).map(({ id }) => `${id} is still queued`);
  const doubled = markers
    .filter((ts, index) => markers.indexOf(ts) !== index)
    .map((ts) => `message ${ts} was sent twice`);
  const unknown = markers.filter((ts) => !person.said.includes(ts)).map((ts) => `nobody wrote message ${ts}`);
  // Nobody can put a message in its place that Slack brings when a later one has gone already.
  const mayOvertake = troubles.some((trouble) => trouble.type === 'deliveries' && trouble.reorder_ms > 0);
  const isInOrder = mayOvertake || markers.every((ts, index) => index === 0 || ts >= (markers[index - 1] ?? ''));
  return {
    missing: [...missing, ...waiting],
    wrong: [...doubled, ...unknown, ...(isInOrder ? [] : [`messages were sent out of order: ${markers.join(', ')}`])],
  };
}

/** Each agent.message stands in the thread once, complete, and in its place. */
function finals({ person }: Judged): Partial<Verdict> {
  const texts = person
    .events()
    .filter(({ type }) => type === 'agent.message')
    .map(({ content }) => (content as { text?: string }[]).map(({ text = '' }) => text).join(''));
  const wanted = texts.map(plain).join('');
  const read = person.read().map(plain).join('');
  const missing: string[] = [];
  const wrong: string[] = [];
  let reached = 0;
  for (const text of texts.map(plain)) {
    const [stands, should] = [count(read, text), count(wanted, text)];
    if (stands < should) missing.push(`“${cut(text)}” does not stand in the thread`);
    // As long as it is being replaced, a preview may stand beside what replaces it.
    if (stands > should) missing.push(`“${cut(text)}” stands ${stands} times in the thread, not ${should}`);
    const at = read.indexOf(text, reached);
    if (at === -1 && stands === should) wrong.push(`“${cut(text)}” stands before what was said before it`);
    reached = Math.max(reached, at);
  }
  return { missing, wrong };
}

const ANSWERS = { approve: 'allow', 'deny-all': 'deny' } as Record<string, string>;

/** Each call that waited for people has one answer, and it is theirs. */
function decisions({ person }: Judged): Partial<Verdict> {
  const calls = person.events().filter(({ evaluated_permission: permission }) => permission === 'ask');
  const given = person.events().filter(({ type }) => type === 'user.tool_confirmation');
  const expected = ANSWERS[person.pressed[0] ?? ''];
  const results = calls.map(({ id }) => ({ id, answers: given.filter(({ tool_use_id }) => tool_use_id === id) }));
  return {
    missing: results.filter(({ answers }) => answers.length === 0).map(({ id }) => `call ${id} has no answer`),
    wrong: results
      .filter(({ answers }) => answers.length > 1 || answers.some(({ result }) => result !== expected))
      .map(({ id, answers }) => `call ${id} was answered ${answers.map(({ result }) => result).join(', ')}`),
  };
}

/** Each call of the bot's own tools has one result, and was done once; whoever died over it does not know, and says so. */
function results({ conversation, person, world }: Judged): Partial<Verdict> {
  const calls = person.events().filter(({ type }) => type === 'agent.custom_tool_use');
  const given = person.events().filter(({ type }) => type === 'user.custom_tool_result');
  const told = calls.map(({ id }) => ({ id, own: given.filter((result) => result.custom_tool_use_id === id) }));
  const { posts } = conversation;
  const done =
    posts === undefined
      ? []
      : world.slack
          .state()
          .channels.flatMap(({ id, messages }) =>
            messages.filter((message) => id !== person.channel && message.bot_id && message.text.includes(posts)),
          );
  const isDone = given.some(({ is_error }) => is_error !== true);
  return {
    missing: told.filter(({ own }) => own.length === 0).map(({ id }) => `call ${id} has no result`),
    wrong: [
      ...told.filter(({ own }) => own.length > 1).map(({ id, own }) => `call ${id} has ${own.length} results`),
      ...(done.length > 1 ? [`what was to be done once was done ${done.length} times`] : []),
      ...(isDone && done.length === 0 ? ['what is said to be done was not done'] : []),
    ],
  };
}

/** Each file of people's is in the session and shown to it, each of the agent's in the thread, once. */
function files({ conversation, person, world }: Judged): Partial<Verdict> {
  const { makes = [] } = conversation;
  const posted = person
    .thread()
    .filter(({ user }) => user === world.slack.botUserId)
    .flatMap(({ files: shared = [] }) => shared.map(({ name }) => name));
  const unread = person
    .events()
    .filter(({ type, content }) => type === 'user.message' && JSON.stringify(content).includes('could not be read'));
  return {
    missing: makes.filter((name) => !posted.includes(name)).map((name) => `${name} does not stand in the thread`),
    wrong: [
      ...posted.filter((name, index) => posted.indexOf(name) !== index).map((name) => `${name} was posted twice`),
      ...unread.map(({ id }) => `${id} says that a file could not be read`),
    ],
  };
}

function sessions({ person, world }: Judged): Partial<Verdict> {
  const own = world.agents.records().sessions.filter(({ metadata }) => metadata.slack_thread_ts === person.root());
  return {
    missing: [
      ...(own.length === 0 ? ['the thread has no session'] : []),
      ...own.filter(({ status }) => status !== 'idle').map(({ id, status }) => `session ${id} is ${status}`),
    ],
    wrong: own.length > 1 ? [`the thread has ${own.length} sessions`] : [],
  };
}

const FOOTER = / · (under )?\$[\d.]+ list price/g;

/** Each turn of the session ends with one footer. */
function turns({ person }: Judged): Partial<Verdict> {
  const isEnd = ({ type, stop_reason: reason }: ReturnType<Person['events']>[number]) =>
    type === 'session.status_idle' && (reason as { type: string }).type !== 'requires_action';
  const ends = person.events().filter(isEnd).length;
  const footers = person.read().join('\n').match(FOOTER)?.length ?? 0;
  return {
    missing: footers < ends ? [`${ends} turns ended, and ${footers} footers stand in the thread`] : [],
    wrong: footers > ends ? [`${footers} footers stand in the thread, and only ${ends} turns ended`] : [],
  };
}

/** Nothing looks as if somebody were still at work, and nobody is. */
function leftovers({ person, world }: Judged): Partial<Verdict> {
  const { slack, agents } = world;
  const thread = person.thread();
  const buttons = thread.filter(({ blocks }) =>
    /"action_id":"drawbridge:(stop|release|gate:)/.test(JSON.stringify(blocks ?? [])),
  );
  const waiting = thread.filter(({ reactions = [] }) => reactions.some(({ name }) => name.startsWith('hourglass')));
  return {
    missing: [
      ...slack.problems().filter((problem) => MAY_PASS.test(problem)),
      ...buttons.map(({ ts }) => `message ${ts} still has its buttons`),
      ...waiting.map(({ ts }) => `message ${ts} still has its hourglass`),
      ...(agents.records().openStreams > 0 ? ['the session is still listened to'] : []),
    ],
    wrong: slack.problems().filter((problem) => !MAY_PASS.test(problem) && !UNANSWERED.test(problem)),
  };
}

/** What shows the work is posted anew below before it is taken away above: who dies in between leaves both. */
const MAY_PASS = /still streaming|left processing|repeats the message before it/;
/** A click on a process that dies is not answered: whoever made it makes it again. */
const UNANSWERED = /was not answered/;

/** The row below the head of a table. */
const RULE = /^\s*\|[\s:|-]*-[\s:|-]*$/gm;

/**
 * Without spaces and lines: a text may be cut at any of them, and go on in the next message. Without the marks of
 * tables and of what is in their cells, too: they stand in messages as Slack's own.
 */
function plain(text: string): string {
  return text.replace(RULE, '').replace(/[\s|*`]+/g, '');
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
