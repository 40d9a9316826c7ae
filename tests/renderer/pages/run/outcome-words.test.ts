import { expect, test } from 'vitest';
import type { RunHost } from '../../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../../src-main/store/database.ts';
import { upsertCheckpoint } from '../../../../src-main/store/queries/checkpoints.ts';
import { addSyntheticRun, evaluation, ONLINE } from '../../../api/synthetic-runs.ts';
import { openApp } from '../../support/app.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';

const PATIENT = { timeout: 60_000 };
const JUDGE = { type: 'rules', rules: [{ type: 'regex', pattern: 'please' }] };

/** Evaluations at 0, 10 and 20; the judge is highest at 10, the reward at 20. */
function policyRun(host: RunHost, recipe: string, judges: readonly number[] | null) {
  const steps = [0, 10, 20].map((step, at) => ({ step, metrics: evaluation(at, at, judges?.[at]) }));
  const config = { ...ONLINE, recipe, name: recipe, ...(judges && { judge: JUDGE }) };
  const run = addSyntheticRun(host, { config, steps });
  const { store, now } = host.setup;
  durably(store.write, () => {
    for (const step of [10, 20]) {
      const written = { step, folder: `${run.folder}/checkpoints/${step}`, manifestHash: '', bytes: 1000 };
      upsertCheckpoint(store.write, run.number, { ...written, isBest: step === (judges ? 10 : 20) }, now(), 100 + step);
    }
  });
  return run.id as string;
}

function rewardRun(host: RunHost) {
  const pairs = { model: '/models/tiny', data: { files: ['/data/pairs.jsonl'] } };
  const steps = [0, 20].map((step) => ({
    step,
    metrics: { loss: 0.5, 'eval/loss': 0.4, 'eval/accuracy': 0.75 + step / 100 },
  }));
  return addSyntheticRun(host, { config: { ...pairs, recipe: 'reward-model', name: 'kindness' }, steps }).id as string;
}

function homeOfRuns(host: RunHost) {
  const judged = policyRun(host, 'apa', [0, 0.8, 0.4]);
  return { judged, plain: policyRun(host, 'ppo', null), reward: rewardRun(host) };
}

test('a line tells what its run has reached: a reward model its accuracy; the best is by one metric everywhere', {
  timeout: 240_000,
}, async () => {
  const { home, filled } = await prepareHome(homeOfRuns);
  const { page, open, complaints } = await openApp({ home });
  const outcome = page.locator('header.strip').getByRole('list', { name: 'Outcome' });
  const facts = page.locator('dl.facts');
  await open(`/runs/${filled.reward}`);
  await expect.poll(() => outcome.innerText(), PATIENT).toBe('agrees 95.0%');

  await open(`/runs/${filled.judged}`);
  await expect.poll(() => facts.innerText(), PATIENT).toMatch(/Best by judge\s*iteration 10/);
  await open(`/runs/${filled.judged}/artifacts`);
  expect(await page.getByRole('row', { name: /best/ }).innerText()).toMatch(/^10\s/);
  await open(`/runs/${filled.plain}`);
  await expect.poll(() => facts.innerText(), PATIENT).toMatch(/Best by held-out reward\s*iteration 20/);

  // The comparison stops each run by the same metric.
  await open(`/studies?runs=${filled.judged},${filled.plain}`);
  const stops = page.locator('li.advice');
  await expect.poll(() => stops.count(), PATIENT).toBe(2);
  expect((await stops.allInnerTexts()).map((text) => /iteration \d+, best by [a-z -]+/.exec(text)?.[0])).toEqual([
    'iteration 10, best by judge',
    'iteration 20, best by held-out reward',
  ]);
  // Retention keeps the best by that metric, so the checkpoint to stop at is there.
  for (const text of await stops.allInnerTexts()) expect(text).toContain('Its checkpoint is on disk.');
  expect(complaints).toEqual([]);
});

test('sentences under plots speak of what the run has', { timeout: 240_000 }, async () => {
  const { home, filled } = await prepareHome(homeOfRuns);
  const { page, open } = await openApp({ home });
  const notes = page.locator('figure.plot .note');
  await open(`/runs/${filled.judged}`);
  await expect.poll(() => page.locator('.u-over').count(), PATIENT).toBe(6);
  expect((await notes.allInnerTexts()).join()).toMatch(/judge.*λ/s);
  await open(`/runs/${filled.plain}`);
  await expect.poll(() => page.locator('.u-over').count(), PATIENT).toBe(6);
  expect(await notes.count()).toBeGreaterThan(2);
  expect((await notes.allInnerTexts()).join()).not.toMatch(/judge|λ/);
  expect(await layoutFaults(page)).toEqual([]);
});
