import type { Logger } from 'pino';
import type { Unread, UnreadWhy } from '../../thread/file-ports.ts';
import type { FileHosts } from './hosts.ts';

/** Try again, after so long when Slack says how long. */
export interface Again {
  type: 'again';
  afterMs: number | null;
}

export interface Answer {
  type: 'answer';
  response: Response;
}

export interface AskOptions {
  hosts: FileHosts;
  botToken: string;
  fetch: typeof globalThis.fetch;
  log: Logger;
  signal: AbortSignal;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Asks Slack for a file's bytes. Redirects are followed by hand: only to hosts that are allowed, each of them with the
 * bot's token only if it may have it. Rejects only when the signal aborts.
 */
export async function ask(
  address: string,
  { hosts, botToken, fetch, log, signal }: AskOptions,
): Promise<Answer | Again | Unread> {
  let next: string | URL = address;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const admitted = hosts.admit(next);
    if (!admitted) {
      log.warn({ host: hostOf(next) }, "a file's address is at no host of files.hosts");
      return unread('wrong-host');
    }
    const { url, withToken } = admitted;
    const headers = {
      // Compressed on the way, its length could not be compared.
      'accept-encoding': 'identity',
      ...(withToken ? { authorization: `Bearer ${botToken}` } : {}),
    };
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: 'manual', signal });
    } catch (error) {
      if (signal.aborted) throw error;
      return { type: 'again', afterMs: null };
    }
    if (!REDIRECTS.has(response.status)) return judge(response);
    await letGo(response);
    next = target(response.headers.get('location'), url);
  }
  return unread('unreachable');
}

/** Closes a response that is not read to its end. */
export async function letGo(response: Response): Promise<void> {
  // What breaks while it is given up is of no interest.
  await response.body?.cancel().catch(() => {});
}

export function unread(why: UnreadWhy): Unread {
  return { type: 'unread', why };
}

async function judge(response: Response): Promise<Answer | Again | Unread> {
  const { status, headers } = response;
  if (status === 200) return { type: 'answer', response };
  await letGo(response);
  if (status === 429 || status >= 500) return { type: 'again', afterMs: secondsMs(headers.get('retry-after')) };
  if (status === 401 || status === 403) return unread('no-access');
  return unread(status === 404 || status === 410 ? 'deleted' : 'unreachable');
}

function secondsMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : null;
}

function target(location: string | null, base: URL): string | URL {
  try {
    return new URL(location ?? '', base);
  } catch {
    return ''; // leads nowhere, which is no allowed host
  }
}

function hostOf(address: string | URL): string | null {
  try {
    return new URL(address).host;
  } catch {
    return null; // not an address
  }
}
