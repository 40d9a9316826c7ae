import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.ts';

/** The tests that need a real Ray: `npm run test:cluster`. Most of their time is spent waiting, so two files run at once. */
export default mergeConfig(
  { ...usual, test: { ...usual.test, exclude: ['**/node_modules/**'], include: [] } },
  defineConfig({
    test: {
      include: ['tests/clusters/ray/**/*.test.ts'],
      maxWorkers: 2,
      testTimeout: 600_000,
      hookTimeout: 600_000,
    },
  }),
);
