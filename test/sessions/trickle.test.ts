import { setImmediate as soon } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTrickle } from '../../src/sessions/trickle.ts';

it('lets one through in each round, in order, and the others wait', async () => {
  const trickle = createTrickle();
  const through: number[] = [];
  for (const n of [1, 2, 3]) void trickle().then(() => through.push(n));
  const rounds: number[][] = [];
  for (let round = 0; round < 4; round += 1) {
    await soon();
    rounds.push([...through]);
  }
  expect(through).toEqual([1, 2, 3]);
  // Whoever comes first in a round is not said; never do two come in one.
  const steps = rounds.map(({ length }, index) => length - (rounds[index - 1]?.length ?? 0));
  expect(Math.max(...steps)).toBe(1);
});

it('begins anew when it had run dry', async () => {
  const trickle = createTrickle();
  await trickle();
  await soon();
  await trickle();
  await Promise.all([trickle(), trickle()]);
});

it('lets short work of all go before the long work of each', async () => {
  const trickle = createTrickle();
  const done: string[] = [];
  const thread = async (n: number) => {
    await soon();
    done.push(`seen ${n}`);
    await trickle();
    done.push(`begun ${n}`);
  };
  await Promise.all([1, 2, 3, 4, 5].map(thread));
  expect(done.slice(0, 5)).toEqual([1, 2, 3, 4, 5].map((n) => `seen ${n}`));
});
