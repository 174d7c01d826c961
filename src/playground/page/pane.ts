import type { Attachment } from './attachments.ts';
import type { BlockAction } from './blocks/act.ts';
import type { PlaygroundChannel, PlaygroundMessage } from './contract.ts';
import type { Directory } from './directory.ts';
import type { Memory } from './memory.ts';

/** What a person can do in the open conversation. */
export interface PaneActions {
  /** Without `thread_ts` it is a new message of the channel. Rejects with the server's sentence. */
  post(message: { text: string; files: Attachment[]; thread_ts?: string; reply_broadcast?: boolean }): Promise<void>;
  act(message: PlaygroundMessage, action: BlockAction): Promise<void>;
  react(message: PlaygroundMessage, reaction: { name: string; remove: boolean }): void;
  stop(threadTs: string): void;
  addToChannel(user: string): void;
  /** Shows what went wrong. */
  fail(error: unknown): void;
}

/** What the channel and the thread beside it have in common. */
export interface PaneProps {
  channel: PlaygroundChannel;
  directory: Directory;
  actions: PaneActions;
  memory: Memory;
  now: () => number;
}
