import { describe, expect, it } from 'vitest';
import {
  channelMessages,
  compareTs,
  conversationsOf,
  reduce,
  threadMessages,
  threadSummaries,
} from '../../../src/playground/page/state.ts';
import { message, workspace } from './workspace.ts';

const first = message('100.000001');
const second = message('100.000002');

function messagesOf(state: ReturnType<typeof workspace>) {
  return state.channels[0]?.messages.map(({ ts }) => ts);
}

describe('reduce', () => {
  it('puts a message that came late where it belongs', () => {
    const state = workspace([first, message('102.000000')]);
    expect(messagesOf(reduce(state, { type: 'message', channel: 'C1', message: second }))).toEqual([
      '100.000001',
      '100.000002',
      '102.000000',
    ]);
  });

  it('replaces a message that changed and leaves its neighbours the same objects', () => {
    const state = workspace([first, second]);
    const next = reduce(state, { type: 'message', channel: 'C1', message: { ...second, text: 'new' } });
    expect(next.channels[0]?.messages[1]?.text).toBe('new');
    expect(next.channels[0]?.messages[0]).toBe(first);
    expect(next.channels[1]).toBe(state.channels[1]);
  });

  it('follows people and groups as they change', () => {
    const gone = { id: 'U2', name: 'Ben Lee', is_bot: false, deleted: true as const };
    const next = [
      { type: 'user' as const, user: gone },
      { type: 'group' as const, group: { id: 'S1', handle: 'oncall', users: [] } },
    ].reduce(reduce, workspace());
    expect(next.users.find(({ id }) => id === 'U2')).toEqual(gone);
    expect(next.users).toHaveLength(3);
    expect(next.groups).toEqual([{ id: 'S1', handle: 'oncall', users: [] }]);
  });

  it('does not touch the state it was given', () => {
    const state = workspace([first]);
    reduce(state, { type: 'message', channel: 'C1', message: second });
    reduce(state, { type: 'deleted', channel: 'C1', ts: first.ts });
    expect(messagesOf(state)).toEqual([first.ts]);
  });

  it('removes a deleted message', () => {
    expect(messagesOf(reduce(workspace([first, second]), { type: 'deleted', channel: 'C1', ts: first.ts }))).toEqual([
      second.ts,
    ]);
  });

  it('keeps one session per thread, the newest', () => {
    const processing = { thread_ts: first.ts, status: 'processing' as const };
    const once = reduce(workspace(), { type: 'session', channel: 'C1', session: processing });
    const twice = reduce(once, { type: 'session', channel: 'C1', session: { ...processing, status: 'active' } });
    expect(twice.channels[0]?.sessions).toEqual([{ thread_ts: first.ts, status: 'active' }]);
  });

  it('opens, updates and closes a view', () => {
    const view = { id: 'V1', user: 'U1', view: { type: 'modal', blocks: [] } };
    const opened = reduce(workspace(), { type: 'view', view });
    const updated = reduce(opened, {
      type: 'view',
      view: { ...view, view: { type: 'modal', title: 'b', blocks: [] } },
    });
    expect(updated.views).toHaveLength(1);
    expect(updated.views[0]?.view.title).toBe('b');
    expect(reduce(updated, { type: 'view_closed', id: 'V1' }).views).toEqual([]);
  });

  it('ignores traffic, which lives beside the workspace', () => {
    const state = workspace();
    const traffic = { id: 1, at: 0, server: 'slack' as const, direction: 'in' as const, name: 'api.test' };
    expect(reduce(state, { type: 'traffic', traffic })).toBe(state);
  });
});

describe('what a person sees', () => {
  const reply = message('101.000000', { thread_ts: first.ts, user: 'UBOT' });
  const broadcast = message('102.000000', { thread_ts: first.ts, subtype: 'thread_broadcast' });
  const whisper = { ...message('103.000000', { thread_ts: first.ts, user: 'UBOT' }), to: 'U2' };
  const [ops] = workspace([{ ...first, thread_ts: first.ts }, reply, broadcast]).channels;
  if (!ops) throw new Error('the workspace has a channel');
  const channel = { ...ops, ephemerals: [whisper] };

  it('shows roots and replies that were also sent to the channel in the channel', () => {
    expect(channelMessages(channel, 'U1').map(({ ts }) => ts)).toEqual([first.ts, broadcast.ts]);
  });

  it('shows an ephemeral message only to the one it is for, in its thread', () => {
    const seenBy = (person: string) => threadMessages(channel, first.ts, person).replies.map(({ ts }) => ts);
    expect(seenBy('U1')).toEqual([reply.ts, broadcast.ts]);
    expect(seenBy('U2')).toEqual([reply.ts, broadcast.ts, whisper.ts]);
    expect(channelMessages(channel, 'U2')).not.toContain(whisper);
  });

  it('counts replies, who wrote them and when the last one came', () => {
    expect(threadSummaries(channel.messages).get(first.ts)).toEqual({
      count: 2,
      users: ['UBOT', 'U1'],
      lastTs: broadcast.ts,
    });
  });

  it('lists only conversations the person is in', () => {
    expect(conversationsOf(workspace(), 'U1').directs.map(({ id }) => id)).toEqual(['D1']);
    expect(conversationsOf(workspace(), 'U2').directs).toEqual([]);
  });
});

describe('compareTs', () => {
  it('orders by seconds first, whatever their length', () => {
    expect(compareTs('99.000000', '100.000000')).toBeLessThan(0);
    expect(compareTs('100.000002', '100.000001')).toBeGreaterThan(0);
    expect(compareTs('100.000001', '100.000001')).toBe(0);
  });
});
