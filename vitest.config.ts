import { defineConfig } from 'vitest/config';
import { codeCache } from './scripts/setup/code-cache.mjs';
import { dataFolder } from './scripts/setup/data-folder.mjs';
import { locateEngine } from './scripts/setup/engine-manifest.mjs';
import { writeRecipeIndex } from './scripts/setup/recipe-index.mjs';

writeRecipeIndex(import.meta.dirname);
// As the bootstrap does: every test file starts a process, and many start several.
process.env.NODE_COMPILE_CACHE = codeCache(import.meta.dirname);

// The bootstrap has set the binding; without it the engine of the data folder serves, as when vitest is run by hand.
const binding = process.env.KEEL_ENGINE_BINDING ?? locateEngine({ home: dataFolder() })?.binding ?? '';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'tests/fixtures/**', 'tests/clusters/ray/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What a test waits for comes late on a busy machine.
    expect: { poll: { timeout: 45_000 } },
    env: {
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_ENABLE_ONEDNN_OPTS: '0',
      KEEL_ENGINE_BINDING: binding,
      // Hosts with a data folder of their own use this engine too; what the set-up chose holds for its own folder alone.
      KEEL_ENGINE_CHOSEN: '',
    },
  },
});
