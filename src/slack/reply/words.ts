import { assertNever } from '../../thread/assert-never.ts';
import { count } from '../../thread/count.ts';
import type { UnreadWhy } from '../../thread/file-ports.ts';
import type { Unposted } from '../../thread/files/outgoing.ts';
import { readableSize } from '../../thread/files/readable-size.ts';
import type { Refusal } from '../../thread/ports.ts';
import type { Footer, Notice } from '../../thread/view.ts';
import { safely } from './disarm.ts';

/**
 * What the bridge itself says, as mrkdwn: what happened, and what to do. `<@U…>` of our own stays a mention; whatever
 * came from elsewhere (names, questions, URLs) is escaped, disarmed and cut.
 */
export function noticeWords(notice: Notice): string {
  switch (notice.code) {
    case 'hello':
      return [
        'Hello! Write me what you need: I work on it here in the thread, and you see every step.',
        '• Reply while I work to correct me or add something; I take it in as I go.',
        '• Write `stop` at any time and I stop. The thread is then ready for your next message.',
      ].join('\n');
    case 'nothing-running':
      return 'Nothing is running here, so there is nothing to stop. Write a message to start.';
    case 'new-session':
      return notice.remembers
        ? 'The earlier session of this thread has ended, so I started a new one and gave it the thread so far.'
        : 'The earlier session of this thread has ended, so I started a new one. It does not know what was said before; repeat what matters.';
    case 'context-cut':
      return `This thread is long: I read its newest part and left out ${count(notice.leftOut, 'older message')}. Repeat anything important from there.`;
    case 'files-unread':
      return unreadWords(notice.files);
    case 'files-unposted':
      return unpostedWords(notice.files);
    case 'files':
      return filesWords(notice);
    case 'waiting':
      return 'The agent waits for something that cannot be answered from here: open the session in the Claude Console, or write `stop` to cancel the request.';
    case 'held':
      return HELD[notice.until];
    case 'cancelled':
      return notice.by === null
        ? 'The open request was cancelled, so that the message could be sent.'
        : `<@${notice.by}> cancelled the open request, so that the message could be sent.`;
    case 'not-sent':
      return notice.why === 'budget'
        ? `I did not send ${count(notice.count, 'held message')}, because the budget stays as it is. Write again, and I ask once more.`
        : `I did not send ${count(notice.count, 'message')}, because I was stopped before. Write again to go on.`;
    case 'late':
      return lateWords(notice);
    case 'away':
      return `I was away for ${duration(notice.awayMs)}. ${count(notice.messages, 'message')} waited here meanwhile.`;
    case 'late-answer':
      return notice.isOld
        ? `This is not new: the agent finished it ${duration(notice.ageMs)} ago, while I was away.`
        : `I was away for ${duration(notice.awayMs)}. This was ready ${duration(notice.ageMs)} ago.`;
    case 'gate-failed':
      return `I cannot keep or read what people decide right now, so nothing is approved. I try again in ${duration(notice.retryInMs)}; if it keeps happening, tell whoever runs me.`;
    case 'sent-again':
      return `${count(notice.count, 'message')} had not reached the agent yet, so I send ${notice.count === 1 ? 'it' : 'them'} again.`;
    case 'stopped':
      return notice.by === null
        ? 'Stopped. Write a message to go on.'
        : `Stopped by <@${notice.by}>. Write a message to go on.`;
    case 'failed':
      return `The agent ran into a problem and gave up${because(notice.fault)}. Nothing above is lost; write again to retry.`;
    case 'budget-reached':
      return 'This session has used up its budget, so the agent stopped here. Write again to be asked about raising it, or start a new thread.';
    case 'refusal':
      return 'The agent declined to go on with this request. Try wording it differently.';
    case 'terminated':
      return `The session has ended and cannot be continued${because(notice.fault)}. Your next message here starts a new one.`;
    case 'ended-oddly':
      return 'The agent stopped without saying why. What stands above is all it said; write again to go on.';
    case 'mcp-failed':
      return notice.auth
        ? `I could not sign in to ${quote(notice.server)}, so its tools are missing. Ask whoever runs me to renew its credentials.`
        : `I could not reach ${quote(notice.server)}, so its tools are missing for now.`;
    case 'repository-failed':
      return notice.repository === null
        ? 'A repository could not be loaded, so I work without it. Ask whoever runs me to check its address and token.'
        : `The repository ${quote(notice.repository)} could not be loaded, so I work without it. Ask whoever runs me to check its address and token.`;
    case 'unreachable':
      return `I cannot reach the agent right now. Your message is kept; I try again in ${duration(notice.retryInMs)}.`;
    case 'undelivered':
      return 'I could not reach the agent for a long time, so your message was not delivered. Please write it again.';
    case 'misconfigured':
      return MISCONFIGURED[notice.what];
    case 'internal':
      return `Something went wrong on my side. What you wrote is kept: write again to go on. If it keeps happening, tell whoever runs me this id: \`${plain(notice.errorId)}\`.`;
    default:
      return assertNever(notice);
  }
}

function lateWords({ messages, waitedMs, choice }: Extract<Notice, { code: 'late' }>): string {
  const [what, it] = messages === 1 ? ['A message here', 'it'] : [`${messages} messages here`, 'them'];
  const waited = `${what} waited ${duration(waitedMs)}, because I was away.`;
  if (choice === null) return `${waited} Say whether I still answer ${it}, or skip ${it}.`;
  return choice.what === 'answer'
    ? `${waited} <@${choice.by}> wants ${it} answered still.`
    : `${waited} Skipped by <@${choice.by}>: the agent does not get ${it}.`;
}

/** For the one who pressed a button of that card, and nobody else. */
export function refusalWords(why: Refusal['why']): string {
  return why === 'not-theirs'
    ? "You can't choose about these messages, so nothing was changed. Whoever wrote them can, and any full member of this workspace."
    : "Slack can't tell me right now who you are, so I did not count this. Nothing was changed: press again in a moment.";
}

const OR_NOW = "If it can't wait, press *Cancel the request and send now*, or write `stop`: your message is sent then.";
const HELD = {
  answer: `I'm holding your message until the open request is answered. ${OR_NOW}`,
  tool: `I'm holding your message until the tool that runs now is done. ${OR_NOW}`,
  budget: "I'm holding your message until the budget is raised.",
};

/** One line per reason, so that each says what to do. */
function unreadWords(files: Extract<Notice, { code: 'files-unread' }>['files']): string {
  const reasons = [...new Set(files.map(({ why }) => why))];
  const named = (why: UnreadWhy) => list(files.filter((file) => file.why === why).map(({ name }) => name));
  return fitting(
    reasons.map((why) => `${named(why)}: ${UNREAD[why]}`),
    MOST_TEXT,
  ).join('\n');
}

const UNREAD: Record<UnreadWhy, string> = {
  external: 'I could not read it, because it is kept outside Slack. Download it there and drop it in here.',
  canvas: 'I cannot read Slack canvases. Paste the part that matters as text.',
  'not-a-file': 'I cannot read this kind of attachment. Send it as an ordinary file.',
  deleted: 'it has been deleted, so I could not read it. Send it again if it still matters.',
  hidden: 'your Slack plan hides files this old. Send it again.',
  'no-access':
    'Slack does not let me read it. Ask whoever runs me to check that the app has the scope `files:read`, and that I am in the channel the file was shared in.',
  empty: 'it is empty, so there was nothing to read.',
  'too-large': 'it is larger than I may read. Send a smaller part of it.',
  'too-many': 'that was more files than I read from one message. Send the rest in another one.',
  'too-much': 'together with the other files it is more than I read from one message. Send it in another one.',
  'not-as-announced': 'it did not arrive whole, or is not what its name says. Send it again.',
  'wrong-host': 'its address is not one of Slack’s, so I did not open it. Download it there and drop it in here.',
  unreachable: 'Slack did not give it to me. Send it again in a moment.',
  refused:
    'the agent’s side did not take it. Send it again; if that fails too, ask whoever runs me to look at the log.',
  internal:
    'something went wrong on my side. Send it again; if that fails too, ask whoever runs me to look at the log.',
};

function unpostedWords(files: Extract<Notice, { code: 'files-unposted' }>['files']): string {
  if (files.length === 0) return 'There is nothing left that I could post. Ask the agent for the files that you miss.';
  const reasons = [...new Set(files.map(({ why }) => why))];
  const named = (why: Unposted['why']) => list(files.flatMap((file) => (file.why === why ? (file.name ?? []) : [])));
  return fitting(
    reasons.map((why) => `I could not post ${named(why) || 'what the agent wrote'}: ${UNPOSTED[why]}`),
    MOST_TEXT,
  ).join('\n');
}

const UNPOSTED: Record<Unposted['why'], string> = {
  'no-scope': 'the app lacks the scope `files:write`. Ask whoever runs me to add it, then try again.',
  'no-access': 'I may not post files here. Invite me to the channel, then try again.',
  'too-large': 'it is larger than Slack, or my settings, allow. Ask for it in parts.',
  'not-allowed': 'this workspace does not allow such files. Ask for another kind of file, or an admin to allow it.',
  'no-room': 'this workspace has no room for files left. Ask an admin to make some, then try again.',
  unreachable: 'Slack did not take it. Try again in a moment.',
  empty: 'it is empty. Ask for it again if something should be in it.',
  'too-many': 'that was more than one message can carry. Try again for the rest.',
  gone: 'it is gone with the session that made it. Ask the agent for it again.',
  'agent-side': 'the agent’s side did not give it. Try again in a moment.',
};

/** Of a name among others. */
const LONGEST_NAME = 80;
/** A block of text holds 3,000 characters. */
const MOST_TEXT = 2_800;

/** The first lines, as many as fit. */
function fitting(lines: string[], max: number): string[] {
  let room = max;
  return lines.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
}

function filesWords({ given, made }: Extract<Notice, { code: 'files' }>): string {
  if (given.length === 0 && made.length === 0) {
    return 'There are no files in this thread yet. Drop one into a reply to give it to the agent.';
  }
  const lines = (files: { name: string; size: number; as?: string }[]) => {
    const all = files.map(({ name, size, as = name }) => {
      const path = as === name ? '' : `, which the agent has as ${plain(as, LONGEST_NAME)}`;
      return `• ${plain(name, LONGEST_NAME)} (${readableSize(size)})${path}`;
    });
    return fitting(all.toReversed(), MOST_TEXT / 2).toReversed();
  };
  const more = (files: unknown[], shown: string[]) =>
    files.length > shown.length ? [`and ${count(files.length - shown.length, 'older file')}`] : [];
  const [gave, got] = [lines(given), lines(made)];
  return [
    ...(given.length > 0 ? ['*You gave the agent*', ...gave, ...more(given, gave)] : []),
    ...(made.length > 0 ? ['*The agent gave you*', ...got, ...more(made, got)] : []),
    'Drop another one into a reply to give it to the agent.',
  ].join('\n');
}

const MISCONFIGURED = {
  credentials:
    'The agents API does not accept my key. Ask whoever runs me to check the Anthropic API key, then write again.',
  agent:
    'The agent I am set up with cannot be used. Ask whoever runs me to check the agent and environment ids, then write again.',
  request:
    'The agents API did not accept this request, and trying again would not help. Ask whoever runs me to look at the log.',
};

/** `12 s · 3 tools · $0.04 list price` */
export function footerWords({ tookMs, tools, cents }: Footer): string {
  return [
    duration(tookMs),
    ...(tools > 0 ? [count(tools, 'tool')] : []),
    ...(cents === null ? [] : [`${dollars(cents)} list price`]),
  ].join(' · ');
}

/** `0.8 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 days` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${(Math.max(ms, 0) / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joinUnits(`${minutes} min`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? joinUnits(`${hours} h`, minutes % 60, 'min') : `${Math.floor(hours / 24)} days`;
}

function joinUnits(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${rest} ${unit}`;
}

export function dollars(cents: number): string {
  return cents > 0 && cents < 1 ? 'under $0.01' : `$${(cents / 100).toFixed(2)}`;
}

function because(fault: string | null): string {
  return fault === null ? '' : ` (${plain(fault)})`;
}

function list(names: string[]): string {
  const shown = names.slice(0, 5).map((name) => quote(name, LONGEST_NAME));
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}

function quote(name: string, max?: number): string {
  return `*${plain(name, max).replaceAll('*', '')}*`;
}

/** Somebody else's text as one line of mrkdwn. */
export function plain(text: string, max = 200): string {
  return safely(text.replace(/\s+/g, ' '), max);
}
