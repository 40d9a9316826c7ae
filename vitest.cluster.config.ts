import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.ts';

/** The tests that need a real Ray: `npm run test:cluster`. One file at a time: two clusters at once are too much for two cores. */
export default mergeConfig(
  { ...usual, test: { ...usual.test, exclude: ['**/node_modules/**'], include: [] } },
  defineConfig({
    test: {
      include: ['tests/clusters/ray/**/*.test.ts'],
      maxWorkers: 1,
      testTimeout: 600_000,
      hookTimeout: 600_000,
    },
  }),
);
