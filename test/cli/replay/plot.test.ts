import { expect, it } from 'vitest';
import { isExpected, plotOf, type Scene, wasBusy } from '../../../src/cli/replay/plot.ts';
import type { Draft, Entry } from '../../../src/ops/recording/bundle.ts';

const entries = (...drafts: Draft[]): Entry[] => drafts.map((draft, at) => ({ ...draft, at }) as Entry);
const message = (name: string): Draft => ({
  type: 'message',
  thread: 't1',
  channel: 'C1',
  message: name,
  by: 'U1',
  text: 'so',
  addressed: true,
  files: 0,
  isRoot: name === 'm1',
});
const delivery = (name: string, kind: string): Draft => ({ type: 'delivery', message: name, kind });
const said: Draft = { type: 'said', thread: 't1', text: 'and' };
const idle: Draft = { type: 'idle', thread: 't1', reason: 'end_turn' };
const called = (call: string, asks = true): Draft => ({
  type: 'called',
  thread: 't1',
  call,
  tool: { kind: 'built-in', name: 'bash', input: {}, asks },
});
const outline = (scenes: Scene[]) =>
  scenes.map((scene) => ('act' in scene ? `${scene.act.type}${scene.isDoubled ? ' twice' : ''}` : scene.step.type));

it('has a message once, and says where the same event came again', () => {
  const twins = [delivery('m1', 'message'), delivery('m1', 'app_mention'), message('m1'), message('m1')];
  expect(outline(plotOf(entries(...twins, idle)))).toEqual(['message', 'end']);
  const again = [delivery('m1', 'message'), message('m1'), delivery('m1', 'message')];
  expect(outline(plotOf(entries(...again, idle)))).toEqual(['message twice', 'end']);
});

it('joins calls that came together, and says who decided on them', () => {
  const scenes = plotOf(
    entries(
      message('m1'),
      called('k1'),
      called('k2'),
      { type: 'idle', thread: 't1', reason: 'requires_action' },
      { type: 'decision', thread: 't1', call: 'k1', by: 'U1', choice: { type: 'approve', forThread: false } },
      { type: 'confirmed', thread: 't1', call: 'k1', isAllowed: true },
      { type: 'confirmed', thread: 't1', call: 'k2', isAllowed: false },
      { type: 'returned', thread: 't1', call: 'k2', isError: true },
      idle,
    ),
  );
  expect(outline(scenes)).toEqual(['message', 'call', 'decision', 'end']);
  expect(scenes[1]).toMatchObject({
    step: {
      calls: [
        { call: 'k1', permission: 'ask', isError: false },
        { call: 'k2', permission: 'deny', isError: true },
      ],
    },
  });
});

it('knows when a session has something to do, and when it was at work', () => {
  const scenes = plotOf(entries(message('m1'), message('m2'), said, idle, message('m3'), said, idle));
  const thread = 't1';
  const expected = scenes.map((_, at) => isExpected(scenes, { at, thread }));
  expect(expected).toEqual([false, true, true, true, false, true, true]);
  expect(isExpected(scenes, { at: 1, thread: 't2' })).toBe(false);
  expect(scenes.map((_, index) => wasBusy(scenes, index))).toEqual([false, true, true, true, false, true, true]);
});

it('says of the end of a turn that somebody brought it about', () => {
  const stop: Draft = { type: 'stop', thread: 't1', channel: 'C1', by: 'U1', said: true };
  const scenes = plotOf(entries(message('m1'), said, stop, idle, message('m2'), idle));
  const ends = scenes.flatMap((scene) => ('step' in scene && scene.step.type === 'end' ? [scene.step.wasCut] : []));
  expect(ends).toEqual([true, false]);
});
