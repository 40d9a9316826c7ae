import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { FloatingSurface } from './floating-surfaces.ts';

/** A script of the page: plain JavaScript, since it knows the document and nothing of Node. */
const SCRIPT = readFileSync(new URL('./find-floating-faults.mjs', import.meta.url), 'utf8');

interface WithScript {
  findFloatingFaults(element: unknown, pseudo: string | null): readonly string[];
}

/** What keeps an open surface from being read, a line each; empty when nothing does. */
export async function floatingFaults(page: Page, { surface, pseudo }: FloatingSurface): Promise<readonly string[]> {
  await surface(page).waitFor();
  await page.evaluate(SCRIPT);
  return surface(page).evaluate(
    (element, name) => (globalThis as unknown as WithScript).findFloatingFaults(element, name),
    pseudo ?? null,
  );
}
