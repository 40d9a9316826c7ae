import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { pick } from '../../support/pick.ts';

const PATIENT = { timeout: 120_000 };
const HOSTILE = '<img src=x onerror="window.hit=1"> \u202Eabc\u202C <|endoftext|>';
const ROWS = [
  { question: 'Where is my order?', good: HOSTILE, bad: 'No.' },
  { question: 'Is it late?', good: 'A little.', bad: '' },
  { question: 'And now?', good: 'It is here.', bad: 'Wait.' },
];

test('a file becomes a dataset: mapped, checked, shown as tokens, used, removed and brought back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'pairs.jsonl');
  writeFileSync(file, `${ROWS.map((row) => JSON.stringify(row)).join('\n')}\n`);
  const { page, open, complaints } = await openApp({ roots: [folder] });
  await open('/datasets');
  await page.getByText('No datasets yet').waitFor();
  await page.getByLabel('File path', { exact: true }).fill(join(folder, 'absent.jsonl'));
  await page.getByRole('button', { name: 'Add file' }).click();
  await page.getByText('This file was not added').waitFor();
  await page.getByLabel('File path', { exact: true }).fill(file);
  await page.getByRole('button', { name: 'Add file' }).click();

  await page.getByText('This file cannot be used as is').waitFor(PATIENT);
  // A file that was refused is not called ready beside the fault.
  const badges = page.locator('main .page-header .badge');
  await expect.poll(() => badges.allInnerTexts()).toEqual(['cannot be used as is']);
  await page
    .getByRole('button', { name: /Question|Where is my order/ })
    .first()
    .waitFor(PATIENT);
  await page.getByLabel('prompt input to the model').selectOption('question');
  await page.getByLabel('chosen the better response').selectOption('good');
  await page.getByLabel('rejected the worse response').selectOption('bad');
  await pick(page, 'Tokenizer', 'Starter policy');
  await page.getByRole('button', { name: 'Save and check again' }).click();

  const report = page.getByRole('region', { name: 'Report' });
  await report.getByText('of 3', { exact: true }).waitFor(PATIENT);
  await expect.poll(() => report.getByText('The row has an empty rejected.').isVisible()).toBe(true);
  await expect.poll(() => page.getByRole('img', { name: /half of the rows have at most/ }).isVisible()).toBe(true);
  const rows = page.getByRole('region', { name: 'Rows', exact: true });
  await rows.getByText('counted in the loss').waitFor(PATIENT);
  const trained = await rows.locator('.token.trained').allTextContents();
  expect(trained.join('')).toContain('<img·src=x·onerror="window.hit=1">');
  expect((await rows.locator('.token:not(.trained)').allTextContents()).join('')).toContain('Where·is·my·order?');
  await rows.getByText('Parsed text').click();
  await expect.poll(() => rows.getByTitle('U+202E right-to-left override').count()).toBe(1);
  expect(await page.evaluate('window.hit')).toBeUndefined();
  expect([await seriousFaults(page), await layoutFaults(page), complaints]).toEqual([[], [], []]);

  await report.getByRole('button', { name: 'Line 2' }).first().click();
  await rows.getByText('The row has an empty rejected.').waitFor(PATIENT);
  await page.getByRole('button', { name: 'Use in a new run' }).click();
  await page.waitForURL(/\/runs\/new$/);
  await expect.poll(() => page.getByRole('combobox', { name: 'Files', exact: true }).getAttribute('title')).toBe(file);

  await open('/datasets');
  await page.getByText('2 bad').or(page.getByText('1 bad')).waitFor();
  await page.getByRole('link', { name: 'pairs' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No datasets yet').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: 'pairs' }).waitFor();
}, 300_000);

test('rows are edited and left out in a new version, which is checked, used, and taken back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'answers.jsonl');
  const rows = [
    { prompt: 'Where is my order?', completion: 'On its way.' },
    { prompt: 'Is it late?', completion: '' },
    { prompt: 'Fix this one', completion: 'Teh end.' },
    { prompt: 'Not this one', completion: 'Go away.' },
  ];
  const written = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
  writeFileSync(file, written);
  const { page, open, complaints } = await openApp({ roots: [folder] });
  await open('/datasets');
  await page.getByLabel('File path', { exact: true }).fill(file);
  await page.getByRole('button', { name: 'Add file' }).click();
  const report = page.getByRole('region', { name: 'Report' });
  await report.getByText('of 4', { exact: true }).waitFor(PATIENT);
  const browser = page.getByRole('region', { name: 'Rows', exact: true });

  await browser.getByRole('button', { name: /Fix this one/ }).click(PATIENT);
  await browser.getByRole('button', { name: 'Edit row' }).click();
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
  await browser.getByRole('form', { name: 'Edit row 3' }).getByLabel('completion').fill('The end.');
  await browser.getByRole('button', { name: 'Done' }).click();
  await browser.getByRole('button', { name: /Not this one/ }).click();
  await browser.getByRole('button', { name: 'Exclude row' }).click();
  await report.getByRole('button', { name: 'Exclude all of them' }).click();
  await browser.getByText('1 row edited, 1 row excluded, all unusable rows excluded').waitFor();
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
  expect(readFileSync(file, 'utf8')).toBe(written);
  await browser.getByRole('button', { name: 'Save as a new version' }).click();

  await report.getByText('of 2', { exact: true }).waitFor(PATIENT);
  await page.locator('main .page-header .badge', { hasText: 'ready' }).waitFor(PATIENT);
  const versions = page.getByRole('table').filter({ hasText: 'Content hash' }).locator('tbody tr');
  expect((await versions.allInnerTexts()).map((text) => text.slice(0, 8).trim().replace(/\s+/g, ' '))).toEqual([
    '2 in use',
    expect.stringMatching(/^1/),
  ]);
  expect(readFileSync(file, 'utf8')).toBe(written);
  await page.getByRole('button', { name: 'Use in a new run' }).click();
  await page.waitForURL(/\/runs\/new$/);
  const files = page.getByRole('combobox', { name: 'Files', exact: true });
  await expect.poll(() => files.getAttribute('title')).toMatch(/answers\.jsonl$/);
  const used = (await files.getAttribute('title')) ?? '';
  expect(readFileSync(used, 'utf8')).toBe(
    '{"prompt": "Where is my order?", "completion": "On its way."}\n{"prompt": "Fix this one", "completion": "The end."}\n',
  );

  await page.goBack();
  await page.getByRole('button', { name: 'Use version 1' }).click(PATIENT);
  await report.getByText('of 4', { exact: true }).waitFor(PATIENT);
  expect(complaints).toEqual([]);
}, 300_000);
