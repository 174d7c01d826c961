import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { waits } from './best.ts';

const POST = { capacity: 3, perSecond: 1 };
const at = (...times: number[]) => times.map((time) => ({ at: time, writes: 1 }));

describe('what the bucket alone makes things wait', () => {
  test('nothing waits while the bucket has tokens', () => {
    expect(waits(at(0, 0, 0), POST)).toEqual([0, 0, 0]);
  });

  test('what is more than it holds comes at its rate', () => {
    expect(waits(at(0, 0, 0, 0, 0), POST)).toEqual([0, 0, 0, 1_000, 2_000]);
  });

  test('it fills up again, and no further than it holds', () => {
    expect(waits(at(0, 0, 0, 2_000, 2_000, 2_000), POST)).toEqual([0, 0, 0, 0, 0, 1_000]);
    expect(waits(at(0, 60_000, 60_000, 60_000, 60_000), POST)).toEqual([0, 0, 0, 0, 1_000]);
  });

  test('what takes several writes is there with its last one', () => {
    expect(waits([{ at: 0, writes: 5 }, ...at(0)], POST)).toEqual([2_000, 3_000]);
  });

  test('nothing comes later than it must', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(arrivals, (given) => {
        const times = given.toSorted((a, b) => a - b);
        const delays = waits(at(...times), POST);
        const met = times.map((time, index) => time + (delays[index] ?? 0));
        expect(isAllowed(met)).toBe(true);
        for (const [index, delay] of delays.entries()) {
          const sooner = met.with(index, (met[index] ?? 0) - 1);
          if (delay >= 1) expect(isAllowed(sooner.slice(0, index + 1))).toBe(false);
        }
      }),
    );
  });
});

/** In no stretch of time are there more writes than a full bucket and its refill. */
function isAllowed(met: readonly number[]): boolean {
  return met.every((from, first) =>
    met.slice(first).every((to, more) => more + 1 <= POST.capacity + ((to - from) * POST.perSecond) / 1_000 + 1e-6),
  );
}
