import { setImmediate as soon } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTrickle } from '../../src/sessions/trickle.ts';

it('lets a few through in each round, in order, and the others wait', async () => {
  const trickle = createTrickle();
  const all = Array.from({ length: 20 }, (_, n) => n);
  const through: number[] = [];
  for (const n of all) void trickle().then(() => through.push(n));
  const steps: number[] = [];
  while (through.length < all.length) {
    const before = through.length;
    await soon();
    steps.push(through.length - before);
  }
  expect(through).toEqual(all);
  expect(Math.max(...steps)).toBe(4);
});

it('begins anew when it had run dry', async () => {
  const trickle = createTrickle();
  await trickle();
  await soon();
  await trickle();
  await Promise.all([trickle(), trickle()]);
});

it('lets short work of all go before the long work of most', async () => {
  const trickle = createTrickle();
  const done: string[] = [];
  const thread = async (n: number) => {
    await soon();
    done.push(`seen ${n}`);
    await trickle();
    done.push(`begun ${n}`);
  };
  const all = Array.from({ length: 20 }, (_, n) => n);
  await Promise.all(all.map(thread));
  expect(done.slice(0, 20)).toEqual(all.map((n) => `seen ${n}`));
});
