import type { PlaygroundChannel, PlaygroundMessage, PlaygroundState } from '../../../src/playground/page/contract.ts';
import { createDirectory } from '../../../src/playground/page/directory.ts';

/** A small workspace: two people and the bot in one channel and one direct conversation. */
export function workspace(messages: PlaygroundMessage[] = []): PlaygroundState {
  return {
    team: { id: 'T1', name: 'Acme' },
    bot: { user_id: 'UBOT', name: 'Drawbridge' },
    agent: 'scripted',
    users: [
      { id: 'U1', name: 'Ada', is_bot: false },
      { id: 'U2', name: 'Ben Lee', is_bot: false },
      { id: 'UBOT', name: 'Drawbridge', is_bot: true },
    ],
    groups: [{ id: 'S1', handle: 'oncall', users: ['U2'] }],
    channels: [
      channel({ id: 'C1', name: 'ops', members: ['U1', 'U2', 'UBOT'], messages }),
      channel({ id: 'D1', name: 'Drawbridge', is_im: true, members: ['U1', 'UBOT'] }),
    ],
    views: [],
  };
}

export function channel(fields: Partial<PlaygroundChannel> & { id: string }): PlaygroundChannel {
  return { name: fields.id, is_im: false, members: [], messages: [], ephemerals: [], sessions: [], ...fields };
}

export function message(ts: string, fields: Partial<PlaygroundMessage> = {}): PlaygroundMessage {
  return { ts, user: 'U1', text: `message ${ts}`, ...fields };
}

export const directory = createDirectory(workspace(), 'U1');
