import type { Locator, Page } from 'playwright-core';

/** How a person acts on the page. */
export interface Hand {
  readonly name: 'mouse' | 'keyboard';
  /** Activates a button or a link. */
  press(target: Locator): Promise<void>;
  /** Switches a checkbox. */
  toggle(target: Locator): Promise<void>;
  /** Replaces what an input holds. */
  type(target: Locator, text: string): Promise<void>;
  /** Chooses an entry of a picker by its name. */
  pick(field: Locator, name: string): Promise<void>;
}

/** More stops than any page has. */
const MOST_STOPS = 400;

const optionNamed = (page: Page, name: string) => page.getByRole('option', { name: new RegExp(`^${name}`) }).first();

async function replaceText(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+a');
  if (text === '') await page.keyboard.press('Delete');
  else await page.keyboard.type(text);
  await page.keyboard.press('Tab');
}

export const mouse: Hand = {
  name: 'mouse',
  press: (target) => target.click(),
  toggle: (target) => target.click(),
  async type(target, text) {
    await target.click();
    await replaceText(target.page(), text);
  },
  async pick(field, name) {
    await field.click();
    await optionNamed(field.page(), name).click();
    await field.page().getByRole('listbox').waitFor({ state: 'detached' });
  },
};

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
  async toggle(target) {
    await tabTo(target);
    await target.page().keyboard.press('Space');
  },
  async type(target, text) {
    await target.waitFor();
    await tabTo(target);
    await replaceText(target.page(), text);
  },
  /** By what the person types and the arrow keys, until the entry is the marked one. */
  async pick(field, name) {
    const page = field.page();
    await field.waitFor();
    await tabTo(field);
    await page.keyboard.press('Enter');
    await page.keyboard.type(name);
    const marked = optionNamed(page, name).and(page.locator('[data-highlighted]'));
    for (let step = 0; step < MOST_STOPS && (await marked.count()) === 0; step += 1)
      await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
  },
};
