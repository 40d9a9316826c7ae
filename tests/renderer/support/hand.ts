import type { Locator } from 'playwright-core';

/** How a person acts on the page. */
export interface Hand {
  readonly name: 'mouse' | 'keyboard';
  /** Activates a button or a link. */
  press(target: Locator): Promise<void>;
}

/** More stops than any page has. */
const MOST_STOPS = 400;

export const mouse: Hand = { name: 'mouse', press: (target) => target.click() };

/** Tab after Tab, from wherever the focus is, until it is on the target and can be seen there. */
async function tabTo(target: Locator): Promise<void> {
  const page = target.page();
  const reached = target.and(page.locator(':focus'));
  for (let stop = 0; stop < MOST_STOPS && (await reached.count()) === 0; stop += 1) await page.keyboard.press('Tab');
  if ((await target.and(page.locator(':focus-visible')).count()) === 1) return;
  throw new Error(`The keyboard does not reach ${target}, or its focus cannot be seen.`);
}

/** Tab and Enter: nothing that the mouse does. A control that is not enabled yet is waited for, as a person would. */
export const keyboard: Hand = {
  name: 'keyboard',
  async press(target) {
    const page = target.page();
    await target.and(page.locator(':enabled, a[href], summary')).waitFor();
    await tabTo(target);
    await page.keyboard.press('Enter');
  },
};
