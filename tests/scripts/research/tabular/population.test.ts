import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runtime } from '#engine/runtime/types.ts';
import {
  apaFixedPoint,
  bandit,
  type Environment,
  logTable,
  type PolicyMetrics,
  policyMetrics,
  tree,
} from '../../../../scripts/research/tabular/environment.ts';
import { createPopulation, type PopulationRun } from '../../../../scripts/research/tabular/population.ts';
import { readGolden } from '../../../support/apa-vectors.ts';
import { nativeKinds, runtimeKinds } from '../../../support/runtimes.ts';
import { softOptimum } from './soft-optimum.ts';

type Checkpoint = PolicyMetrics & { readonly step: number; readonly loss_before_last_update: number };
interface Golden {
  readonly child: readonly number[][];
  readonly reward: readonly number[][];
  readonly logits_init: readonly number[][];
  readonly init: PolicyMetrics;
  readonly lambdas: Readonly<
    Record<
      string,
      Readonly<Record<'apa_fixed_point' | 'soft_optimum', PolicyMetrics>> &
        Readonly<Record<'apa_sgd' | 'apa_adam' | 'awr_adam' | 'apa_white_adam' | 'ppo_kl_adam', readonly Checkpoint[]>>
    >
  >;
}

const golden = readGolden<Readonly<Record<'bandit8' | 'tree13', Golden>>>('tabular_expected.json');
const environments = { bandit8: bandit(), tree13: tree() } as const;
const LAMBDAS = ['0.05', '0.1', '0.5', '1.0'] as const;
const cases = (['bandit8', 'tree13'] as const).flatMap((name) => LAMBDAS.map((lambda) => ({ name, lambda })));

function expectMetrics(got: PolicyMetrics, want: PolicyMetrics, tolerance: number): void {
  expect(Math.abs(got.reward - want.reward)).toBeLessThanOrEqual(tolerance);
  expect(Math.abs(got.kl - want.kl)).toBeLessThanOrEqual(tolerance);
}

test.each(['bandit8', 'tree13'] as const)('%s is the environment of the golden file', (name) => {
  const { child, reward, logits_init, init } = golden[name];
  const ours = environments[name];
  expect(ours.child).toEqual(child);
  for (const [mine, theirs] of [
    [ours.reward, reward],
    [ours.initialLogits, logits_init],
  ] as const) {
    for (const [i, value] of mine.flat().entries()) expect(value).toBeCloseTo(theirs.flat()[i]!, 12);
  }
  expectMetrics(policyMetrics(ours, logTable(ours.initialLogits)), init, 1e-12);
});

test.each(cases)('closed forms of $name at λ = $lambda', ({ name, lambda }) => {
  const ours = environments[name];
  const want = golden[name].lambdas[lambda]!;
  expectMetrics(policyMetrics(ours, apaFixedPoint(ours, Number(lambda))), want.apa_fixed_point, 1e-9);
  expectMetrics(policyMetrics(ours, softOptimum(ours, Number(lambda))), want.soft_optimum, 1e-9);
});

describe("Keel's losses and optimizer", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await (nativeKinds.at(-1) ?? runtimeKinds[0]!).start();
  });
  afterAll(() => runtime.dispose());

  function follow(environment: Environment, run: PopulationRun, want: readonly Checkpoint[], last: number): void {
    const population = createPopulation(runtime, environment, run);
    for (let step = 1; step <= last; step++) {
      const loss = population.update();
      const checkpoint = want.find((one) => one.step === step);
      if (!checkpoint) continue;
      expectMetrics(population.metrics(), checkpoint, 1e-5);
      const expected = checkpoint.loss_before_last_update;
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(expected)));
    }
    population.close();
  }

  test.each(cases)('APA and AWR follow the exact runs on $name, λ = $lambda', ({ name, lambda }) => {
    const want = golden[name].lambdas[lambda]!;
    const run = { lambda: Number(lambda), inner: 1 } as const;
    follow(environments[name], { ...run, method: 'apa', optimizer: 'sgd' }, want.apa_sgd, 100);
    follow(environments[name], { ...run, method: 'apa', optimizer: 'adam' }, want.apa_adam, 100);
    follow(environments[name], { ...run, method: 'awr', optimizer: 'adam' }, want.awr_adam, 100);
  });

  test.each(cases)('APA reaches its closed form on $name, λ = $lambda', ({ name, lambda }) => {
    const run = { method: 'apa', optimizer: 'adam', lambda: Number(lambda), inner: 1 } as const;
    const population = createPopulation(runtime, environments[name], run);
    for (let step = 0; step < 2000; step++) population.update();
    const { kl } = population.metrics();
    expect(Math.abs(kl - golden[name].lambdas[lambda]!.apa_fixed_point.kl)).toBeLessThanOrEqual(0.01);
    population.close();
  });

  // Deviation of the advantages under the initial policy: 0.1808, so that λ counts as 0.1808 λ for good.
  test.each([
    ['0.5', 3.6493],
    ['1.0', 1.198],
  ] as const)('a frozen deviation keeps its closed form on bandit8, λ = %s', (lambda, want) => {
    const run = { method: 'apa_frozen', optimizer: 'adam', lambda: Number(lambda), inner: 1 } as const;
    const population = createPopulation(runtime, environments.bandit8, run);
    for (let step = 0; step < 2000; step++) population.update();
    expect(Math.abs(population.metrics().kl - want)).toBeLessThanOrEqual(0.01);
    population.close();
  });

  test('a whitened run follows its golden one', () => {
    const run = { method: 'apa_white', optimizer: 'adam', lambda: 0.5, inner: 1 } as const;
    follow(environments.bandit8, run, golden.bandit8.lambdas['0.5']!.apa_white_adam, 100);
  });

  test.each(cases)('PPO with a KL reward circles the soft optimum on $name, λ = $lambda', ({ name, lambda }) => {
    const run = { method: 'ppo_kl', optimizer: 'adam', lambda: Number(lambda), inner: 4 } as const;
    const population = createPopulation(runtime, environments[name], run);
    let sum = 0;
    for (let step = 1; step <= 3000; step++) {
      population.update();
      if (step >= 1500) sum += population.metrics().kl;
    }
    expect(Math.abs(sum / 1501 - golden[name].lambdas[lambda]!.soft_optimum.kl)).toBeLessThanOrEqual(0.01);
    population.close();
  });
});
