import { expect, test } from 'vitest';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';

test('the frame: rail, commands, keys, theme, a wrong address', async () => {
  const { page, open, complaints } = await openApp();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox').or(page.getByRole('searchbox')).first().fill('light');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('New run').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect.poll(() => new URL(page.url()).pathname).toBe('/datasets');
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe('/');
  await open('/nowhere/at/all');
  await page.getByText('Page not found').waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await layoutFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a host that goes away is told, and found again', async () => {
  const { page, host } = await openApp();
  host.kill('SIGKILL');
  await page.getByText('Host unreachable, reconnecting').waitFor();
});
