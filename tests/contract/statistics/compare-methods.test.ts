import { expect, test } from 'vitest';
import type { SeedValues } from '#contract/statistics/clustered-mean.ts';
import { compareMethods } from '#contract/statistics/compare-methods.ts';
import { predictionInterval } from '#contract/statistics/prediction.ts';
import { compareAll, levelForAll, type Pair } from '#contract/statistics/simultaneous.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import cases from '../../fixtures/statistics/methods.json' with { type: 'json' };

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const seed = (values: object): SeedValues => {
  const prompts = new Map(Object.entries(values as Record<string, number>));
  return { prompts, mean: meanOf([...prompts.values()]) };
};
const bare = (mean: number): SeedValues => ({ mean, prompts: null });

/** Made by tests/fixtures/statistics/make_methods.py: statsmodels' analysis of variance, and scipy's Welch test. */
test.each(cases.comparisons)('prompts that favor a method: $hasTaste', ({ first, second, expected }) => {
  const found = compareMethods(first.map(seed), second.map(seed));
  for (const key of ['difference', 'error', 'low', 'high'] as const) expect(found[key]).toBeCloseTo(expected[key], 9);
  expect(found.degrees).toBeCloseTo(expected.degrees, 6);
  expect(found).toMatchObject({ seeds: [first.length, second.length], prompts: 12 });
});

test('only prompts that every run answered count', () => {
  // Without prompt c, which one run lacks: means 1.5, 2.5 and 1, 1, hence 2 - 1.
  const found = compareMethods(
    [seed({ a: 1, b: 2, c: 100 }), seed({ a: 2, b: 3 })],
    [seed({ a: 0, b: 2, c: 0 }), seed({ b: 1, a: 1, c: 9 })],
  );
  expect(found).toMatchObject({ difference: 1, prompts: 2 });
});

test('without values of prompts, seeds alone decide, by the test of Welch', () => {
  // scipy: ttest_ind([1.1, 1.3, 1.2], [0.7, 1.0, 0.6, 0.8], equal_var=False).confidence_interval(0.95)
  const found = compareMethods([1.1, 1.3, 1.2].map(bare), [0.7, 1, 0.6, 0.8].map(bare));
  expect(found).toMatchObject({ winner: 'first', seeds: [3, 4], prompts: 0 });
  expect([found.low, found.high]).toEqual([expect.closeTo(0.1575396, 6), expect.closeTo(0.692460386, 6)]);
});

test.each([
  ['one seed', [2], [1, 1.1, 0.9]],
  ['no spread at all', [2, 2, 2], [1, 1, 1]],
  ['a difference within the spread', [1.2, 0.8, 1], [0.9, 1.1, 0.7]],
  ['a run that diverged next to one that did not', [Number.NaN, 9], [1, 1.1, 0.9]],
  ['nothing', [], [1, 2]],
])('%s cannot tell', (_what, ours, theirs) => {
  expect(compareMethods(ours.map(bare), theirs.map(bare)).winner).toBe('cannot tell');
});

test.each(cases.levels)('the level of each of many comparisons agrees with numpy ($deviations)', (each) => {
  const random = seededGenerator(5, 'levels');
  const cells = each.deviations.map((deviation) => ({ n: each.n, variance: deviation ** 2 }));
  const found = levelForAll(cells, each.pairs as unknown as Pair[], () => random.normal());
  // 4,000 rounds: the share below the quantile has a deviation of √(0.05 · 0.95 / 4000) = 0.0034, 7% of 0.05.
  expect(Math.abs(found / each.level - 1)).toBeLessThan(0.2);
  expect(found).toBeGreaterThan(0.05 / each.pairs.length);
});

test('simultaneous intervals are wider than single ones, and a pair that cannot tell costs nothing', () => {
  const cells = [[1, 1.2, 0.9], [0.4, 0.6, 0.5], [0.7, 0.5, 0.9], [3]].map((means) => means.map(bare));
  const random = seededGenerator(6, 'pairs');
  const [alone, ...none] = compareAll(
    cells,
    [
      [0, 1],
      [0, 3],
    ],
    () => random.normal(),
  );
  expect(alone).toEqual(compareMethods(cells[0]!, cells[1]!));
  expect(none.map(({ winner }) => winner)).toEqual(['cannot tell']);
  const [together] = compareAll(
    cells,
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ],
    () => random.normal(),
  );
  expect(together!.high).toBeGreaterThan(alone!.high);
  expect(together!.low).toBeLessThan(alone!.low);
});

test('the prediction interval of one and of three fresh seeds agrees with scipy', () => {
  const { values, one, three } = cases.prediction;
  expect(Object.values(predictionInterval(values))).toEqual(one.map((bound) => expect.closeTo(bound, 9)));
  expect(Object.values(predictionInterval(values, 3))).toEqual(three.map((bound) => expect.closeTo(bound, 9)));
  expect(predictionInterval([1]).low).toBeNaN();
});
