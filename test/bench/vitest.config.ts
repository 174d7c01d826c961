import { defineConfig } from 'vitest/config';

/** Measurements: run by hand, never asserted. */
export default defineConfig({
  test: { include: ['test/bench/*.ts'], exclude: ['test/bench/vitest.config.ts'], testTimeout: 1_800_000 },
});
