import type { SessionId, ThreadId } from './ids.ts';
import type { InputFile } from './input.ts';

/** Files people sent, as the hall needs them from Slack. */
export interface Attachments {
  /**
   * Brings a file's bytes onto disk, into a file of its own in `folder`, and checks that they are what Slack says they
   * are. One that cannot be read is no error: it says why. Rejects only when the signal aborts or the disk fails.
   */
  fetch(file: InputFile, options: FetchOptions): Promise<Fetched | Unread>;
}

export interface FetchOptions {
  folder: string;
  maxBytes: number;
  signal: AbortSignal;
}

export interface Fetched {
  type: 'fetched';
  /** Where the bytes are: whoever asked deletes it. */
  path: string;
  /** As `files.info` says where the message did not. */
  name: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
  /** What the bytes say where they say it (images, PDF, archives), else what Slack claims. */
  mimetype: string;
  /** The bytes are text in UTF-8. */
  isText: boolean;
}

export interface Unread {
  type: 'unread';
  why: UnreadWhy;
}

export type UnreadWhy =
  /** Its bytes are not at Slack: a link to Drive and the like. */
  | 'external'
  | 'canvas'
  /** A list, an email, or another kind that has no bytes of its own. */
  | 'not-a-file'
  | 'deleted'
  /** Beyond what a free plan shows. */
  | 'hidden'
  /** Slack answered with its sign-in page: the app lacks `files:read`, or is not where the file is. */
  | 'no-access'
  | 'empty'
  | 'too-large'
  /** One more file than is read of one message. */
  | 'too-many'
  /** Small enough by itself, but not together with the others of its message. */
  | 'too-much'
  /** Not the number of bytes, or not the type, that was announced. */
  | 'not-as-announced'
  /** Its address is not one of Slack's. */
  | 'wrong-host'
  | 'unreachable'
  /** The agent's side did not take it. */
  | 'refused'
  /** A fault of our own, such as a full disk. */
  | 'internal';

/** Files that go into the thread, as the hall needs them from Slack. */
export interface Uploads {
  /** Brings the bytes to Slack, where nobody sees them yet; gives Slack's id. Rejects with an UploadError. */
  send(file: UploadFile, signal: AbortSignal): Promise<string>;
  /** One message in the thread with all of them. Rejects with an UploadError. */
  share(thread: ThreadId, options: { files: { id: string; title: string }[]; comment: string }): Promise<void>;
  /** Which of these have a message in the thread by now, or are about to: sharing is asynchronous. */
  shared(thread: ThreadId, ids: string[]): Promise<string[]>;
}

export interface UploadFile {
  path: string;
  name: string;
  /** Bytes, more than none. */
  size: number;
  /** What a picture shows, for those who cannot see it. */
  alt?: string;
}

/** Slack did not take a file. */
export class UploadError extends Error {
  readonly code: 'no-scope' | 'no-access' | 'too-large' | 'not-allowed' | 'no-room' | 'unreachable';

  constructor(code: UploadError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UploadError';
    this.code = code;
  }
}

/** A file of the Files API; opaque. */
export type FileId = string & { readonly FileId: never };

/** Files on the agent's side. Every method may reject with a SessionError. */
export interface AgentFiles {
  /** From disk, without holding it in memory. */
  upload(file: { path: string; name: string; mimetype: string }, signal: AbortSignal): Promise<FileId>;
  /** Puts an uploaded file into a running session, once even when the outcome of the first try is unknown. */
  mount(session: SessionId, file: Mount): Promise<void>;
  /** What the agent wrote to its outputs, oldest first; entries may come some seconds late. */
  outputs(session: SessionId): Promise<Output[]>;
  /** Onto disk, without holding it in memory. Rejects with a SessionError, `request` when it is larger than `maxBytes`. */
  download(
    file: FileId,
    options: { path: string; maxBytes: number; signal: AbortSignal },
  ): Promise<{ size: number; sha256: string }>;
}

export interface Mount {
  fileId: FileId;
  /** Below `/mnt/session/uploads/`: a plain name. */
  name: string;
}

export const UPLOADS_FOLDER = '/mnt/session/uploads';

export interface Output {
  id: FileId;
  name: string;
  mimetype: string;
  /** Bytes. */
  size: number;
}

/** A content block that shows an uploaded file to the model. */
export interface FileBlock {
  type: 'image' | 'document';
  fileId: FileId;
  title: string;
}
