import { expect, test } from 'vitest';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { pick } from '../../support/pick.ts';

const PATIENT = { timeout: 120_000 };

test('one prompt to two models, token by token; the same seed says the same; stopping stops', async () => {
  const { page, open, complaints } = await openApp();
  await open('/playground');
  await page.getByText('No responses yet').waitFor();
  await pick(page, 'Left model', 'Starter policy');
  await pick(page, 'Right model', 'Starter policy');
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Where is my order?');
  await page.getByLabel('Max new tokens').fill('12');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+Enter');
  const exchange = page.getByRole('article', { name: 'Exchange 1' });
  await expect.poll(() => exchange.locator('.piece').count(), PATIENT).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Generate', exact: true }).waitFor(PATIENT);
  const answers = exchange.getByRole('region', { name: 'Starter policy' });
  await expect.poll(() => answers.count()).toBe(2);
  const [left, right] = await answers.locator('.text').allTextContents();
  expect(left).not.toBe('');
  expect(right).toBe(left);
  expect(await answers.first().locator('.piece').first().getAttribute('title')).toMatch(/^log p −[\d.]+ \(/);
  await answers.first().getByText('Exact text sent').click();
  expect(await answers.first().locator('.sent').textContent()).toBe('Where is my order?');
  expect([await seriousFaults(page), await layoutFaults(page), complaints]).toEqual([[], [], []]);

  await page.getByLabel('Max new tokens').fill('100');
  await page.getByLabel('Temperature').fill('3');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  const second = page.getByRole('article', { name: 'Exchange 2' });
  await expect.poll(() => second.getByText('stopped').count()).toBe(2);
  await page.getByRole('button', { name: 'Generate', exact: true }).waitFor();
  await exchange.getByRole('button', { name: 'Use again' }).click();
  expect(await page.getByLabel('Max new tokens').inputValue()).toBe('12');

  // Special tokens that the prompt spells out, as text and parsed; the marks say which.
  await pick(page, 'Right model', 'None');
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Where <|endoftext|> is it?');
  const marksOf = async (number: number) => {
    await page.getByRole('button', { name: 'Generate', exact: true }).click();
    const article = page.getByRole('article', { name: `Exchange ${number}` });
    await article.getByText('Exact text sent').click(PATIENT);
    const sent = article.locator('.sent');
    expect(await sent.textContent()).toBe('Where <|endoftext|> is it?');
    await page.getByRole('button', { name: 'Generate', exact: true }).waitFor(PATIENT);
    return [await sent.locator('.special').allTextContents(), await sent.locator('.spelled').allTextContents()];
  };
  expect(await marksOf(3)).toEqual([[], ['<|endoftext|>']]);
  await page.getByLabel('Parse special tokens').check();
  expect(await marksOf(4)).toEqual([['<|endoftext|>'], []]);
}, 300_000);
