import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.ts';

/** Every test in its long form: `npm run test:long`. */
export default mergeConfig(usual, defineConfig({ test: { env: { KEEL_LONG_FORM: '1' } } }));
