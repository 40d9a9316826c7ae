import { expect, test } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import { configDifferences } from '../../../src-main/api/studies/compare-runs.ts';
import { findCompared } from '../../../src-main/api/studies/compared-run.ts';
import {
  configByMethod,
  methodsBeside,
  planMethods,
  requireMethod,
} from '../../../src-main/api/studies/method-plan.ts';
import { startMethods, startSeeds } from '../../../src-main/api/studies/start-study.ts';
import { fakeHost } from '../../runs/fake-host.ts';
import { addSyntheticRun, ONLINE } from '../synthetic-runs.ts';

const CONFIG = {
  ...ONLINE,
  recipe: 'apa',
  name: 'polite',
  seed: 3,
  method: { apa_lambda: 0.5, lam: 0.9 },
  updates: { total_iterations: 7 },
  rollouts: { num_rollouts: 16, chunk_size: 8 },
};

function added(metrics: Readonly<Record<string, number>> = {}) {
  const host = fakeHost({});
  const run = addSyntheticRun(host, { config: CONFIG, steps: [{ step: 1, metrics }] });
  return { host, from: findCompared(host, run.id) };
}

test('three configs that differ in the method and in what its own preset says, and in nothing else', () => {
  const { from } = added();
  const methods = methodsBeside(requireMethod(from));
  expect(methods.map(({ name }) => name)).toEqual(['apa', 'ppo', 'awr']);
  const configs = methods.map((method) =>
    resolveRecipeConfig(configByMethod(method, from, { lambda: 2, klCoef: 0.3 })),
  );
  const [apa, ppo, awr] = configs.map(({ file }) => file as { method: Record<string, unknown> });
  expect([apa?.method.apa_lambda, awr?.method.awr_lambda, ppo?.method.kl_coef]).toEqual([2, 2, 0.3]);
  expect([apa?.method.lam, awr?.method.lam, ppo?.method.lam]).toEqual([0.9, 0.9, 0.9]);
  const paths = configDifferences(configs.map(({ file }) => file))
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('method.'));
  expect(paths).toEqual(['recipe', 'scaling.advantages']);
});

test('a method on given responses is compared with those that learn from such data, too', () => {
  const host = fakeHost({});
  const config = { ...CONFIG, recipe: 'apa-offline' };
  const run = addSyntheticRun(host, { config, steps: [] });
  const from = findCompared(host, run.id);
  const methods = methodsBeside(requireMethod(from));
  expect(methods.map(({ name }) => name)).toEqual(['apa-offline', 'awr-offline']);
  const files = methods.map(
    (method) => resolveRecipeConfig(configByMethod(method, from, { lambda: 2, klCoef: 0.3 })).file,
  );
  expect(files).toMatchObject([{ method: { apa_lambda: 2, lam: 0.9 } }, { method: { awr_lambda: 2, lam: 0.9 } }]);
});

test("PPO's kl_coef is λ in its own units where the run has measured them", () => {
  const { host, from } = added({ 'scales/advantage_std': 0.4 });
  expect(planMethods(host.setup.store.read, from)).toMatchObject({ lambda: 0.5, klCoef: 0.2 });
  const unmeasured = added();
  const plan = planMethods(unmeasured.host.setup.store.read, unmeasured.from);
  expect(plan).toEqual({ lambda: 0.5, klCoef: 0.05, klCoefBecause: 'the preset of PPO' });
});

test('a run without a λ is refused', () => {
  const host = fakeHost({});
  const config = { recipe: 'sft', model: '/m', data: { files: ['/d'] } };
  const run = addSyntheticRun(host, { config, steps: [] });
  expect(() => planMethods(host.setup.store.read, findCompared(host, run.id))).toThrow(/sft run/);
});

test('three runs are queued as one study', async () => {
  const { host, from } = added();
  const { study, runs } = await startMethods(host, { run: from.run.id, lambda: 1, klCoef: 0.1 });
  expect(runs.map(({ recipe, name }) => [recipe, name])).toEqual([
    ['apa', 'polite-apa'],
    ['ppo', 'polite-ppo'],
    ['awr', 'polite-awr'],
  ]);
  expect(study).toMatchObject({ name: 'polite: APA, PPO, AWR', runs: runs.map(({ id }) => id) });
  await host.idle();
  expect(runs.map(({ id }) => host.find(id).state)).toEqual(['finished', 'finished', 'finished']);
});

test('seeds are queued beside the run itself, its own seed left out', async () => {
  const { host, from } = added();
  const { study, runs } = await startSeeds(host, { run: from.run.id, seeds: [3, 4, 5, 4] });
  expect(runs.map(({ name }) => name)).toEqual(['polite-seed-4', 'polite-seed-5']);
  expect(study.runs).toEqual([from.run.id, ...runs.map(({ id }) => id)]);
  const configs = [from.run.id, ...runs.map(({ id }) => id)].map((id) => findCompared(host, id).config);
  expect(configDifferences(configs).map(({ path }) => path)).toEqual(['seed']);
  await expect(startSeeds(host, { run: from.run.id, seeds: [3] })).rejects.toThrow(/already has the seed 3/);
  await host.idle();
});
