import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isSameOutline, outlineOf } from '../../../src/slack/reply/outline.ts';
import type { View } from '../../../src/thread/view.ts';
import { manualClock } from '../../playground/slack/manual-clock.ts';
import { eventually, notice, openSetting, step, text, view } from './setting.ts';

test.each(['edit', 'stream'] as const)('words that come between two writes are not laid out (%s)', async (renderer) => {
  const clock = manualClock();
  const { start, said } = await openSetting({ clock });
  const reply = start(renderer).open();
  let looks = 0;
  const done = {
    ...step('s1', 'done'),
    get title() {
      looks += 1;
      return 'bash · s1';
    },
  };
  let words = 'Word 0 of them. ';
  reply.show(view('working', done, text('e1', words, 'preview')));
  await eventually(() => expect(said().join()).toContain('Word 0'));
  // Whatever the first write set going is over.
  for (let n = 0; n < 50; n += 1) await soon();
  looks = 0;
  for (let n = 1; n <= 200; n += 1) {
    words += `Word ${n} of them. `;
    reply.show(view('working', done, text('e1', words, 'preview')));
    await soon();
  }
  expect(looks).toBeLessThan(10);
  await eventually(() => {
    clock.advance(100);
    expect(said().join()).toContain('Word 200');
  });
});

test('words do not wait as long as steps do', async () => {
  const clock = manualClock();
  const { start, said } = await openSetting({ clock });
  const reply = start('edit').open();
  reply.show(view('working', step('s1'), text('e1', 'One. ', 'preview')));
  await eventually(() => expect(said().join()).toContain('One.'));
  for (let n = 0; n < 50; n += 1) await soon();
  reply.show(view('working', step('s1', 'done'), text('e1', 'One. ', 'preview')));
  for (let n = 0; n < 50; n += 1) await soon();
  reply.show(view('working', step('s1', 'done'), text('e1', 'One. Two. ', 'preview')));
  for (let n = 0; n < 50; n += 1) await soon();
  clock.advance(1_000);
  await eventually(() => expect(said().join()).toContain('Two.'));
});

const SEEN = notice('n1', { code: 'hello' });
const RECEIPT = { ts: '1700000000.000100' as View['receipts'][number]['ts'], author: null };
const HELLO = text('e1', 'Hello.');

test.each<[string, View, View]>([
  ['a text that grows', view('working', text('e1', 'a', 'preview')), view('working', text('e1', 'ab', 'preview'))],
  ['a step that ends', view('working', HELLO, step('s1')), view('working', HELLO, step('s1', 'done'))],
  ['another step', view('working', step('s1')), view('working', step('s1'), step('s2'))],
  ['a text that only begins', view('working', step('s1')), view('working', step('s1'), text('e1', '', 'preview'))],
])('%s is no news', (_, one, other) => {
  expect(isSameOutline(outlineOf(one), outlineOf(other))).toBe(true);
});

test.each<[string, View, View]>([
  ['the first words', view('working', step('s1')), view('working', step('s1'), text('e1', 'a', 'preview'))],
  ['the first step', view('working', HELLO), view('working', HELLO, step('s1'))],
  ['a text that stands', view('working', text('e1', 'Hello.', 'preview')), view('working', HELLO)],
  ['another phase', view('working', step('s1')), view('waiting', step('s1'))],
  ['the end', view('working', HELLO), view('ended', HELLO)],
  ['a notice', view('working', HELLO), view('working', HELLO, SEEN)],
  ['a notice that goes', view('working', SEEN, HELLO), view('working', HELLO)],
  [
    'a receipt',
    { ...view('working', HELLO), receipts: [{ ...RECEIPT, state: 'queued' }] },
    { ...view('working', HELLO), receipts: [{ ...RECEIPT, state: 'seen' }] },
  ],
])('%s is news', (_, one, other) => {
  expect(isSameOutline(outlineOf(one), outlineOf(other))).toBe(false);
});
