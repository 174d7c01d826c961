/** Numbers that look random and are the same for the same seed. */
export interface Chance {
  /** 0 ≤ n < 1. */
  next(): number;
  /** A whole number, 0 ≤ n < `end`. */
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
  /** True once in `times`, on the average. */
  oneIn(times: number): boolean;
}

export function createChance(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e37_79b9);
  const next = () => {
    state = (state + 0x6d2b_79f5) | 0;
    let hash = Math.imul(state ^ (state >>> 15), state | 1);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    next,
    below,
    pick<T>(list: readonly T[]) {
      // Never empty: every list is written out in this folder.
      return list[below(list.length)] as T;
    },
    oneIn: (times) => next() < 1 / times,
  };
}
