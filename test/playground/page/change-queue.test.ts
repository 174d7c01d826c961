import { expect, it } from 'vitest';
import { createChangeQueue } from '../../../src/playground/page/change-queue.ts';
import type { Change } from '../../../src/playground/page/contract.ts';
import { message } from './workspace.ts';

const grown = (ts: string, text: string): Change => ({
  type: 'message',
  channel: 'C1',
  message: message(ts, { text }),
});

function queue() {
  const applied: Change[][] = [];
  const frames: (() => void)[] = [];
  const { add, clear } = createChangeQueue(
    (changes) => applied.push(changes),
    (run) => frames.push(run),
  );
  return { add, clear, applied, frame: () => frames.shift()?.(), frames };
}

it('draws a message that grew many times once per frame, with its newest text', () => {
  const { add, applied, frame, frames } = queue();
  for (const text of ['a', 'ab', 'abc']) add(grown('1.0', text));
  expect(frames).toHaveLength(1);
  frame();
  add(grown('1.0', 'abcd'));
  frame();
  expect(applied).toEqual([[grown('1.0', 'abc')], [grown('1.0', 'abcd')]]);
});

it('keeps the order of what came last', () => {
  const { add, applied, frame } = queue();
  const deleted: Change = { type: 'deleted', channel: 'C1', ts: '1.0' };
  add(grown('1.0', 'a'));
  add(grown('2.0', 'b'));
  add(deleted);
  add(grown('1.0', 'back'));
  frame();
  expect(applied).toEqual([[grown('2.0', 'b'), deleted, grown('1.0', 'back')]]);
});

it('forgets what a newer snapshot already has', () => {
  const { add, clear, applied, frame } = queue();
  add(grown('1.0', 'old'));
  clear();
  add(grown('2.0', 'new'));
  frame();
  expect(applied).toEqual([[grown('2.0', 'new')]]);
});
