import { defineConfig } from 'vitest/config';

/** Measurements: run by hand, never asserted. */
export default defineConfig({
  test: { include: ['test/bench/{click,large-files,parked,restart}.ts'], testTimeout: 1_800_000 },
});
