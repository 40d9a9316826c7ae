import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../renderer/support/app.ts';
import { seriousFaults } from '../../renderer/support/axe.ts';
import { layoutFaults } from '../../renderer/support/layout-faults.ts';

/** With a folder in KEEL_SHOTS, a picture of each page is left there at every size and in both themes. */
export const SHOTS = process.env.KEEL_SHOTS;
const SIZES = [
  [900, 700],
  [1280, 800],
  [1920, 1080],
] as const;

/** What is wrong with how a page looks, at every size and in both themes. */
export async function faultsOf({ page }: App, name: string): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  for (const [width, height] of SIZES) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      // Plots take their new size a frame after the window has it.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      faults.push(...(await layoutFaults(page)), ...(await seriousFaults(page)));
      if (!SHOTS) continue;
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  return faults;
}
