import { expect, test } from 'vitest';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { objectHome } from '../support/object-home.ts';

test('the palette finds objects of every kind, metrics, fields and settings; exact names come first', {
  timeout: 240_000,
}, async () => {
  const { home, policyRun, dataset } = await objectHome();
  const { page, open, complaints } = await openApp({ home });
  const address = () => new URL(page.url());
  /** What the palette lists first for a search: its name and kind. */
  const first = async (search: string) => {
    await page.getByLabel('Search and commands').last().fill(search);
    return (await page.getByRole('option').first().innerText()).split('\n').filter(Boolean);
  };
  await open('/');
  await page.keyboard.press('Control+k');
  await expect.poll(() => first('warm')).toEqual(['warm', 'Run, finished']);
  await expect.poll(() => first(policyRun)).toEqual(['warm', 'Run, finished']);
  await expect.poll(() => first('preference-train')).toEqual(['preference-train', 'Dataset']);
  await expect.poll(() => first('starter policy')).toEqual(['Starter policy', 'Model, language model']);
  await expect.poll(() => first('eval/reward')).toEqual(['eval/reward', 'Metric']);
  await expect.poll(() => first('num_rollouts')).toEqual(['rollouts.num_rollouts', 'Config field']);
  await expect.poll(() => first('λ')).toEqual(['method.apa_lambda', 'Config field']);
  await expect.poll(() => first('trash')).toEqual(['Trash', 'Settings']);
  // A name that only contains the search comes after the one that it is.
  await expect.poll(() => first('kl')).toEqual(['kl', 'Metric']);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: 'Metrics and fields' }).getByText('kl', { exact: true }).first().waitFor();
  expect(address().searchParams.get('find')).toBe('kl');
  await page.keyboard.press('Control+k');
  await first('preference-train');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/datasets/${dataset}`);
  await page.keyboard.press('Control+k');
  await first('trash');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings#trash');
  expect(complaints).toEqual([]);
});

test('one page says what is new, in the words of the change log', { timeout: 120_000 }, async () => {
  const { page, open, complaints } = await openApp();
  await open('/settings#about');
  await page.getByRole('link', { name: 'What is new' }).click();
  await page.getByRole('heading', { name: 'What is new' }).waitFor();
  const section = page.getByRole('region', { name: /^0\.1\.0/ });
  await section.getByText('Automatic setup of packages, Node 24, and TensorFlow.').waitFor();
  expect(await section.locator('code', { hasText: 'keel model diff' }).count()).toBeGreaterThan(0);
  expect([await seriousFaults(page), await layoutFaults(page), complaints]).toEqual([[], [], []]);
});
