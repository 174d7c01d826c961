import { expect, test } from 'vitest';
import { type Clock, fastClock, realClock } from '../../../src/clock.ts';
import { ANA, DM, eventually, openSetting, step, text, view } from './setting.ts';

test('the first status leaves at once where text is streamed, before the ledger is read, and says who began', async () => {
  const { start, calls, ledger } = await openSetting({ channel: DM });
  ledger.load = () => new Promise(() => {});
  start().open().show(view('starting'));
  await eventually(() => expect(calls('agents.sessions.setStatus')).toHaveLength(1));
  expect(JSON.stringify(calls('agents.sessions.setStatus')[0])).toContain(ANA);
});

test('where a message shows the work, a status comes in time when the work goes on, and goes again', async () => {
  const { start, calls, session } = await openSetting({ clock: fastClock(3) });
  const reply = start().open();
  reply.show(view('starting'));
  await reply.settled();
  expect(calls('agents.sessions.setStatus')).toEqual([]);
  reply.show(view('working', step('s1')));
  await eventually(() => expect(session()).toBe('processing'));
  expect(JSON.stringify(calls('agents.sessions.setStatus')[0])).toContain(ANA);
  reply.show(view('ended', step('s1', 'done'), text('e1', 'Done.')));
  await reply.settled();
  expect(session()).toBe('active');
});

test('whoever takes over from a process that may have told a status takes it back', async () => {
  const { start, session } = await openSetting({ clock: fastClock(20) });
  const dying = start().open();
  dying.show(view('working', step('s1')));
  await eventually(() => expect(session()).toBe('processing'));
  dying.letGo();
  const next = start().open();
  next.show(view('ended', step('s1', 'done'), text('e1', 'Done.')));
  await next.settled();
  expect(session()).toBe('active');
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

test('a status that still waits when another is wanted is never sent', async () => {
  const { start, fail, calls } = await openSetting({ clock: fastClock(20) });
  fail('agents.sessions.setStatus', { type: 'rate_limited', retry_after_s: 3_000 }, 0);
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await eventually(() => expect(calls('agents.sessions.setStatus')).toHaveLength(1));
  reply.show(view('ended', step('s1', 'done'), text('e1', 'Done.')));
  // Slack was never told that anything goes on, so there is nothing to take back.
  await reply.settled();
  expect(calls('agents.sessions.setStatus')).toHaveLength(1);
});

test('a turn that ends before Slack has taken its first status leaves no timer behind', async () => {
  const { clock, waiting } = watchedClock();
  const { start, fail, session } = await openSetting({ clock, channel: DM });
  fail('agents.sessions.setStatus', { type: 'slow', ms: 500, when: 'before' });
  const reply = start().open();
  reply.show(view('working', step('s1')));
  reply.show(view('ended', text('e1', 'Done.')));
  await reply.settled();
  expect(session()).toBe('active');
  expect(waiting()).not.toContain(50 * 60_000);
});

test('a thread that is put down while it is shown as working is not shown so again', async () => {
  const { clock, waiting } = watchedClock();
  const { start, session } = await openSetting({ clock, channel: DM });
  const reply = start().open();
  reply.show(view('working', step('s1')));
  await reply.settled();
  await eventually(() => expect(session()).toBe('processing'));
  expect(waiting()).toContain(50 * 60_000);
  reply.letGo();
  expect(waiting()).not.toContain(50 * 60_000);
});

test('a place that refuses statuses is not asked again', async () => {
  const { start, calls, fail } = await openSetting({ channel: DM });
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

/** The real clock, and what it still waits for, in milliseconds. */
function watchedClock(): { clock: Clock; waiting(): number[] } {
  const timers = new Map<object, number>();
  const after: Clock['after'] = (ms, run) => {
    const timer = {};
    timers.set(timer, ms);
    const cancel = realClock.after(ms, () => {
      timers.delete(timer);
      run();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return { clock: { now: realClock.now, after }, waiting: () => [...timers.values()] };
}
