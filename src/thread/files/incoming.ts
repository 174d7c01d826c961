import { rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { SessionError } from '../errors.ts';
import type { AgentFiles, Attachments, Fetched, FileId } from '../file-ports.ts';
import type { SessionId, ThreadId } from '../ids.ts';
import { createTurns } from '../in-turn.ts';
import { type InputFile, inputKey, type MessageInput } from '../input.ts';
import type { Lineages, Source } from './lineage.ts';
import { safeName } from './safe-name.ts';
import { type Arrived, shownBlock } from './tell-agent.ts';

/** Files on their way from a message to the agent. */
export interface Incoming {
  /**
   * What has become of a message's files, in their order. Null: they are on their way, and the thread is woken when
   * they are there. Nothing waits for them meanwhile. Rejects with a SessionError, `unreachable`, when the agent's side
   * cannot be given any now; the next call begins again with those that it does not have.
   */
  arrived(input: MessageInput): Promise<Arrived[] | null>;
  /**
   * Puts those that the session does not have into it; what cannot be mounted comes back as unread. Rejects with a
   * SessionError that concerns more than one file.
   */
  mount(thread: ThreadId, options: { session: SessionId; files: Arrived[] }): Promise<Arrived[]>;
  /**
   * The session refused the message with what the model is to look at. True: another try may work. At first what was
   * uploaded is forgotten, as it may be gone there, and `arrived` brings it again; then it is mounted and no more.
   */
  mend(input: MessageInput): Promise<boolean>;
  /** What a new session of the thread begins with: all that people gave to it so far. */
  given(thread: ThreadId): Promise<Source[]>;
  /** They are in a session from its beginning. */
  mounted(thread: ThreadId, options: { session: SessionId; files: Source[] }): Promise<void>;
  /** Nobody waits for these any more: what is under way is broken off. */
  forget(input: MessageInput): void;
  /** Breaks off everything and resolves when the disk is clean. */
  stop(): Promise<void>;
}

export interface FileLimits {
  /** Bytes. */
  maxSize: number;
  maxCount: number;
  /** Bytes of one message's files together. */
  maxTotal: number;
}

export interface IncomingDeps {
  attachments: Attachments;
  agentFiles: AgentFiles;
  lineages: Lineages;
  limits: FileLimits;
  /** For the bytes on their way. */
  folder: string;
  log: Logger;
  onArrived(thread: ThreadId): void;
}

interface Job {
  ending: AbortController;
  result: Arrived[] | null;
  /** Why there is no result, and none will come. */
  failure: { error: unknown } | null;
  ended: Promise<void>;
}

/** The API takes some hundreds; those that come later need room. */
const MOST_MOUNTS = 50;

interface BringOptions {
  file: InputFile;
  maxBytes: number;
  signal: AbortSignal;
}

type Brought = Extract<Arrived, { source: Source }>;

export function createIncoming({
  attachments,
  agentFiles,
  lineages,
  limits,
  folder,
  log,
  onArrived,
}: IncomingDeps): Incoming {
  const jobs = new Map<string, Job>();
  const broughtAgain = new Set<string>();
  const inTurn = createTurns<ThreadId>();

  async function bringAll(input: MessageInput, signal: AbortSignal): Promise<Arrived[]> {
    const files: Arrived[] = [];
    let room = limits.maxTotal;
    // One after the other: their names must not meet, and each may use up the room of the next.
    for (const [index, file] of input.files.entries()) {
      const arrived: Arrived =
        index >= limits.maxCount
          ? { title: file.name, unread: 'too-many' }
          : await tryToBring(input.thread, { file, maxBytes: Math.min(limits.maxSize, room), signal });
      if ('source' in arrived) room -= arrived.source.size;
      files.push(arrived);
    }
    return files;
  }

  /** One that fails for a reason of its own does not stop the others. */
  async function tryToBring(thread: ThreadId, options: BringOptions): Promise<Arrived> {
    try {
      return await bring(thread, options);
    } catch (error) {
      if (options.signal.aborted || error instanceof SessionError) throw error;
      log.error({ err: error, threadId: thread, file: options.file.id }, 'file not brought');
      return { title: options.file.name, unread: 'internal' };
    }
  }

  async function bring(thread: ThreadId, { file, maxBytes, signal }: BringOptions): Promise<Arrived> {
    const { sources } = await lineages.load(thread);
    const known = file.id === null ? undefined : sources.find(({ slackId }) => slackId === file.id);
    // A message may say nothing of a file but its id.
    if (known) return { title: known.title, source: known };
    if (maxBytes <= 0) return { title: file.name, unread: 'too-much' };
    const fetched = await attachments.fetch(file, { folder, maxBytes, signal });
    if (fetched.type === 'unread') {
      // The file by itself may be small enough: then it is the others that leave no room for it.
      const why = fetched.why === 'too-large' && maxBytes < limits.maxSize ? 'too-much' : fetched.why;
      log.info({ threadId: thread, file: file.id, why }, 'file not read');
      return { title: file.name, unread: why };
    }
    try {
      return await store(thread, { file, fetched, signal });
    } finally {
      await rm(fetched.path, { force: true });
    }
  }

  async function store(
    thread: ThreadId,
    { file, fetched, signal }: { file: InputFile; fetched: Fetched; signal: AbortSignal },
  ): Promise<Arrived> {
    const title = fetched.name;
    const { size, sha256, mimetype, isText } = fetched;
    const { sources } = await lineages.load(thread);
    const same = sources.find((other) => other.sha256 === sha256 && other.title === title);
    if (same) return { title, source: same };
    const taken = sources.map(({ name }) => name);
    const name = safeName(title, taken);
    try {
      const fileId = await agentFiles.upload({ path: fetched.path, name, mimetype }, signal);
      const source: Source = { slackId: file.id, title, name, mimetype, size, sha256, isText, fileId, mounts: [] };
      await lineages.change(thread, (before) => ({ ...before, sources: [...before.sources, source] }));
      return { title, source };
    } catch (error) {
      // The other files and the words go without it; when nothing can be reached, all of them wait.
      if (!(error instanceof SessionError) || error.code === 'unreachable') throw error;
      log.warn({ threadId: thread, file: file.id, code: error.code }, 'file refused');
      return { title, unread: 'refused' };
    }
  }

  function start(input: MessageInput): Job {
    const ending = new AbortController();
    const job: Job = { ending, result: null, failure: null, ended: Promise.resolve() };
    // Two messages at once must not choose one name.
    job.ended = inTurn(input.thread, () => bringAll(input, ending.signal))
      .then(
        (result) => {
          job.result = result;
        },
        (error: unknown) => {
          job.failure = { error };
        },
      )
      .then(() => {
        if (!ending.signal.aborted) onArrived(input.thread);
      });
    return job;
  }

  return {
    async arrived(input) {
      if (input.files.length === 0) return [];
      const key = keyOf(input);
      const job = jobs.get(key) ?? start(input);
      jobs.set(key, job);
      if (job.failure === null) return job.result;
      jobs.delete(key);
      throw job.failure.error;
    },
    async mount(thread, { session, files }) {
      const mounted: Arrived[] = [];
      for (const file of files) mounted.push('source' in file ? await mountOne(thread, { session, file }) : file);
      return mounted;
    },
    async mend(input) {
      const key = keyOf(input);
      const job = jobs.get(key);
      const shown = (job?.result ?? []).flatMap((file) => shownBlock(file)?.fileId ?? []);
      if (!job?.result || shown.length === 0) return false;
      if (broughtAgain.has(key)) job.result = job.result.map((file) => ({ ...file, isHidden: true }));
      else {
        broughtAgain.add(key);
        jobs.delete(key);
        await drop(input.thread, shown);
      }
      return true;
    },
    async given(thread) {
      const { sources } = await lineages.load(thread);
      return sources.slice(-MOST_MOUNTS);
    },
    mounted: noteMounts,
    forget(input) {
      const key = keyOf(input);
      jobs.get(key)?.ending.abort();
      jobs.delete(key);
      broughtAgain.delete(key);
    },
    async stop() {
      const all = [...jobs.values()];
      jobs.clear();
      for (const { ending } of all) ending.abort();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };

  async function mountOne(
    thread: ThreadId,
    { session, file }: { session: SessionId; file: Brought },
  ): Promise<Arrived> {
    const { title, source } = file;
    const { sources } = await lineages.load(thread);
    const isThere = sources.some(({ fileId, mounts }) => fileId === source.fileId && mounts.includes(session));
    if (isThere) return file;
    try {
      await agentFiles.mount(session, source);
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== 'request') throw error;
      log.warn({ err: error, threadId: thread, sessionId: session, fileId: source.fileId }, 'file not mounted');
      // What was uploaded may be gone there: sent again, it is uploaded again.
      await drop(thread, [source.fileId]);
      return { title, unread: 'refused' };
    }
    await noteMounts(thread, { session, files: [source] });
    return file;
  }

  async function drop(thread: ThreadId, ids: readonly FileId[]): Promise<void> {
    await lineages.change(thread, (before) => ({
      ...before,
      sources: before.sources.filter(({ fileId }) => !ids.includes(fileId)),
    }));
  }

  async function noteMounts(
    thread: ThreadId,
    { session, files }: { session: SessionId; files: Source[] },
  ): Promise<void> {
    if (files.length === 0) return;
    const ids = files.map(({ fileId }) => fileId);
    await lineages.change(thread, (before) => ({
      ...before,
      sources: before.sources.map((source) =>
        ids.includes(source.fileId) && !source.mounts.includes(session)
          ? { ...source, mounts: [...source.mounts, session] }
          : source,
      ),
    }));
  }
}

function keyOf(input: MessageInput): string {
  return `${input.thread}:${inputKey(input)}`;
}
