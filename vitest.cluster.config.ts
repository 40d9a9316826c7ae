import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.ts';

/** The tests that need a real Ray: `npm run test:cluster`. Ray's processes take all of a small machine. */
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
