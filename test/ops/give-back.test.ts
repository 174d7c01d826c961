import { expect, it } from 'vitest';
import { giveBackAtRest } from '../../src/ops/give-back.ts';
import { manualClock } from '../dispatch/contract.ts';

const MB = 1_000_000;

function rig() {
  const time = manualClock();
  const state = { used: 50 * MB, collections: 0, isAtRest: true };
  const heap = {
    used: () => state.used,
    collect() {
      state.collections += 1;
      state.used = 55 * MB;
    },
  };
  const end = giveBackAtRest({ isAtRest: () => state.isAtRest, clock: time.clock, heap });
  return { state, end, time };
}

it('collects once when work has ended for a while, and not while it goes on', () => {
  const { state, end, time } = rig();
  Object.assign(state, { used: 300 * MB, isAtRest: false });
  time.advance(60_000);
  expect(state.collections).toBe(0);
  state.isAtRest = true;
  time.advance(5_000);
  expect(state.collections).toBe(0);
  time.advance(5_000);
  expect(state.collections).toBe(1);
  time.advance(60_000);
  expect(state.collections).toBe(1);
  state.used = 80 * MB;
  time.advance(5_000);
  expect(state.collections).toBe(2);
  end();
  state.used = 300 * MB;
  time.advance(60_000);
  expect(state.collections).toBe(2);
  expect(time.pending()).toBe(0);
});

it('leaves alone what is not worth it', () => {
  const { state, end, time } = rig();
  state.used += 3 * MB;
  time.advance(60_000);
  expect(state.collections).toBe(0);
  end();
});

it('does collect, in the V8 that we run on', () => {
  const { clock, advance } = manualClock();
  const end = giveBackAtRest({ isAtRest: () => true, clock });
  const garbage: WeakRef<object>[] = [];
  let all: object[] = [];
  for (let n = 0; n < 400_000; n += 1) all.push({ n, text: `${n}`, more: [n, n, n] });
  garbage.push(new WeakRef(all));
  all = [];
  return new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
    advance(10_000);
    end();
    expect(garbage[0]?.deref()).toBeUndefined();
  });
});
