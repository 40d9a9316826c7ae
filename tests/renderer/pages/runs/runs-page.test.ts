import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addSyntheticRun } from '../../../../scripts/bench-ui/synthetic-run.ts';
import { openStore } from '../../../../src-main/store/open-store.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

function filledHome(count: number): string {
  const home = mkdtempSync(join(tmpdir(), 'keel-runs-page-'));
  const store = openStore(join(home, 'store.sqlite'));
  for (let at = 0; at < count; at += 1) {
    const id = `20260101-${String(at).padStart(6, '0')}-run`;
    addSyntheticRun(store, { id, name: `run ${at}`, steps: 6, createdAt: 1_767_225_600_000 + at });
  }
  store.close();
  return home;
}

test('runs are listed newest first, found, chosen for a comparison, and deleted', async () => {
  const { page, open, complaints } = await openApp({ home: filledHome(150) });
  await open('/runs');
  const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
  await page.getByText('150 of 150 runs').waitFor();
  expect(await rows.nth(1).textContent()).toContain('run 149');
  await expect.poll(() => rows.count()).toBeLessThan(60);
  expect(await seriousFaults(page)).toEqual([]);
  expect(await layoutFaults(page)).toEqual([]);
  await page.getByRole('searchbox').fill('run 14');
  // 14, 114 by its id, and 140 to 149.
  await page.getByText('12 of 150 runs').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  expect(await rows.nth(1).textContent()).toContain('run 114');
  await page.getByRole('checkbox', { name: 'Select run 14', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Select run 140' }).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect
    .poll(() => decodeURIComponent(new URL(page.url()).search))
    .toBe('?runs=20260101-000014-run,20260101-000140-run');
  await open('/runs');
  await page.getByRole('checkbox', { name: 'Select run 149' }).check();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('149 of 149 runs').waitFor();
  await page.locator('.toast', { hasText: 'run 149 was moved to the trash.' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('150 of 150 runs').waitFor();
  expect(complaints).toEqual([]);
});

test('home shows the newest runs; without any it offers the demo', async () => {
  const { page } = await openApp({ home: filledHome(12) });
  await page.getByRole('heading', { name: 'Recent runs' }).waitFor();
  await expect.poll(() => page.getByRole('row').count()).toBe(11);
  await expect.poll(() => page.getByRole('img', { name: /over the run$/ }).count()).toBe(10);
  expect(await seriousFaults(page)).toEqual([]);
  const empty = await openApp();
  await empty.page.getByRole('button', { name: 'Run the demo (about 5 minutes)' }).waitFor();
  expect(await seriousFaults(empty.page)).toEqual([]);
  expect(await layoutFaults(empty.page)).toEqual([]);
});
