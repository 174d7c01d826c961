import type { Block, PlaygroundStream, PostFile } from '../page/contract.ts';
import type { FileBytes } from './file-bytes.ts';

/** What the local Slack remembers. Message fields carry Slack's own names, so that they go on the wire as they are. */
export interface User {
  id: string;
  name: string;
  realName: string;
  teamId: string;
  isBot: boolean;
  /** A guest of many channels, or of a single one. */
  guest?: Guest;
  /** Deactivated: Slack keeps such people in its lists, marked. */
  deleted: boolean;
}

type Guest = 'multi_channel' | 'single_channel';

/** A user group, `S…`: people who are mentioned together by its handle. */
export interface Group {
  id: string;
  handle: string;
  name: string;
  users: string[];
}

/** As `channel_type` has it: `group` is a private channel. */
export type ChannelKind = 'channel' | 'group' | 'im' | 'mpim';

export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  members: string[];
  archived: boolean;
  /** Shared with another workspace through Slack Connect. */
  shared: boolean;
  messages: Message[];
  ephemerals: Ephemeral[];
}

export interface Metadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

export interface Message {
  channel: string;
  ts: string;
  user: string;
  team: string;
  text: string;
  thread_ts?: string;
  bot_id?: string;
  app_id?: string;
  client_msg_id?: string;
  subtype?: string;
  blocks?: Block[];
  attachments?: unknown[];
  files?: StoredFile[];
  /** The message that this one forwards. */
  forwards?: Message;
  metadata?: Metadata;
  edited?: { user: string; ts: string };
  reactions: { name: string; users: string[] }[];
  stream?: Stream;
  /** What people have chosen in this message's inputs: `values[block_id][action_id]`. */
  values?: StateValues;
}

export interface Ephemeral extends Message {
  to: string;
}

export type StateValues = Record<string, Record<string, Record<string, unknown>>>;

export interface Stream extends PlaygroundStream {
  /** The first payload locks it. */
  mode: 'markdown' | 'chunks' | null;
  recipientUser?: string;
  startedAtMs: number;
  cancelExpiry: () => void;
}

export type SessionStatus = 'active' | 'processing' | 'suspended' | 'closed';

export interface Session {
  channel: string;
  threadTs: string;
  status: SessionStatus;
  title?: string;
  initiator?: string;
  cancelExpiry: () => void;
}

export type FileMode = NonNullable<PostFile['mode']>;

export interface StoredFile {
  id: string;
  name: string;
  title: string;
  /** What a picture shows. */
  alt?: string;
  mimetype: string;
  user: string;
  team: string;
  createdMs: number;
  mode: FileMode;
  content: FileBytes;
  shares: { channel: string; ts: string; thread_ts?: string }[];
}
