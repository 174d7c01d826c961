import { vi } from 'vitest';

/** Resolves with what `check` gives once it throws no more; as long as a slow machine may need. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}
