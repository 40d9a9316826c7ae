import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApp } from '../support/app.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { objectHome } from '../support/object-home.ts';

const PATIENT = { timeout: 120_000 };

/** Left edges and widths of the number fields of an open group. */
async function numberFields(page: Page) {
  const boxes = await Promise.all(
    (await page.locator('.fields input[inputmode="decimal"]:visible').all()).map((one) => one.boundingBox()),
  );
  return {
    lefts: new Set(boxes.map((box) => Math.round(box!.x))).size,
    widest: Math.max(...boxes.map((box) => box!.width)),
  };
}

test('pages use a wide window, and keep within a narrow one', { timeout: 300_000 }, async () => {
  const { home, policyRun, dataset, rewardRun } = await objectHome();
  const { page, open, complaints } = await openApp({ home, viewport: { width: 1920, height: 1080 } });
  await open(`/runs/new?like=${policyRun}`);
  await page.locator('summary', { hasText: 'Budget' }).click();
  await page.locator('.fields input[inputmode="decimal"]:visible').nth(3).waitFor(PATIENT);
  // A number takes the room of a number; fields stand side by side.
  const wide = await numberFields(page);
  expect(wide.widest).toBeLessThanOrEqual(280);
  expect(wide.lefts).toBeGreaterThan(1);
  const main = (await page.locator('main').boundingBox())!;
  const content = (await page.locator('.new-run').boundingBox())!;
  expect(content.width).toBeGreaterThan(0.9 * main.width);

  await page.setViewportSize({ width: 900, height: 700 });
  await expect.poll(async () => (await numberFields(page)).lefts).toBe(1);
  const addresses = [
    '/',
    '/runs',
    '/queue',
    '/datasets',
    `/datasets/${dataset}`,
    '/models',
    '/playground',
    '/settings',
    '/news',
  ];
  for (const address of [
    ...addresses,
    `/runs/${policyRun}`,
    `/export/${policyRun}`,
    `/runs/${rewardRun}`,
    '/runs/new',
  ]) {
    await open(address);
    expect({ address, faults: await layoutFaults(page) }).toEqual({ address, faults: [] });
  }

  // A clone may lie in a deep folder.
  const path = page.locator('.chosen .mono').first();
  await path.evaluate((element) => {
    element.textContent = '/a-folder'.repeat(40);
  });
  expect(await layoutFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
