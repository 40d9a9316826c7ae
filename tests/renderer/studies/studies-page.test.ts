import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { addSyntheticRun, evaluation, ONLINE } from '../../api/synthetic-runs.ts';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { prepareHome } from '../support/prepared-home.ts';

const PROMPTS = ['one', 'two', 'three'];

/** A loaded machine may take seconds for what normally takes an instant. */
const PATIENT = { timeout: 60_000 };

/** Two seeds of APA and a PPO run whose judge falls while its reward rises. */
function threeRuns(host: RunHost) {
  const judges = { apa: [0, 1, 1.2], ppo: [0, 1, 0.2] } as const;
  return (['apa', 'apa', 'ppo'] as const).map((recipe, index) => {
    const steps = [0, 1, 2].map((k) => ({
      step: 10 * k,
      metrics: evaluation(2 * k, k + index / 10, judges[recipe][k]),
      checkpoint: k > 0,
      // Changes that differ from prompt to prompt, so that three prompts have an interval.
      replies: PROMPTS.map((prompt, at) => ({
        prompt,
        response: ` ${recipe}${index} at ${k} to ${prompt}`,
        score: k + index + 0.01 * at * k,
        judge: judges[recipe][k]! + 0.01 * at * k,
      })),
    }));
    const seed = recipe === 'apa' ? index : 0;
    return addSyntheticRun(host, { config: { ...ONLINE, recipe, seed, name: `${recipe}-${index}` }, steps })
      .id as string;
  });
}

test('runs are chosen, compared, kept as a study, and read at one KL', { timeout: 150_000 }, async () => {
  const { home } = await prepareHome(threeRuns);
  const { page, open, complaints } = await openApp({ home });
  await open('/studies');
  for (const name of ['apa-0', 'apa-1', 'ppo-2']) await page.getByRole('checkbox', { name }).check();
  await page.getByRole('button', { name: 'Compare 3 runs' }).click();
  const table = page.getByRole('table', { name: 'All runs at the same KL' });
  await table.waitFor();
  await page.getByRole('combobox', { name: 'Compare by' }).selectOption('reward');
  // All three runs reach KL 4, the largest where they can be compared; each line ends at iteration 20.
  await page.getByRole('heading', { name: 'At KL 4 nats' }).waitFor();
  expect(await page.locator('text.end-text').allTextContents()).toEqual(['20', '20', '20']);
  await page.getByRole('slider', { name: 'Compare at KL' }).fill('3');
  // At KL 3, halfway between the last two evaluations: APA 1.5 and 1.6, PPO 1.7.
  await expect
    .poll(() => table.locator('tbody tr').allInnerTexts(), PATIENT)
    .toEqual([
      expect.stringMatching(/APA, apa_lambda 1, 2 seeds\s+1\.55\s.*\s2$/s),
      expect.stringMatching(/ppo-2\s+1\.7\s.*\s1$/s),
    ]);
  await page.getByRole('combobox', { name: 'Compare by' }).selectOption('judge');
  await page.getByText('over-optimization').waitFor();
  expect(await page.getByRole('region', { name: 'Config differences' }).innerText()).toMatch(/method\.kl_coef/);
  await page.getByRole('button', { name: 'Save as a study' }).click();
  await page.waitForURL(/study=1/);
  await open('/studies');
  await page.getByRole('link', { name: 'ppo-2, apa-1, apa-0' }).waitFor();
  expect(complaints).toEqual([]);
});

/** Two runs without a judge, of which one ends at a KL of 2 and the other at one of 4. */
function unlikeReach(host: RunHost) {
  return [1, 2].map((reach) => {
    const steps = [0, 1, 2].map((k) => ({ step: 10 * k, metrics: evaluation(reach * k, k) }));
    return addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', name: `reach-${reach}` }, steps }).id as string;
  });
}

test('runs of unlike reach are read where all of them come, without a judge that none has', {
  timeout: 150_000,
}, async () => {
  const { home, filled } = await prepareHome(unlikeReach);
  const { page, open, complaints } = await openApp({ home });
  await open(`/studies?runs=${filled.join(',')}`);
  await page.getByRole('heading', { name: 'At KL 2 nats' }).waitFor();
  const choice = page.getByRole('combobox', { name: 'Compare by' });
  expect(await choice.locator('option').allTextContents()).toEqual(['Held-out reward']);
  // The order of time: from faint to full along each line, with an arrow at its end.
  const frontier = page.getByRole('region', { name: 'Reward versus KL' });
  const strengths = await frontier
    .locator('circle.dot')
    .evaluateAll((dots) =>
      (dots as unknown as { getAttribute(name: string): string }[]).map((dot) =>
        Number(dot.getAttribute('fill-opacity')),
      ),
    );
  expect(strengths).toHaveLength(6);
  for (const line of [strengths.slice(0, 3), strengths.slice(3)]) {
    expect(line.at(-1)).toBe(1);
    expect(line.toSorted()).toEqual(line);
    expect(new Set(line).size).toBe(3);
  }
  expect(await frontier.locator('.arrow').count()).toBe(2);
  expect(complaints).toEqual([]);
});

test('blind rating by keys ends with names, an interval and a dataset', { timeout: 150_000 }, async () => {
  const { home, filled } = await prepareHome(threeRuns);
  const { page, open } = await openApp({ home });
  await open(`/studies?runs=${filled.join(',')}`);
  await page.getByRole('button', { name: 'Start blind rating' }).click();
  await page.getByText('Pair 1 of 3').waitFor();
  expect(await page.locator('main').innerText()).not.toMatch(/apa-0|apa-1/);
  for (const [key, next] of [
    ['1', 'Pair 2 of 3'],
    ['2', 'Pair 3 of 3'],
    ['0', 'No pairs left'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByText(next).waitFor();
  }
  await page.getByRole('button', { name: 'Export preference dataset' }).click();
  const file = await page.locator('p[role="status"] code').innerText();
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
  await page.getByRole('button', { name: 'Finish and reveal names' }).click();
  const result = page.getByRole('region', { name: 'Rating result' });
  await expect.poll(() => result.innerText(), PATIENT).toMatch(/apa-0, iteration 20 over apa-1, iteration 20/);
  expect(await result.innerText()).toMatch(/1 tied, 0 skipped/);
  // What was written stands among the datasets.
  await page.getByRole('link', { name: 'Open the dataset' }).click();
  await page.getByRole('heading', { name: /^ratings-1/ }).waitFor();
  await open('/datasets');
  await page.getByRole('link', { name: /^ratings-1/ }).waitFor();
});

test.each(['light', 'dark'] as const)('axe and the layout find nothing: %s', { timeout: 150_000 }, async (theme) => {
  const { home, filled } = await prepareHome(threeRuns);
  const { page, open } = await openApp({ home, theme });
  await open(`/studies?runs=${filled.join(',')}`);
  await page.getByRole('region', { name: 'Overlaid metrics' }).locator('svg').first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await layoutFaults(page)).toEqual([]);
});
