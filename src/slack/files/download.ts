import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '../../clock.ts';
import type { Fetched, FetchOptions, Unread } from '../../thread/file-ports.ts';
import type { InputFile } from '../../thread/input.ts';
import { type Again, type AskOptions, ask, letGo, unread } from './ask.ts';
import { bytesKind, contradicts, trueType } from './bytes-kind.ts';
import { type Received, receive } from './receive.ts';
import { createWatch, lastMoment, type Patience } from './watch.ts';

export interface DownloadOptions extends Omit<AskOptions, 'signal'>, FetchOptions {
  clock: Clock;
  patience: Patience;
}

const TRIES = 2;
const RETRY_AFTER_MS = 1_000;
/** Slack may ask for more; nobody waits for it. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Brings a file's bytes from its address into a file of their own, whole and as announced, or says why not; then
 * nothing is left on disk. What broke on the way is tried once more, from the start.
 */
export async function download(file: InputFile & { url: string }, options: DownloadOptions): Promise<Fetched | Unread> {
  const { clock, patience, signal, maxBytes } = options;
  const untilMs = lastMoment(file.size || maxBytes, patience);
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt(file, { ...options, untilMs });
    if (outcome.type !== 'again') return outcome;
    const waitMs = outcome.afterMs ?? RETRY_AFTER_MS;
    if (tries === TRIES || waitMs > LONGEST_WAIT_MS) return unread('unreachable');
    await sleep(clock, waitMs, signal);
    signal.throwIfAborted();
  }
}

async function attempt(
  file: InputFile & { url: string },
  { folder, maxBytes, patience, signal, untilMs, ...options }: DownloadOptions & { untilMs: number },
): Promise<Fetched | Again | Unread> {
  const watch = createWatch({ signal, untilMs });
  const path = join(folder, randomUUID());
  let isKept = false;
  try {
    watch.expect(patience.answerMs);
    const asked = await ask(file.url, { ...options, signal: watch.signal });
    if (asked.type !== 'answer') return asked;
    const { response } = asked;
    const early = whyNot(response, { file, maxBytes });
    if (early) {
      await letGo(response);
      return early;
    }
    const received = await onDisk(path, (handle) =>
      receive(response, { handle, maxBytes, watch, pauseMs: patience.pauseMs }),
    );
    if (received.type !== 'received') return received;
    const outcome = check(received, { file, response, path });
    isKept = outcome.type === 'fetched';
    return outcome;
  } catch (error) {
    signal.throwIfAborted();
    if (watch.signal.aborted) return { type: 'again', afterMs: null };
    throw error;
  } finally {
    watch.end();
    if (!isKept) await rm(path, { force: true });
  }
}

async function onDisk<T>(path: string, work: (handle: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const handle = await open(path, 'wx', 0o600);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

/** What the headers are enough for. */
function whyNot(response: Response, { file, maxBytes }: { file: InputFile; maxBytes: number }): Unread | null {
  // Slack's sign-in page, which stands where an error should be.
  if (isPage(response) && !isPageFile(file)) return unread('no-access');
  return (announced(response) ?? 0) > maxBytes ? unread('too-large') : null;
}

function check(
  received: Received,
  { file, response, path }: { file: InputFile; response: Response; path: string },
): Fetched | Unread {
  const { size, sha256, head, isText } = received;
  const isWhole = size === (announced(response) ?? size) && size === (file.size || size);
  // A page that is not the one we asked for is again the sign-in page.
  if (!isWhole) return unread(isPage(response) ? 'no-access' : 'not-as-announced');
  if (size === 0) return unread('empty');
  const kind = bytesKind(head);
  if (contradicts(file.mimetype, kind)) return unread('not-as-announced');
  return { type: 'fetched', path, name: file.name, size, sha256, mimetype: trueType(file.mimetype, kind), isText };
}

/** Bytes, as the answer says; null when it does not, or says it of something compressed. */
function announced({ headers }: Response): number | null {
  const length = headers.get('content-length');
  if (length === null || !/^\d+$/.test(length)) return null;
  return ['', 'identity'].includes(headers.get('content-encoding') ?? '') ? Number(length) : null;
}

function isPage({ headers }: Response): boolean {
  return /^text\/html\b/i.test(headers.get('content-type') ?? '');
}

function isPageFile({ mimetype }: InputFile): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(mimetype);
}
