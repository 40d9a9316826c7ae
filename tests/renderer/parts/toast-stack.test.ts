import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';

async function drop(page: Page, name: string, text: string): Promise<void> {
  const dropped = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
    return data;
  })()`);
  await page.dispatchEvent('.new-run', 'drop', { dataTransfer: dropped });
}

test('a message is announced, stays under the pointer, and goes by itself; an error stays until it is dismissed', async () => {
  const { page, open, complaints } = await openApp();
  await page.clock.install();
  await open('/runs/new');
  const toasts = page.locator('.toast');
  const main = page.locator('main');
  const before = await main.boundingBox();
  await drop(page, 'mine.yaml', 'recipe: ppo\n');
  // In the lower right corner of the window of 1280 x 800, over a page that stays as it is.
  const corner = await toasts.first().boundingBox();
  expect([corner!.x + corner!.width, corner!.y + corner!.height, corner!.width]).toEqual([1264, 784, 420]);
  expect((await main.boundingBox())!.width).toBe(before!.width);
  // Kept by the pointer: on a busy machine, it would otherwise go before the other one comes.
  await toasts.first().hover();
  await drop(page, 'mine.txt', 'no config');
  await expect
    .poll(() => toasts.allInnerTexts())
    .toEqual(['Loaded mine.yaml into the form.', 'mine.txt is not a config: drop a YAML or JSON file.']);
  expect(await page.locator('[aria-live="polite"]', { has: toasts }).count()).toBe(1);
  expect(await seriousFaults(page)).toEqual([]);

  await toasts.first().hover();
  await page.clock.runFor(60_000);
  expect(await toasts.count()).toBe(2);
  await page.mouse.move(0, 0);
  await page.clock.runFor(10_000);
  await expect.poll(() => toasts.allInnerTexts()).toEqual(['mine.txt is not a config: drop a YAML or JSON file.']);

  await page.clock.runFor(600_000);
  await page.keyboard.press('F8');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await toasts.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});
