import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { addSyntheticRun } from '../../../../scripts/bench-ui/synthetic-run.ts';
import { openStore } from '../../../../src-main/store/open-store.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const ID = '20260101-000000-warm';
const STEPS = 120;

/** A data folder with a finished run, written by the store's own queries. */
function filledHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'keel-run-page-'));
  const store = openStore(join(home, 'store.sqlite'));
  addSyntheticRun(store, { id: ID, name: 'warm support', steps: STEPS, createdAt: 1_767_225_600_000 });
  store.close();
  return home;
}

const charts = (page: Page) => page.locator('.u-over');
const chart = (page: Page, title: string) => page.getByRole('img', { name: new RegExp(`^${title}`) });

/** Brushes over the middle half of a plot. */
async function brush(page: Page): Promise<void> {
  const box = (await charts(page).first().boundingBox())!;
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + box.width / 4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (3 * box.width) / 4, y, { steps: 4 });
  await page.mouse.up();
}

describe('a run that has ended', () => {
  test('opens with six plots that tell their lines, without a fault in either theme', async () => {
    const { page, open, complaints } = await openApp({ home: filledHome() });
    await open(`/runs/${ID}`);
    await expect.poll(() => charts(page).count()).toBe(6);
    await expect
      .poll(() => chart(page, 'Entropy').getAttribute('aria-label'))
      .toMatch(/^Entropy\. rollouts: 120 points, from 0\.9\d* to 1\.\d+ at step 120/);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('warm support');
    // The legend of the last plot takes two lines; the axes of its row are at one height all the same.
    const tops = await Promise.all((await charts(page).all()).map(async (one) => (await one.boundingBox())!.y));
    expect(new Set(tops).size).toBe(2);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.locator(`html[data-theme="${theme}"]`).waitFor();
      expect({ theme, faults: await seriousFaults(page) }).toEqual({ theme, faults: [] });
      expect({ theme, faults: await layoutFaults(page) }).toEqual({ theme, faults: [] });
    }
    expect(complaints).toEqual([]);
  });

  test('plots are drawn in the colors of the theme that is on', async () => {
    const { page, open } = await openApp({ home: filledHome() });
    await page.emulateMedia({ colorScheme: 'light' });
    await open(`/runs/${ID}`);
    await expect.poll(() => charts(page).count()).toBe(6);
    const picture = () =>
      page
        .locator('canvas')
        .first()
        .evaluate((canvas: { toDataURL(): string }) => canvas.toDataURL());
    const light = await picture();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(picture).not.toBe(light);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(picture).toBe(light);
  });

  test('a brush zooms all plots, a double click shows all; the keys do the same', async () => {
    const { page, open } = await openApp({ home: filledHome() });
    await open(`/runs/${ID}`);
    await expect.poll(() => charts(page).count()).toBe(6);
    const range = page.getByRole('button', { name: /show all$/ });
    await brush(page);
    await expect.poll(() => range.textContent()).toMatch(/Steps (2[89]|3[0-3]) to (8[89]|9[0-3]), show all/);
    await charts(page).nth(4).dblclick();
    await range.waitFor({ state: 'detached' });
    await chart(page, 'Reward').focus();
    await page.keyboard.press('+');
    await range.waitFor();
    await page.keyboard.press('0');
    await range.waitFor({ state: 'detached' });
  });

  test('the numbers of a plot stand in a table, and one cursor tells all plots', async () => {
    const { page, open } = await openApp({ home: filledHome() });
    await open(`/runs/${ID}`);
    await expect.poll(() => charts(page).count()).toBe(6);
    await expect.poll(() => chart(page, 'Loss').getAttribute('aria-label')).toMatch(/points/);
    await charts(page)
      .nth(2)
      .hover({ position: { x: 60, y: 40 } });
    await expect.poll(() => page.getByText(/^step \d+$/).count()).toBe(6);
    await page.getByRole('button', { name: 'More options for Loss' }).click();
    await page.getByRole('menuitem', { name: 'Show as table' }).click();
    const table = page.getByRole('table', { name: 'Values of Loss' });
    expect(await table.getByRole('row').nth(1).textContent()).toMatch(/^120 ?0\.0/);
    await expect.poll(() => page.getByRole('button', { name: 'Changed manually 45' }).count()).toBe(1);
  });

  test('plots are taken away, put in and remembered; the axis may be wall time', async () => {
    const { page, open } = await openApp({ home: filledHome() });
    await open(`/runs/${ID}`);
    await page.getByRole('button', { name: 'More options for Entropy' }).click();
    await page.getByRole('menuitem', { name: 'Remove plot' }).click();
    await page.getByRole('button', { name: 'Choose plots' }).click();
    await page.getByRole('checkbox', { name: 'time/update' }).check();
    await page.keyboard.press('Escape');
    await page.getByLabel('X-axis').selectOption('wall');
    await open(`/runs/${ID}`);
    await expect.poll(() => charts(page).count()).toBe(6);
    const titles = await page.locator('figure h3').allTextContents();
    expect(titles).toEqual([
      'Reward',
      'KL to the reference',
      'Loss',
      'Response length',
      'Time by phase',
      'time/update',
    ]);
    expect(await page.getByLabel('X-axis').inputValue()).toBe('wall');
  });

  test('a series is saved in full, whatever the plot has thinned', async () => {
    const { page, open } = await openApp({ home: filledHome() });
    await open(`/runs/${ID}`);
    await page.getByRole('button', { name: 'More options for Loss' }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Save as CSV' }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe(`${ID}-loss.csv`);
    const lines = readFileSync(await file.path(), 'utf8').split('\r\n');
    expect([lines[0], lines.length]).toEqual(['step,loss/policy_avg,loss/value_avg', STEPS + 2]);
    expect(lines[1]).toMatch(/^1,0\.\d{6,},\d\.\d{6,}$/);
  });

  test('config, log and checkpoints have addresses of their own', async () => {
    const { page, open } = await openApp({ home: filledHome() });
    await open(`/runs/${ID}/artifacts`);
    await expect.poll(() => page.getByRole('row', { name: /best/ }).count()).toBe(1);
    await page.getByRole('link', { name: 'Log' }).click();
    await expect
      .poll(() => page.getByRole('table', { name: 'Log' }).getByText('KL of a response is above 2').count())
      .toBe(1);
    await page.getByRole('link', { name: 'Config' }).click();
    await page.getByText('apa_lambda: 0.5').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });
});

test('a run that does not exist is told as such', async () => {
  const { page, context, origin } = await openApp();
  await page.goto(`${origin}/runs/20200101-000000-nothing`);
  await page.getByText('There is no run 20200101-000000-nothing').waitFor();
  await context.close();
});
