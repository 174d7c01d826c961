import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import { SessionError } from '../errors.ts';
import { type AgentFiles, type FileId, type Output, UploadError, type Uploads } from '../file-ports.ts';
import type { SessionId, ThreadId } from '../ids.ts';
import { describeOutput, titleOf } from './describe-output.ts';
import type { Expected } from './expected-files.ts';
import type { Lineages, Posted } from './lineage.ts';
import { shapeOf } from './shape-of.ts';

/** Brings what the agent wrote into the thread. */
export interface Outgoing {
  /**
   * Posts the files of a turn that people do not have yet, in one message. Waits for entries that come late. Rejects
   * only when the signal aborts; what could not be posted is named.
   */
  post(thread: ThreadId, options: PostOptions): Promise<Unposted[]>;
  /**
   * Brings those that are complete to Slack while the turn still runs, where nobody sees them before they are posted.
   * One at a time in a thread, and not beside `post`, which brings the rest and says what could not be. Rejects only when
   * the signal aborts.
   */
  prepare(thread: ThreadId, options: PrepareOptions): Promise<void>;
}

interface PostOptions {
  session: SessionId;
  /** What the turn's tool calls said they write; once all of it is there, nothing else is waited for. */
  expected: readonly Expected[];
  /** They were found before: nothing comes late any more, and what is missing now is gone. */
  isLate?: boolean;
  signal: AbortSignal;
}

interface PrepareOptions extends Pick<PostOptions, 'session' | 'expected' | 'signal'> {
  /** Aborts when the turn has ended: what is under way is finished, and nothing else is waited for or begun. */
  enough: AbortSignal;
}

export interface Unposted {
  /** Null: what there is could not even be listed. */
  name: string | null;
  why: UploadError['code'] | 'empty' | 'too-many' | 'agent-side' | 'gone';
}

/** Another try may bring it. */
export function mayWorkLater({ why }: Unposted): boolean {
  return why !== 'empty' && why !== 'too-large' && why !== 'gone';
}

export interface OutgoingDeps {
  agentFiles: AgentFiles;
  uploads: Uploads;
  lineages: Lineages;
  /** Bytes. */
  maxSize: number;
  folder: string;
  clock: Clock;
  log: Logger;
}

/** Entries show up some seconds late: when to look, counted from the end of the turn. */
const LOOK_AFTER_MS = [0, 2_000, 5_000, 10_000];
/** What is there may be from before a call that only looked at it: nothing newer is waited for any longer. */
const LONG_MS = 5_000;
/** What one message can carry. */
const MOST_FILES = 20;

export function createOutgoing(deps: OutgoingDeps): Outgoing {
  const { agentFiles, uploads, lineages, clock, log } = deps;

  /** The newest of each name that people do not have, once there is nothing more to wait for; and names that are gone. */
  async function collect(
    thread: ThreadId,
    { session, expected, isLate = false, signal, enough }: PostOptions & Partial<PrepareOptions>,
  ): Promise<{ found: Output[]; gone: string[] }> {
    let found: Output[] = [];
    let missing: string[] = [];
    let waited = 0;
    const ending = enough ? AbortSignal.any([signal, enough]) : signal;
    for (const afterMs of isLate ? LOOK_AFTER_MS.slice(0, 1) : LOOK_AFTER_MS) {
      await sleep(clock, afterMs - waited, ending);
      signal.throwIfAborted();
      if (enough?.aborted) break;
      waited = afterMs;
      const before = found.length;
      const { outputs, skipped } = await lineages.load(thread);
      const seen = new Set([...outputs.map(({ outputId }) => outputId), ...skipped]);
      const listed = newestByName(await agentFiles.outputs(session));
      const names = new Set([...listed, ...outputs].map(({ name }) => name));
      found = listed.filter(({ id }) => !seen.has(id));
      missing = expected.map(({ name }) => name).filter((name) => !names.has(name));
      const unseen = new Set([...found, ...outputs.filter(isUnseen)].map(({ name }) => name));
      const isThere = (file: Expected) =>
        listed.some((output) => isOf(file, output)) || (afterMs >= LONG_MS && unseen.has(file.name));
      const isAllThere = expected.length > 0 && expected.every(isThere);
      const isQuiet = expected.length === 0 && found.length > 0 && found.length === before;
      if (isAllThere || isQuiet) break;
    }
    return { found, gone: isLate ? missing : [] };
  }

  /** Brings one file to Slack, where nobody sees it yet, in place of what nobody has seen of its name so far. */
  async function send(
    thread: ThreadId,
    { output, signal }: { output: Output; signal: AbortSignal },
  ): Promise<Unposted | null> {
    const { id, name, mimetype } = output;
    const why = whyNever(output, deps);
    if (why !== null) {
      await put(thread, { name, posted: null, skipped: [id] });
      return { name, why };
    }
    const path = join(deps.folder, randomUUID());
    try {
      const { size, sha256 } = await agentFiles.download(id, { path, maxBytes: deps.maxSize, signal });
      const same = (await lineages.load(thread)).outputs.filter((posted) => posted.name === name);
      const unseen = same.find(isUnseen) ?? null;
      const last = same.findLast((posted) => posted !== unseen);
      // What people have, or are about to get, is not brought again.
      if (sha256 === last?.sha256 || sha256 === unseen?.sha256) {
        await put(thread, { name, posted: sha256 === last?.sha256 ? null : unseen, skipped: [id] });
        return null;
      }
      const shape = await shapeOf({ path, name, mimetype, size });
      const version = (last?.version ?? 0) + 1;
      const slackId = await uploads.send({ path, name, size, ...altOf(output) }, signal);
      const posted: Posted = { name, version, size, sha256, outputId: id, slackId, state: 'sent', shape };
      await put(thread, { name, posted, skipped: [] });
      return null;
    } catch (error) {
      signal.throwIfAborted();
      return unposted(thread, { name, error });
    } finally {
      await rm(path, { force: true });
    }
  }

  function unposted(thread: ThreadId, { name, error }: { name: string | null; error: unknown }): Unposted {
    if (!(error instanceof UploadError || error instanceof SessionError)) throw error;
    log.warn({ err: error, threadId: thread }, 'file not posted');
    return { name, why: error instanceof UploadError ? error.code : 'agent-side' };
  }

  /** Of each name, people get to see the newest only: what they have not seen before it, nobody will. */
  async function put(
    thread: ThreadId,
    { name, posted, skipped }: { name: string; posted: Posted | null; skipped: FileId[] },
  ): Promise<void> {
    await lineages.change(thread, (before) => {
      const replaced = before.outputs.filter((other) => other.name === name && isUnseen(other));
      const dropped = replaced.map(({ outputId }) => outputId).filter((id) => id !== posted?.outputId);
      return {
        ...before,
        outputs: [...before.outputs.filter((other) => !replaced.includes(other)), ...(posted ? [posted] : [])],
        skipped: [...before.skipped, ...dropped, ...skipped],
      };
    });
  }

  /** Shows in one message all that Slack has and nobody sees, but for those of which the newest could not be brought. */
  async function share(thread: ThreadId, failed: readonly Unposted[]): Promise<Unposted[]> {
    const { outputs } = await lineages.load(thread);
    const isHeldBack = (posted: Posted) => failed.some(({ name }) => name === posted.name);
    const unseen = outputs.filter((posted) => isUnseen(posted) && !isHeldBack(posted));
    const some = unseen.slice(0, MOST_FILES);
    const hidden = some.length === 0 ? [] : await showAll(thread, { some, outputs });
    return [...hidden, ...unseen.slice(MOST_FILES).map(({ name }) => ({ name, why: 'too-many' as const }))];
  }

  async function showAll(
    thread: ThreadId,
    { some, outputs }: { some: readonly Posted[]; outputs: readonly Posted[] },
  ): Promise<Unposted[]> {
    const files = some.map((posted) => ({ id: posted.slackId, title: titleOf(posted) }));
    const ids = files.map(({ id }) => id);
    await note(thread, { ids, state: 'sharing' });
    try {
      await uploads.share(thread, { files, comment: some.map((posted) => describeOutput(posted, outputs)).join('\n') });
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      // Slack may have done it and not said so.
      if (error.code === 'unreachable') await lookForShared(thread);
      else await note(thread, { ids, state: 'sent' });
      const hidden = (await lineages.load(thread)).outputs.filter(
        (posted) => isUnseen(posted) && ids.includes(posted.slackId),
      );
      log.warn({ err: error, threadId: thread, hidden: hidden.length }, 'files not shared');
      return hidden.map(({ name }) => ({ name, why: error.code }));
    }
    await note(thread, { ids, state: 'shared' });
    return [];
  }

  /** What was to be shared, by this process or one that died, stands by now, or nobody sees it. */
  async function lookForShared(thread: ThreadId): Promise<void> {
    const { outputs } = await lineages.load(thread);
    const ids = outputs.filter(({ state }) => state === 'sharing').map(({ slackId }) => slackId);
    if (ids.length === 0) return;
    const standing = await uploads.shared(thread, ids);
    await note(thread, { ids: standing, state: 'shared' });
    await note(thread, { ids: ids.filter((id) => !standing.includes(id)), state: 'sent' });
  }

  async function note(
    thread: ThreadId,
    { ids, state }: { ids: readonly string[]; state: Posted['state'] },
  ): Promise<void> {
    if (ids.length === 0) return;
    await lineages.change(thread, (before) => ({
      ...before,
      outputs: before.outputs.map((posted) => (ids.includes(posted.slackId) ? { ...posted, state } : posted)),
    }));
  }

  return {
    async post(thread, options) {
      const { signal } = options;
      const failed: Unposted[] = [];
      await lookForShared(thread);
      const { found, gone } = await collect(thread, options).catch((error: unknown) => {
        signal.throwIfAborted();
        failed.push(unposted(thread, { name: null, error }));
        return { found: [], gone: [] };
      });
      failed.push(...gone.map((name) => ({ name, why: 'gone' as const })));
      for (const output of found.slice(0, MOST_FILES)) {
        const why = await send(thread, { output, signal });
        if (why) failed.push(why);
      }
      failed.push(...found.slice(MOST_FILES).map(({ name }) => ({ name, why: 'too-many' as const })));
      return [...failed, ...(await share(thread, failed))];
    },
    async prepare(thread, options) {
      const { signal, enough } = options;
      const { found } = await collect(thread, options);
      const unseen = (await lineages.load(thread)).outputs.filter(isUnseen);
      // Each name once: what is written again and again is brought again only when it is done.
      const fresh = found.filter((output) => !unseen.some(({ name }) => name === output.name));
      for (const output of fresh.slice(0, MOST_FILES - unseen.length)) {
        if (enough.aborted) return;
        if (whyNever(output, deps) === null) await send(thread, { output, signal });
      }
    },
  };
}

/** The entry is of what the agent said it writes, and not of what it wrote over then. */
function isOf({ name, at }: Expected, output: Output): boolean {
  return output.name === name && (at === null || Date.parse(output.writtenAt) >= Date.parse(at));
}

/** Slack has it, and no message shows it. */
function isUnseen({ state }: Posted): boolean {
  return state === 'sent';
}

/** Why trying would be of no use, now or later; null when it may be. */
function whyNever({ size }: Output, { maxSize }: Pick<OutgoingDeps, 'maxSize'>): 'empty' | 'too-large' | null {
  if (size === 0) return 'empty';
  return size > maxSize ? 'too-large' : null;
}

/** Of several entries with one name, the one written last. */
function newestByName(outputs: readonly Output[]): Output[] {
  return [...new Map(outputs.map((output) => [output.name, output])).values()];
}

/** Of a picture that nobody described, its name is all there is to say. */
function altOf({ name, mimetype }: Output): { alt?: string } {
  return mimetype.startsWith('image/') ? { alt: name } : {};
}
