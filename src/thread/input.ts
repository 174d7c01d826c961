import type { SlackTs, ThreadId } from './ids.ts';

/** Something a person did that concerns a thread. Plain JSON: it is written to disk before Slack gets its ack. */
export type Input = MessageInput | StopInput | ReleaseInput | FilesInput | LateInput;

export interface MessageInput {
  type: 'message';
  thread: ThreadId;
  /** The Slack message's own ts: with team and channel it names the message for ever. */
  ts: SlackTs;
  author: string;
  /** The author's own team, which differs from the thread's for people of a Slack Connect channel. */
  authorTeam: string;
  /** As Slack sent it: mrkdwn with `<@U…>` and `&amp;`; the leading mention of the bot is already gone. */
  text: string;
  files: InputFile[];
  /** How often it had been sent to the session before, which lost it; left out: never. */
  again?: number;
  /** Addressed to the bot by a mention or by being a DM; false for a plain reply in a thread it already serves. */
  addressed: boolean;
}

export interface InputFile {
  /** Slack's id of the file; null when the message does not say. */
  id: string | null;
  /** Where its bytes are said to be; null when nowhere at Slack. */
  url: string | null;
  /**
   * As Slack's `mode` says: `hosted` and `snippet` have bytes, a `stub` has to be asked about, the others have none that
   * we can read.
   */
  mode: 'hosted' | 'snippet' | 'stub' | 'external' | 'canvas' | 'deleted' | 'hidden' | 'other';
  name: string;
  mimetype: string;
  /** Bytes, as Slack claims. */
  size: number;
}

/** Somebody wants the agent to stop: the native stop button, our own button, or the word as a whole reply. */
export interface StopInput {
  type: 'stop';
  thread: ThreadId;
  /** When it was asked, as a Slack ts, so that it has its place among the thread's messages. */
  ts: SlackTs;
  by: string;
  /** Written as a reply, which deserves an answer even when nothing is running; false for a pressed button. */
  said: boolean;
}

/** Somebody wants the held messages sent now, and the open request cancelled for them. */
export interface ReleaseInput {
  type: 'release';
  thread: ThreadId;
  /** When it was asked, as a Slack ts. */
  ts: SlackTs;
  by: string;
}

/** Somebody asks about the thread's files: for a list of them, or that what could not be posted is tried again. */
export interface FilesInput {
  type: 'files';
  thread: ThreadId;
  /** When it was asked, as a Slack ts. */
  ts: SlackTs;
  by: string;
  what: 'list' | 'post-again';
}

/** Somebody says whether messages that waited too long are still to be answered. */
export interface LateInput {
  type: 'late';
  thread: ThreadId;
  /** When it was said, as a Slack ts. */
  ts: SlackTs;
  by: string;
  what: 'answer' | 'skip';
}

/** Names an input among its thread's inputs; a second delivery of the same thing has the same key. */
export function inputKey(input: Input): string {
  const again = input.type === 'message' && input.again !== undefined ? `:${input.again}` : '';
  return `${input.ts}:${input.type}${again}`;
}

/** When it was done, in ms since the epoch. */
export function tsMs({ ts }: Input): number {
  return Number.parseFloat(ts) * 1000;
}

/** Slack's order: by ts, which are strings of equal length. */
export function byTs(a: Input, b: Input): number {
  return a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0;
}
