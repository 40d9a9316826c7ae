import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** A script of the page: plain JavaScript, since it knows the document and nothing of Node. */
const SCRIPT = readFileSync(new URL('./find-layout-faults.mjs', import.meta.url), 'utf8');

/** Faults of the layout as the page stands now, a line each. */
export function layoutFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(SCRIPT) as Promise<readonly string[]>;
}
