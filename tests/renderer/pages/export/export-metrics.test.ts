import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addSyntheticRun, evaluation, ONLINE } from '../../../api/synthetic-runs.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';

const VIEWPORTS = [
  { width: 1280, height: 800 },
  { width: 900, height: 800 },
];
/** A folder for pictures, to look at them. */
const SHOTS = process.env.KEEL_TEST_SHOTS;

test('the menu of a run leads to its metrics, which are written in a chosen format and never over a file', async () => {
  const { home, filled: run } = await prepareHome((host) => {
    const replies = [{ prompt: 'Hello', response: ' there', score: 1 }];
    const steps = [1, 2, 3].map((step) => ({
      step,
      metrics: { ...evaluation(step, step), loss: Number.NaN },
      replies,
    }));
    return addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', name: 'apa' }, steps });
  });
  const app = await openApp({ home });
  const { page } = app;
  await app.open(`/runs/${run.id}`);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Export metrics' }).click();
  const panel = page.getByRole('region', { name: 'Metrics' });
  const format = panel.getByLabel('Format');
  await expect.poll(() => panel.locator('select:focus').count()).toBe(1);

  await panel.getByLabel('Also the responses to the fixed prompts').check();
  await panel.getByRole('button', { name: 'Export metrics' }).click();
  await panel.getByText('Wrote 15 values and 3 responses').waitFor();
  expect(readdirSync(join(home, 'exports', `${run.id}-metrics`))).toEqual([run.id]);

  await format.selectOption('CSV');
  const file = join(home, 'exports', `${run.id}-metrics.csv`);
  expect(await panel.locator('#metrics-path').inputValue()).toBe(file);
  await panel.getByRole('button', { name: 'Export metrics' }).click();
  await panel.getByText('Wrote 15 values').waitFor();
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(17);
  await panel.getByRole('button', { name: 'Export metrics' }).click();
  await panel.getByRole('alert').getByText('already exists').waitFor();

  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
    for (const viewport of VIEWPORTS) {
      await page.setViewportSize(viewport);
      expect(await seriousFaults(page)).toEqual([]);
      expect(await layoutFaults(page)).toEqual([]);
      if (SHOTS) await page.screenshot({ path: join(SHOTS, `metrics-${theme}-${viewport.width}.png`), fullPage: true });
    }
  }
  expect(app.complaints).toEqual([]);
});
