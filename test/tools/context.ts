import type { Directory, ToolContext, Workspace } from '../../src/thread/gate-ports.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';

export const THREAD = threadId({ team: 'T1', channel: 'C0HOME', root: '1700000000.000100' as SlackTs });

const unexpected = () => Promise.reject(new Error('nothing was to be asked of Slack'));

/** What a handler gets; ports that are not given refuse everything. */
export function context(given: Partial<ToolContext> = {}): ToolContext {
  const workspace: Workspace = { readThread: unexpected, postMessage: unexpected };
  const directory: Directory = { person: unexpected, isMember: unexpected, group: unexpected, find: unexpected };
  return {
    thread: THREAD,
    callId: 'sevt_call1',
    requesters: ['U0ANA'],
    signal: new AbortController().signal,
    workspace,
    directory,
    ...given,
  };
}
