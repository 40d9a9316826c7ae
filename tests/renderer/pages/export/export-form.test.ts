import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { objectHome } from '../../support/object-home.ts';

test('one checkbox is one consent: replacing a folder says nothing of its weights', { timeout: 240_000 }, async () => {
  const { home, policyRun } = await objectHome();
  const { page, open, complaints } = await openApp({ home });
  await open(`/export/${policyRun}`);
  const replace = page.getByRole('checkbox', { name: 'Replace an earlier export in this folder' });
  const broken = page.getByRole('checkbox', { name: /^Export weights that are NaN or infinite/ });
  await replace.check();
  expect([await replace.isChecked(), await broken.isChecked()]).toEqual([true, false]);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  // A folder of a person's stays as it is, with the consent and without it.
  const out = join(home, 'exports', 'mine');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'thesis.txt'), 'years of work');
  await page.locator('#export-folder').fill(out);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await page
    .getByText(/thesis\.txt/)
    .first()
    .waitFor({ timeout: 120_000 });
  expect(existsSync(join(out, 'thesis.txt'))).toBe(true);
  expect(complaints).toEqual([]);
});
