/** `node scripts/generate-docs.ts`: writes docs/config.md and docs/metrics.md from the schemas; a test checks them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configPage } from './docs/config-page.ts';
import { metricsPage } from './docs/metrics-page.ts';

/** Pages by path. */
export const PAGES = {
  'docs/config.md': configPage,
  'docs/metrics.md': metricsPage,
} as const;

if (import.meta.main) {
  for (const [path, page] of Object.entries(PAGES)) writeFileSync(join(import.meta.dirname, '..', path), page());
}
