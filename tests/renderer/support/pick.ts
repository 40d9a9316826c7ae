import type { Page } from 'playwright-core';

const field = (page: Page, title: string) => page.getByRole('combobox', { name: title, exact: true });

/** Chooses what a picker lists, by the beginning of its name. */
export async function pick(page: Page, title: string, name: string): Promise<void> {
  await field(page, title).click();
  const list = page.getByRole('listbox', { name: `${title}: choices` });
  await list
    .getByRole('option', { name: new RegExp(`^${name}`) })
    .first()
    .click();
  await list.waitFor({ state: 'detached' });
}

/** Enters a path into a picker. */
export async function pickPath(page: Page, title: string, path: string): Promise<void> {
  await field(page, title).click();
  await page.getByLabel(`${title}: search`).fill(path);
  await page.getByRole('option', { name: `Use the path ${path}` }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('listbox', { name: `${title}: choices` }).waitFor({ state: 'detached' });
}
