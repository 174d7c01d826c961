import { expect, it } from 'vitest';
import type { Traffic } from '../../../src/playground/page/contract.ts';
import { createTrafficStore } from '../../../src/playground/page/traffic-store.ts';

const entry = (id: number): Traffic => ({ id, at: id, server: 'slack', direction: 'in', name: `call ${id}` });
const ids = (store: ReturnType<typeof createTrafficStore>) => store.entries().map(({ id }) => id);

it('keeps the newest 300', () => {
  const store = createTrafficStore();
  for (let id = 1; id <= 301; id += 1) store.add(entry(id));
  expect(ids(store)).toHaveLength(300);
  expect(ids(store)[0]).toBe(2);
});

it('puts what the server remembers before what came since, once each', () => {
  const store = createTrafficStore();
  store.add(entry(3));
  store.load([entry(1), entry(2), entry(3)]);
  expect(ids(store)).toEqual([1, 2, 3]);
});

it('does not bring back what was cleared', () => {
  const store = createTrafficStore();
  store.add(entry(2));
  store.clear();
  store.load([entry(1), entry(2), entry(3)]);
  expect(ids(store)).toEqual([3]);
});

it('tells its listeners until they leave', () => {
  const store = createTrafficStore();
  let calls = 0;
  const leave = store.listen(() => {
    calls += 1;
  });
  store.add(entry(1));
  leave();
  store.add(entry(2));
  expect(calls).toBe(1);
});
