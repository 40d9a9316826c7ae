import { expect, test } from 'vitest';
import { addSyntheticRun, ONLINE } from '../../../api/synthetic-runs.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';

test('runs have names, groups, tags and notes; a view of their table is kept', { timeout: 240_000 }, async () => {
  const { home, filled } = await prepareHome((host) =>
    ['apa', 'ppo'].map((recipe) => addSyntheticRun(host, { config: { ...ONLINE, recipe }, steps: [] }).id as string),
  );
  const { page, open, complaints } = await openApp({ home });
  await open('/runs');
  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await page.getByRole('checkbox', { name: 'Select apa' }).check();
  await page.getByRole('button', { name: 'Name and labels' }).click();
  const dialog = page.getByRole('dialog', { name: 'Name and labels' });
  await dialog.getByLabel('Name').fill('gentle anchor');
  await dialog.getByLabel('Group').fill('night one');
  await dialog.getByLabel('Tags').fill('baseline, seed 0,');
  await dialog.getByLabel('Notes').fill('With the small judge.');
  expect(await seriousFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row('gentle anchor').waitFor();
  expect(await row('gentle anchor').locator('.label').allInnerTexts()).toEqual(['night one', 'baseline', 'seed 0']);

  // Tags for several runs are added; a group that is left empty stays.
  await page.getByRole('checkbox', { name: 'Select ppo' }).check();
  await page.getByRole('button', { name: 'Name and labels' }).click();
  const several = page.getByRole('dialog', { name: 'Labels of 2 runs' });
  await several.getByLabel('Add tags').fill('paper');
  await several.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => row('ppo').locator('.label').allInnerTexts()).toEqual(['paper']);
  await expect
    .poll(() => row('gentle anchor').locator('.label').allInnerTexts())
    .toEqual(['night one', 'baseline', 'seed 0', 'paper']);

  // Notes are searched too; the view comes back with its search and group.
  await page.getByLabel('Find runs').fill('small judge');
  await page.getByLabel('Group', { exact: true }).selectOption('night one');
  await page.getByText('1 of 2 runs').waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByLabel('Name of this view').fill('Night');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Night', exact: true }).waitFor();
  expect(await layoutFaults(page)).toEqual([]);
  await open('/runs');
  await page.getByText('2 of 2 runs').waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('button', { name: 'Night', exact: true }).click();
  await page.getByText('1 of 2 runs').waitFor();
  expect(await page.getByLabel('Find runs').inputValue()).toBe('small judge');

  await open(`/runs/${filled[0]}`);
  await page.getByRole('heading', { name: 'gentle anchor' }).waitFor();
  expect(complaints).toEqual([]);
});
