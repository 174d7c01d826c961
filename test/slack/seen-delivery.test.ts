import { expect, it } from 'vitest';
import { seenDelivery } from '../../src/slack/seen-delivery.ts';

const IDENTITY = { botUserId: 'U0BOT', botId: 'B0BOT', teamId: 'T0' };
const see = (event: object) => seenDelivery({ type: 'event_callback', event }, IDENTITY);
const MESSAGE = { type: 'message', channel: 'C1', ts: '1700000000.000100', user: 'U1', text: 'secret' };

it('says that a message was delivered, and nothing of what it says', () => {
  expect(see(MESSAGE)).toEqual({ kind: 'message', channel: 'C1', ts: '1700000000.000100' });
  expect(see({ ...MESSAGE, type: 'app_mention' })).toMatchObject({ kind: 'app_mention' });
  expect(see({ ...MESSAGE, subtype: 'file_share' })).toMatchObject({ kind: 'message.file_share' });
});

it.each([
  ['our own post', { ...MESSAGE, user: 'U0BOT' }],
  ['our own post by its bot', { ...MESSAGE, bot_id: 'B0BOT' }],
  ['an event about no message', { type: 'reaction_added', user: 'U1', item: { channel: 'C1' } }],
])('leaves out %s', (_, event) => {
  expect(see(event)).toBe(null);
});

it('leaves out what is no event', () => {
  expect(seenDelivery({ type: 'block_actions' }, IDENTITY)).toBe(null);
  expect(seenDelivery(null, IDENTITY)).toBe(null);
});
