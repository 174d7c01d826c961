import type { Change, PlaygroundChannel, PlaygroundMessage, PlaygroundSession, PlaygroundState } from './contract.ts';

/** The workspace after one change. Untouched channels and messages keep their identity, so they need no new drawing. */
export function reduce(state: PlaygroundState, change: Change): PlaygroundState {
  switch (change.type) {
    case 'message':
      return inChannel(state, change.channel, (channel) => ({
        ...channel,
        messages: upsert(channel.messages, change.message),
      }));
    case 'deleted':
      return inChannel(state, change.channel, (channel) => ({
        ...channel,
        messages: channel.messages.filter(({ ts }) => ts !== change.ts),
        ephemerals: channel.ephemerals.filter(({ ts }) => ts !== change.ts),
      }));
    case 'ephemeral':
      return inChannel(state, change.channel, (channel) => ({
        ...channel,
        ephemerals: upsert(channel.ephemerals, change.message),
      }));
    case 'session':
      return inChannel(state, change.channel, (channel) => ({
        ...channel,
        sessions: [...channel.sessions.filter((other) => other.thread_ts !== change.session.thread_ts), change.session],
      }));
    case 'channel':
      return { ...state, channels: replaceById(state.channels, change.channel) };
    case 'user':
      return { ...state, users: replaceById(state.users, change.user) };
    case 'group':
      return { ...state, groups: replaceById(state.groups, change.group) };
    case 'view':
      return { ...state, views: replaceById(state.views, change.view) };
    case 'view_closed':
      return { ...state, views: state.views.filter(({ id }) => id !== change.id) };
    case 'traffic':
      return state;
    default:
      // A newer server may know more changes than this page.
      return state;
  }
}

/** Orders Slack timestamps (`1766458031.859009`) of any length. */
export function compareTs(a: string, b: string): number {
  const [aSeconds = '0', aRest = ''] = a.split('.');
  const [bSeconds = '0', bRest = ''] = b.split('.');
  return Number(aSeconds) - Number(bSeconds) || (aRest < bRest ? -1 : aRest > bRest ? 1 : 0);
}

function isReply(message: PlaygroundMessage): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

/** What the channel itself shows to a person: roots, replies also sent to the channel, and what only they see. */
export function channelMessages(channel: PlaygroundChannel, person: string): PlaygroundMessage[] {
  const shared = channel.messages.filter((message) => !isReply(message) || message.subtype === 'thread_broadcast');
  const own = channel.ephemerals.filter((message) => message.to === person && !message.thread_ts);
  return [...shared, ...own].sort((a, b) => compareTs(a.ts, b.ts));
}

/** A thread's root, when we know it, and its replies as a person sees them. */
export function threadMessages(channel: PlaygroundChannel, rootTs: string, person: string) {
  const replies = channel.messages.filter((message) => message.thread_ts === rootTs && isReply(message));
  const own = channel.ephemerals.filter((message) => message.to === person && message.thread_ts === rootTs);
  return {
    root: channel.messages.find((message) => message.ts === rootTs),
    replies: [...replies, ...own].sort((a, b) => compareTs(a.ts, b.ts)),
  };
}

export interface ThreadSummary {
  count: number;
  users: string[];
  lastTs: string;
}

export function threadSummaries(messages: PlaygroundMessage[]): Map<string, ThreadSummary> {
  const summaries = new Map<string, ThreadSummary>();
  for (const message of messages) {
    if (!message.thread_ts || !isReply(message)) continue;
    const summary = summaries.get(message.thread_ts) ?? { count: 0, users: [], lastTs: message.ts };
    summaries.set(message.thread_ts, {
      count: summary.count + 1,
      users: summary.users.includes(message.user) ? summary.users : [...summary.users, message.user],
      lastTs: compareTs(message.ts, summary.lastTs) > 0 ? message.ts : summary.lastTs,
    });
  }
  return summaries;
}

export function sessionOf(channel: PlaygroundChannel, threadTs: string): PlaygroundSession | undefined {
  return channel.sessions.find((session) => session.thread_ts === threadTs);
}

/** The sidebar of a person: the channels and the conversations they are in. */
export function conversationsOf(state: PlaygroundState, person: string) {
  const mine = state.channels.filter((channel) => channel.members.includes(person));
  return {
    channels: mine.filter((channel) => !channel.is_im && !channel.is_mpim),
    directs: mine.filter((channel) => channel.is_im || channel.is_mpim),
  };
}

function inChannel(
  state: PlaygroundState,
  id: string,
  change: (channel: PlaygroundChannel) => PlaygroundChannel,
): PlaygroundState {
  return { ...state, channels: state.channels.map((channel) => (channel.id === id ? change(channel) : channel)) };
}

function upsert<M extends PlaygroundMessage>(messages: M[], message: M): M[] {
  // Searched from the end: what changes is nearly always among the newest.
  const index = messages.findLastIndex(({ ts }) => ts === message.ts);
  if (index >= 0) return messages.with(index, message);
  const after = messages.findLastIndex(({ ts }) => compareTs(ts, message.ts) < 0);
  return messages.toSpliced(after + 1, 0, message);
}

function replaceById<T extends { id: string }>(list: T[], item: T): T[] {
  const index = list.findIndex(({ id }) => id === item.id);
  return index < 0 ? [...list, item] : list.with(index, item);
}
