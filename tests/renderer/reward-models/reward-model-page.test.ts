import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { certify } from '#engine/evaluation/certificate.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { addSyntheticRun } from '../../api/synthetic-runs.ts';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { prepareHome } from '../support/prepared-home.ts';

const CONFIG = { recipe: 'reward-model', model: '/m', data: { files: ['/pairs.jsonl'] } };

function pairs(share: number, longer: 1 | -1) {
  return Array.from({ length: 100 }, (_, index) => ({
    chosenScore: index < 100 * share ? 2 : -1,
    rejectedScore: 0,
    chosenLength: 5 + longer * (index % 3),
    rejectedLength: 5,
  }));
}

/** A good one, one that guesses, and one whose pairs have the shorter response chosen. */
function threeModels(host: RunHost) {
  return (
    [
      [0.9, 1],
      [0.5, 1],
      [0.8, -1],
    ] as const
  ).map(([share, longer], index) => {
    const judged = pairs(share, longer);
    const certificate = certify(judged);
    const config = { ...CONFIG, name: `model ${index}` };
    const run = addSyntheticRun(host, { config, steps: [], summary: { certificate } });
    const worst = certificate.worst.map((at) => ({
      ...{ prompt: 'Where is it?', chosen: '<b>sorry</b>', rejected: 'no', file: 'pairs.jsonl', line: at + 1 },
      ...judged[at],
    }));
    mkdirSync(join(run.folder, 'certificate'), { recursive: true });
    writeFileSync(join(run.folder, 'certificate', 'worst-pairs.json'), JSON.stringify(worst));
    return run.id as string;
  });
}

test('a certificate is shown with its verdict and the pairs to read, in both themes', {
  timeout: 150_000,
}, async () => {
  const { home, filled } = await prepareHome(threeModels);
  const { page, open, complaints } = await openApp({ home });
  await open(`/reward-models/${filled[0]}`);
  await page.getByRole('heading', { name: 'An online run would accept it' }).waitFor();
  // 90 of 100: Wilson interval 82.6 to 94.5 (statsmodels: 0.8256343, 0.9447684).
  await page.getByText('82.6% to 94.5%, Wilson 95%, 100 pairs').waitFor();
  // Chosen texts have 5, 6 or 7 words, rejected ones 5: the longer wins in 66 of 100 pairs and ties in 34, 83%.
  await page.getByText('“Always the longer” baseline').waitFor();
  await page.getByText('83.0%', { exact: true }).waitFor();
  // The lower end of its interval, 82.6%, is below what that rule reaches.
  await page.getByText(/the model does not clearly beat it/).waitFor();
  const worst = page.getByRole('article', { name: 'Disagreement 1', exact: true });
  expect(await worst.innerText()).toMatch(/<b>sorry<\/b>.*margin −1, line 91/s);
  await expect.poll(() => page.getByRole('article').count()).toBe(10);
  expect(await seriousFaults(page)).toEqual([]);
  expect(await layoutFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await seriousFaults(page)).toEqual([]);
  await open(`/reward-models/${filled[1]}`);
  await page.getByRole('heading', { name: 'An online run would refuse it' }).waitFor();
  await page.getByText('which includes chance').waitFor();

  // Here “always the shorter” is right in 83 of 100, more than the accuracy of 80: the better rule is the one to beat.
  await open(`/reward-models/${filled[2]}`);
  await page.getByText('“Always the shorter” baseline').waitFor();
  await page.getByText('83.0%', { exact: true }).waitFor();
  await page.getByText(/the model does not clearly beat it/).waitFor();
  expect(complaints).toEqual([]);
});
