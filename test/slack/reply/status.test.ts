import { expect, test } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import { ANA, eventually, openSetting, step, text, view } from './setting.ts';

test('the first status leaves at once, before the ledger is read, and says who began', async () => {
  const { start, calls, ledger } = await openSetting();
  ledger.load = () => new Promise(() => {});
  start().open().show(view('starting'));
  await eventually(() => expect(calls('agents.sessions.setStatus')).toHaveLength(1));
  expect(JSON.stringify(calls('agents.sessions.setStatus')[0])).toContain(ANA);
});

test('processing is sent again before Slack forgets it', async () => {
  const { start, calls, session } = await openSetting({ clock: fastClock(20_000) });
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await eventually(() => expect(calls('agents.sessions.setStatus').length).toBeGreaterThanOrEqual(3));
  reply.show(view('ended', text('e1', 'Done.')));
  await reply.settled();
  expect(session()).toBe('active');
});

test('a place that refuses statuses is not asked again', async () => {
  const { start, calls, fail } = await openSetting();
  fail('agents.sessions.setStatus', { type: 'error', error: 'feature_disabled' }, 0);
  const room = start();
  for (const turn of ['turn1', 'turn2']) {
    const reply = room.open(turn);
    reply.show(view('working', step('s1')));
    reply.show(view('ended', text(`e ${turn}`, 'Done.')));
    await reply.settled();
  }
  expect(calls('agents.sessions.setStatus')).toHaveLength(1);
});

test('waiting for people suspends the session', async () => {
  const { start, session } = await openSetting();
  const reply = start().open();
  reply.show(view('working', step('s1')));
  reply.show(view('waiting', step('s1', 'waiting')));
  await reply.settled();
  expect(session()).toBe('suspended');
});
