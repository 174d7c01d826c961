import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { manualClock } from '../../playground/slack/manual-clock.ts';
import { eventually, openSetting, step, text, view } from './setting.ts';

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
    const said = words;
    reply.grow('words', () => view('working', done, text('e1', said, 'preview')));
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
  reply.grow('steps', () => view('working', step('s1', 'done'), text('e1', 'One. ', 'preview')));
  for (let n = 0; n < 50; n += 1) await soon();
  reply.grow('words', () => view('working', step('s1', 'done'), text('e1', 'One. Two. ', 'preview')));
  for (let n = 0; n < 50; n += 1) await soon();
  clock.advance(1_000);
  await eventually(() => expect(said().join()).toContain('Two.'));
});

test('what comes while a write is under way is laid out once, and goes out with it or after it', async () => {
  const clock = manualClock();
  const { start, said } = await openSetting({ clock });
  const reply = start('edit').open();
  reply.show(view('working', step('s1'), text('e1', 'One. ', 'preview')));
  await eventually(() => expect(said().join()).toContain('One.'));
  for (let n = 0; n < 50; n += 1) await soon();
  let views = 0;
  let words = 'One. ';
  const grow = async (word: string) => {
    words += word;
    const said = words;
    reply.grow('words', () => {
      views += 1;
      return view('working', step('s1'), text('e1', said, 'preview'));
    });
    await soon();
  };
  clock.advance(1_000);
  for (let n = 0; n < 100; n += 1) await grow('more ');
  await grow('last.');
  expect(views).toBeLessThan(5);
  await eventually(() => {
    clock.advance(100);
    expect(said().join()).toContain('last.');
  });
});
