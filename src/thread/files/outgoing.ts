import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import { SessionError } from '../errors.ts';
import { type AgentFiles, type FileId, type Output, UploadError, type Uploads } from '../file-ports.ts';
import type { SessionId, ThreadId } from '../ids.ts';
import { describeOutput, titleOf } from './describe-output.ts';
import type { Lineages, Posted } from './lineage.ts';
import { shapeOf } from './shape-of.ts';

/** Brings what the agent wrote into the thread. */
export interface Outgoing {
  /**
   * Posts the files of a turn that people do not have yet, in one message. Waits for entries that come late. Rejects
   * only when the signal aborts; what could not be posted is named.
   */
  post(thread: ThreadId, options: PostOptions): Promise<Unposted[]>;
}

interface PostOptions {
  session: SessionId;
  /** Names that the turn's tool calls said they write; once all of these are there, nothing else is waited for. */
  expected: readonly string[];
  /** They were found before: nothing comes late any more, and what is missing now is gone. */
  isLate?: boolean;
  signal: AbortSignal;
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
/** What one message can carry. */
const MOST_FILES = 20;

export function createOutgoing(deps: OutgoingDeps): Outgoing {
  const { agentFiles, uploads, lineages, clock, log } = deps;

  /** The newest of each name that people do not have, once there is nothing more to wait for; and names that are gone. */
  async function collect(
    thread: ThreadId,
    { session, expected, isLate = false, signal }: PostOptions,
  ): Promise<{ found: Output[]; gone: string[] }> {
    let found: Output[] = [];
    let missing: string[] = [];
    let waited = 0;
    for (const afterMs of isLate ? LOOK_AFTER_MS.slice(0, 1) : LOOK_AFTER_MS) {
      await sleep(clock, afterMs - waited, signal);
      signal.throwIfAborted();
      waited = afterMs;
      const before = found.length;
      const { outputs, skipped } = await lineages.load(thread);
      const seen = new Set([...outputs.map(({ outputId }) => outputId), ...skipped]);
      const listed = newestByName(await agentFiles.outputs(session));
      const names = new Set([...listed, ...outputs].map(({ name }) => name));
      found = listed.filter(({ id }) => !seen.has(id));
      missing = expected.filter((name) => !names.has(name));
      const isAllThere = expected.length > 0 && expected.every((name) => found.some((output) => output.name === name));
      const isQuiet = expected.length === 0 && found.length > 0 && found.length === before;
      if (isAllThere || isQuiet) break;
    }
    return { found, gone: isLate ? missing : [] };
  }

  /** Brings one file to Slack, where nobody sees it yet; null when it is what people have already. */
  async function send(
    thread: ThreadId,
    { output, signal }: { output: Output; signal: AbortSignal },
  ): Promise<Unposted | Posted | null> {
    const { id, name, mimetype } = output;
    const why = whyNever(output, deps);
    if (why !== null) {
      await skip(thread, id);
      return { name, why };
    }
    const path = join(deps.folder, randomUUID());
    try {
      const { size, sha256 } = await agentFiles.download(id, { path, maxBytes: deps.maxSize, signal });
      const { outputs } = await lineages.load(thread);
      const last = outputs.findLast((posted) => posted.name === name);
      if (last?.sha256 === sha256) {
        await skip(thread, id);
        return null;
      }
      const shape = await shapeOf({ path, name, mimetype, size });
      const version = (last?.version ?? 0) + 1;
      const slackId = await uploads.send({ path, name, size, ...altOf(output) }, signal);
      const posted: Posted = { name, version, size, sha256, outputId: id, slackId, state: 'sent', shape };
      await lineages.change(thread, (before) => ({ ...before, outputs: [...before.outputs, posted] }));
      return posted;
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

  /** Nobody gets to see this one. */
  async function skip(thread: ThreadId, id: FileId): Promise<void> {
    await lineages.change(thread, (before) => ({ ...before, skipped: [...before.skipped, id] }));
  }

  /** Shows in one message all that Slack has and nobody sees; what a dead process may have shown is looked for first. */
  async function share(thread: ThreadId, fresh: readonly Posted[]): Promise<Unposted[]> {
    const { outputs } = await lineages.load(thread);
    const isFresh = ({ slackId }: Posted) => fresh.some((posted) => posted.slackId === slackId);
    const left = await hiddenOf(
      thread,
      outputs.filter((posted) => posted.state === 'sent' && !isFresh(posted)),
    );
    const hidden = [...left, ...fresh];
    const some = hidden.slice(0, MOST_FILES);
    const failed = some.length === 0 ? [] : await showAll(thread, { some, outputs });
    return [...failed, ...hidden.slice(MOST_FILES).map(({ name }) => ({ name, why: 'too-many' as const }))];
  }

  /** Those of what Slack has that stand in no message; that the others do is noted. */
  async function hiddenOf(thread: ThreadId, sent: readonly Posted[]): Promise<readonly Posted[]> {
    if (sent.length === 0) return [];
    const standing = await uploads.shared(
      thread,
      sent.map(({ slackId }) => slackId),
    );
    await noteShared(thread, standing);
    return sent.filter(({ slackId }) => !standing.includes(slackId));
  }

  async function showAll(
    thread: ThreadId,
    { some, outputs }: { some: readonly Posted[]; outputs: readonly Posted[] },
  ): Promise<Unposted[]> {
    const files = some.map((posted) => ({ id: posted.slackId, title: titleOf(posted) }));
    try {
      await uploads.share(thread, { files, comment: some.map((posted) => describeOutput(posted, outputs)).join('\n') });
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      // Slack may have done it and not said so.
      const hidden = error.code === 'unreachable' ? await hiddenOf(thread, some) : some;
      log.warn({ err: error, threadId: thread, hidden: hidden.length }, 'files not shared');
      return hidden.map(({ name }) => ({ name, why: error.code }));
    }
    await noteShared(
      thread,
      some.map(({ slackId }) => slackId),
    );
    return [];
  }

  async function noteShared(thread: ThreadId, slackIds: readonly string[]): Promise<void> {
    if (slackIds.length === 0) return;
    await lineages.change(thread, (before) => ({
      ...before,
      outputs: before.outputs.map((posted) =>
        slackIds.includes(posted.slackId) ? { ...posted, state: 'shared' as const } : posted,
      ),
    }));
  }

  return {
    async post(thread, options) {
      const { signal } = options;
      const failed: Unposted[] = [];
      const fresh: Posted[] = [];
      const { found, gone } = await collect(thread, options).catch((error: unknown) => {
        signal.throwIfAborted();
        failed.push(unposted(thread, { name: null, error }));
        return { found: [], gone: [] };
      });
      failed.push(...gone.map((name) => ({ name, why: 'gone' as const })));
      for (const output of found.slice(0, MOST_FILES)) {
        const sent = await send(thread, { output, signal });
        if (sent && 'why' in sent) failed.push(sent);
        else if (sent) fresh.push(sent);
      }
      failed.push(...found.slice(MOST_FILES).map(({ name }) => ({ name, why: 'too-many' as const })));
      return [...failed, ...(await share(thread, fresh))];
    },
  };
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
