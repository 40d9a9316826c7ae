import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ROOT } from '../../architecture/source-tree.ts';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { pick } from '../support/pick.ts';

const PATIENT = { timeout: 240_000 };
const yaml = (page: Page) => page.getByLabel('Config as YAML');

/** Fills in the form without typing a path: two methods and two seeds on the starter, rules as reward and as judge. */
async function planStudy(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill('brief words');
  await page.getByRole('textbox', { name: 'Seeds' }).fill('1, 2');
  await page.getByLabel('apa: values of method.apa_lambda').fill('1');
  await page.getByLabel('ppo: values of method.kl_coef').fill('0.05');
  await pick(page, 'Starting policy', 'Starter policy');
  await pick(page, 'Prompts', 'prompts-train');
  await pick(page, 'Held-out prompts', 'prompts-held-out');
  await page.getByLabel('Reward: kind').selectOption('rules');
  await page.getByLabel('Judge: kind').selectOption('rules');
  await page.getByLabel('Iterations of each run').fill('6');
  await page.getByLabel('Prompts of an evaluation').fill('8');
  await page.keyboard.press('Tab');
  await page.getByLabel('Decided by').selectOption('judge');
}

/** Makes the runs small, in the text beside the form. */
async function shrink(page: Page): Promise<void> {
  const config = parse(await yaml(page).inputValue()) as { base: Record<string, object> };
  Object.assign(config.base, {
    rollouts: { num_rollouts: 8, chunk_size: 8 },
    generation: { max_new_tokens: 8 },
    evaluation: { ...config.base.evaluation, interval_iterations: 2 },
    optimizer: { learning_rate: 0.001 },
  });
  config.base.updates = { ...config.base.updates, minibatch_size: 8 };
  await yaml(page).fill(stringify(config));
}

async function download(page: Page, entry: string): Promise<{ readonly name: string; readonly content: Buffer }> {
  await page.getByRole('button', { name: 'More about this study' }).click();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: entry }).click(),
  ]);
  return { name: saved.suggestedFilename(), content: readFileSync(await saved.path()) };
}

test('a study is planned in a form, watched, stopped, resumed, and reported', { timeout: 900_000 }, async () => {
  const { page, open, complaints, home } = await openApp();
  await open('/studies');
  await page.getByRole('link', { name: 'New study' }).click();
  await page.getByRole('heading', { name: 'Plan' }).waitFor();
  await planStudy(page);
  await shrink(page);
  // What the text says is what the form shows, and the other way round.
  expect(parse(await yaml(page).inputValue())).toMatchObject({
    seeds: [1, 2],
    base: {
      model: expect.stringMatching(/starter\/policy$/),
      data: { files: [expect.stringMatching(/prompts-train\.jsonl\.gz$/)] },
      updates: { total_iterations: 6 },
    },
    methods: [
      { recipe: 'apa', grid: { 'method.apa_lambda': [1] } },
      { recipe: 'ppo', grid: { 'method.kl_coef': [0.05] } },
    ],
  });
  // A seed too few is told before anything has started.
  await page.getByRole('textbox', { name: 'Seeds' }).fill('1, 1');
  await page.getByRole('textbox', { name: 'Name' }).click();
  await page.getByText('has a seed more than once').waitFor(PATIENT);
  await page.getByRole('textbox', { name: 'Seeds' }).fill('1, 2');
  await page.keyboard.press('Tab');
  const start = page.getByRole('button', { name: 'Start 4 runs' });
  await expect.poll(() => start.isEnabled(), PATIENT).toBe(true);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
  await start.click();

  await page.waitForURL(/\/studies\/1$/, PATIENT);
  const matrix = page.getByRole('region', { name: 'Runs by configuration and seed' });
  await matrix.getByRole('link', { name: /^APA \(apa_lambda 1\), seed 1: running/ }).waitFor(PATIENT);
  // The first evaluation is there while the first run goes on.
  await page.getByRole('heading', { name: 'Judge along the KL' }).waitFor(PATIENT);
  await page.getByRole('button', { name: 'Stop with a checkpoint' }).click();
  await page.getByText('stopped', { exact: true }).first().waitFor(PATIENT);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => matrix.getByRole('link', { name: /: finished, judge / }).count(), PATIENT).toBe(4);
  await page.locator('.page-header').getByText('finished', { exact: true }).waitFor(PATIENT);

  const verdicts = page.getByRole('list', { name: 'Verdicts' });
  await expect.poll(() => verdicts.innerText(), PATIENT).toMatch(/(APA|PPO) \(.*2 and 2 seeds, 8 prompts/s);
  await page.getByRole('button', { name: 'Add best of n' }).click();
  await page.getByText(/^The reward chooses; the measure judges the choice/).waitFor(PATIENT);
  await page.getByRole('slider', { name: 'Compare at KL' }).press('ArrowLeft');
  await page.getByRole('combobox', { name: 'Decide by' }).selectOption('reward');
  await page.getByRole('heading', { name: 'Held-out reward along the KL' }).waitFor(PATIENT);
  await page.getByRole('combobox', { name: 'Decide by' }).selectOption('judge');
  await page.getByRole('heading', { name: 'Judge along the KL' }).waitFor(PATIENT);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  // The page saves what the command writes.
  await page.reload();
  await verdicts.waitFor(PATIENT);
  const [report, table, picture] = [
    await download(page, 'Save report (Markdown)'),
    await download(page, 'Save table (CSV)'),
    await download(page, 'Save picture (PNG)'),
  ];
  const out = join(home, 'report');
  const cli = spawnSync(process.execPath, [join(ROOT, 'src-main/cli/main.ts'), 'study', 'export', '1', '--out', out], {
    env: { ...process.env, KEEL_HOME: home },
    encoding: 'utf8',
  });
  expect(cli.stderr).toBe('');
  expect([report.name, table.name, picture.name]).toEqual(['report.md', 'cells.csv', 'frontier.png']);
  expect(report.content.toString()).toBe(readFileSync(join(out, 'report.md'), 'utf8'));
  expect(table.content.toString()).toBe(readFileSync(join(out, 'cells.csv'), 'utf8'));
  const drawn = [picture.content, readFileSync(join(out, 'frontier.png'))];
  // The size that a PNG states in its first chunk.
  for (const png of drawn) {
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2160, 880]);
  }
  await open('/studies');
  expect(await page.getByRole('row', { name: /^brief words 4 of 4 runs/ }).innerText()).toMatch(
    /4 of 4 runs\s+finished/,
  );
  expect(complaints).toEqual([]);
});
