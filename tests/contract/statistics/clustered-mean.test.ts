import { expect, test } from 'vitest';
import { groupInterval } from '#contract/statistics/clustered-mean.ts';
import { meanInterval } from '#contract/statistics/mean-interval.ts';
import cases from '../../fixtures/statistics/clustered-mean.json' with { type: 'json' };

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Made by tests/fixtures/statistics/make.py: statsmodels' OLS with covariance clustered by seed and prompt. */
test.each(cases)(
  'seeds and prompts together ($runs.length seeds, share: $isShare)',
  ({ runs, isShare, ...expected }) => {
    const seeds = runs.map((values) => {
      const prompts = new Map(Object.entries(values as Record<string, number>));
      return { prompts, mean: meanOf([...prompts.values()]) };
    });
    const found = groupInterval(seeds, isShare);
    expect(found).toMatchObject({ n: runs.length, over: 'seeds and prompts' });
    for (const key of ['mean', 'low', 'high'] as const) expect(found[key]).toBeCloseTo(expected[key], 5);
  },
);

test('one seed has an interval over its prompts only, and without prompts none', () => {
  const prompts = new Map([1.2, 1.5, 0.9].map((value, index) => [`prompt ${index}`, value]));
  // scipy: t.interval(0.95, 2, loc=mean, scale=sem) of [1.2, 1.5, 0.9]
  expect(groupInterval([{ mean: 1.2, prompts }])).toMatchObject({
    over: 'prompts',
    low: expect.closeTo(0.4547587, 6),
    high: expect.closeTo(1.9452413, 6),
  });
  expect(groupInterval([{ mean: 1.2, prompts: null }])).toMatchObject({ over: 'nothing', low: Number.NaN, n: 1 });
});

test('without the values of prompts, seeds alone make the interval', () => {
  const means = [0.31, 0.42, 0.29, 0.37, 0.4];
  const { over, ...found } = groupInterval(means.map((mean) => ({ mean, prompts: null })));
  expect(over).toBe('seeds');
  expect(found).toEqual(meanInterval(means));
});

test.each([[[1, 1, 1]], [[0, 0, 0]], [[0.95, 1, 0.9]], [[0.02, 0, 0.01]]])(
  'the interval of shares %j stays within 0 and 1',
  (shares) => {
    const found = groupInterval(
      shares.map((mean) => ({ mean, prompts: null })),
      true,
    );
    expect(found.low).toBeGreaterThanOrEqual(0);
    expect(found.high).toBeLessThanOrEqual(1);
    expect(found.high - found.low).toBeGreaterThan(0);
  },
);
