import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Clock, sleep } from '../../clock.ts';
import { SessionError } from '../errors.ts';
import { type AgentFiles, type Output, UploadError, type Uploads } from '../file-ports.ts';
import type { SessionId, ThreadId } from '../ids.ts';
import { changeOf, titleOf } from './describe-output.ts';
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

export interface PostOptions {
  session: SessionId;
  /** Names that the turn's tool calls said they write; once all of these are there, nothing else is waited for. */
  expected: readonly string[];
  signal: AbortSignal;
}

export interface Unposted {
  name: string;
  why: UploadError['code'] | 'empty' | 'too-many' | 'agent-side';
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

  /** The newest of each name that people do not have, once there is nothing more to wait for. */
  async function collect(thread: ThreadId, { session, expected, signal }: PostOptions): Promise<Output[]> {
    let found: Output[] = [];
    let waited = 0;
    for (const afterMs of LOOK_AFTER_MS) {
      await sleep(clock, afterMs - waited, signal);
      signal.throwIfAborted();
      waited = afterMs;
      const before = found.length;
      const { outputs, skipped } = await lineages.load(thread);
      const seen = new Set([...outputs.map(({ outputId }) => outputId), ...skipped]);
      found = newestByName(await agentFiles.outputs(session)).filter(({ id }) => !seen.has(id));
      const isAllThere = expected.length > 0 && expected.every((name) => found.some((output) => output.name === name));
      const isQuiet = expected.length === 0 && found.length > 0 && found.length === before;
      if (isAllThere || isQuiet) break;
    }
    return found;
  }

  /** Brings one file to Slack, where nobody sees it yet; null when it is what people have already. */
  async function send(
    thread: ThreadId,
    { output, signal }: { output: Output; signal: AbortSignal },
  ): Promise<{ words: string } | Unposted | null> {
    const { id, name, mimetype } = output;
    if (output.size === 0) {
      await lineages.change(thread, (before) => ({ ...before, skipped: [...before.skipped, id] }));
      return { name, why: 'empty' };
    }
    const path = join(deps.folder, randomUUID());
    try {
      const { size, sha256 } = await agentFiles.download(id, { path, maxBytes: deps.maxSize, signal });
      const { outputs } = await lineages.load(thread);
      const last = outputs.findLast((posted) => posted.name === name);
      if (last?.sha256 === sha256) {
        await note(thread, { ...last, outputId: id });
        return null;
      }
      const shape = await shapeOf({ path, name, mimetype, size });
      const version = (last?.version ?? 0) + 1;
      const slackId = await uploads.send({ path, name, size, ...altOf(output) }, signal);
      await note(thread, { name, version, size, sha256, outputId: id, slackId, state: 'sent', shape });
      const change = changeOf(shape, last?.shape ?? null);
      return { words: [`*${titleOf({ name, version })}*`, change].filter((part) => part !== '').join(': ') };
    } catch (error) {
      signal.throwIfAborted();
      return unposted(thread, { name, error });
    } finally {
      await rm(path, { force: true });
    }
  }

  function unposted(thread: ThreadId, { name, error }: { name: string; error: unknown }): Unposted {
    if (!(error instanceof UploadError || error instanceof SessionError)) throw error;
    log.warn({ err: error, threadId: thread }, 'file not posted');
    return { name, why: error instanceof UploadError ? error.code : 'agent-side' };
  }

  async function note(thread: ThreadId, posted: Posted): Promise<void> {
    await lineages.change(thread, (before) => ({
      ...before,
      outputs: [...before.outputs.filter(({ outputId }) => outputId !== posted.outputId), posted],
    }));
  }

  /** Shows in one message all that Slack has and nobody sees; what a dead process may have shown is looked for first. */
  async function share(thread: ThreadId, words: readonly string[]): Promise<Unposted[]> {
    const sent = (await lineages.load(thread)).outputs.filter(({ state }) => state === 'sent');
    if (sent.length === 0) return [];
    const standing = await uploads.shared(
      thread,
      sent.map(({ slackId }) => slackId),
    );
    const hidden = sent.filter(({ slackId }) => !standing.includes(slackId));
    try {
      if (hidden.length > 0) {
        const files = hidden.map((posted) => ({ id: posted.slackId, title: titleOf(posted) }));
        await uploads.share(thread, {
          files,
          comment: words.join('\n') || files.map(({ title }) => `*${title}*`).join('\n'),
        });
      }
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      log.warn({ err: error, threadId: thread }, 'files not shared');
      return hidden.map(({ name }) => ({ name, why: error.code }));
    }
    await lineages.change(thread, (before) => ({
      ...before,
      outputs: before.outputs.map((posted) => (posted.state === 'sent' ? { ...posted, state: 'shared' } : posted)),
    }));
    return [];
  }

  return {
    async post(thread, options) {
      const { signal } = options;
      const failed: Unposted[] = [];
      const words: string[] = [];
      const found = await collect(thread, options).catch((error: unknown) => {
        signal.throwIfAborted();
        failed.push(unposted(thread, { name: 'the files of this turn', error }));
        return [];
      });
      for (const output of found.slice(0, MOST_FILES)) {
        const sent = await send(thread, { output, signal });
        if (sent && 'why' in sent) failed.push(sent);
        else if (sent) words.push(sent.words);
      }
      failed.push(...found.slice(MOST_FILES).map(({ name }) => ({ name, why: 'too-many' as const })));
      return [...failed, ...(await share(thread, words))];
    },
  };
}

/** Of several entries with one name, the one written last. */
function newestByName(outputs: readonly Output[]): Output[] {
  return [...new Map(outputs.map((output) => [output.name, output])).values()];
}

/** Of a picture that nobody described, its name is all there is to say. */
function altOf({ name, mimetype }: Output): { alt?: string } {
  return mimetype.startsWith('image/') ? { alt: name } : {};
}
