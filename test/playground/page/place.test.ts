import { expect, it } from 'vitest';
import { conversationTitle } from '../../../src/playground/page/conversation-title.ts';
import { createMemory } from '../../../src/playground/page/memory.ts';
import { placeOf } from '../../../src/playground/page/place.ts';
import { channel, directory, workspace } from './workspace.ts';

it('opens a channel as the first person when nothing is asked', () => {
  const place = placeOf(workspace(), {});
  expect(place).toMatchObject({ person: 'U1', channel: { id: 'C1' } });
  expect(place.thread).toBeUndefined();
});

it('goes where it is asked to', () => {
  expect(placeOf(workspace(), { person: 'U2', channel: 'C1', thread: '1.2' })).toMatchObject({
    person: 'U2',
    channel: { id: 'C1' },
    thread: '1.2',
  });
});

it('never acts as the bot, and leaves a conversation the person is not in', () => {
  expect(placeOf(workspace(), { person: 'UBOT' }).person).toBe('U1');
  const place = placeOf(workspace(), { person: 'U2', channel: 'D1', thread: '1.2' });
  expect(place.channel?.id).toBe('C1');
  expect(place.thread).toBeUndefined();
});

it('names a conversation by the others in it', () => {
  const group = channel({ id: 'G1', is_mpim: true, members: ['U1', 'U2', 'UBOT'] });
  expect(conversationTitle(group, directory)).toBe('Ben Lee, Drawbridge');
  expect(conversationTitle(channel({ id: 'C1', name: 'ops' }), directory)).toBe('#ops');
});

it('remembers drafts apart and forgets those that were sent', () => {
  const shelf = new Map<string, string>();
  const memory = createMemory({
    getItem: (key) => shelf.get(key) ?? null,
    setItem: (key, value) => void shelf.set(key, value),
    removeItem: (key) => void shelf.delete(key),
  });
  memory.keepDraft('U1 C1', 'half a thought');
  expect([memory.draft('U1 C1'), memory.draft('U2 C1')]).toEqual(['half a thought', '']);
  memory.keepDraft('U1 C1', '');
  expect(shelf.size).toBe(0);
});

it('takes spoilt read marks as none', () => {
  const memory = createMemory({ getItem: () => '{not json', setItem: () => {}, removeItem: () => {} });
  expect(memory.readMarks('U1')).toEqual({});
});
