import { isSlackTs, parseThreadId, type ThreadId, type ThreadPlace } from '../thread/ids.ts';

/** A thread as people name it; team null when they did not. */
export type NamedThread = Omit<ThreadPlace, 'team'> & { team: string | null };

/** Reads `team/channel/ts`, `channel/ts` or the link to a message in the thread; null for anything else. */
export function parseThread(text: string): NamedThread | null {
  const parts = /^https?:/.test(text) ? ofLink(text) : text.split('/');
  const [root, channel, team, ...more] = parts.toReversed();
  if (!isSlackTs(root) || !channel || team === '' || more.length > 0) return null;
  return { team: team ?? null, channel, root };
}

export function isOfThread(id: ThreadId, named: NamedThread): boolean {
  const { team, channel, root } = parseThreadId(id);
  return root === named.root && channel === named.channel && (named.team === null || named.team === team);
}

/** `https://x.slack.com/archives/C1/p1700000000000100`; the link to a reply names its thread in `thread_ts`. */
function ofLink(link: string): string[] {
  if (!URL.canParse(link)) return [];
  const { pathname, searchParams } = new URL(link);
  const [, channel = '', whole = '', micro = ''] = /^\/archives\/(\w+)\/p(\d{10})(\d{6})\/?$/.exec(pathname) ?? [];
  return [channel, searchParams.get('thread_ts') ?? `${whole}.${micro}`];
}
