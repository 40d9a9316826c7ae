import { expect, test } from 'vitest';
import { studentQuantile } from '#contract/statistics/distributions.ts';
import { halfWidth, meanInterval } from '#contract/statistics/mean-interval.ts';

test("quantiles of Student's t agree with scipy.stats.t.ppf(0.975, df)", () => {
  // scipy 1.17.1: df 1, 4, 30, 31, 40, 100, 279.
  const expected = [12.706205, 2.776445, 2.042272, 2.0395134, 2.0210754, 1.9839715, 1.9685031];
  const ours = [1, 4, 30, 31, 40, 100, 279].map((degrees) => studentQuantile(degrees));
  ours.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 5);
  });
});

test('the mean of three and of five seeds agrees with scipy.stats.t.interval', () => {
  // t.interval(0.95, 2, loc=mean, scale=sem) of [1.2, 1.5, 0.9], and with 4 degrees of [0.31, 0.42, 0.29, 0.37, 0.4].
  const three = meanInterval([1.2, 1.5, 0.9]);
  expect(three).toMatchObject({ n: 3, least: 0.9, most: 1.5, mean: expect.closeTo(1.2, 12) });
  expect([three.low, three.high]).toEqual([expect.closeTo(0.4547587, 6), expect.closeTo(1.9452413, 6)]);
  const five = meanInterval([0.31, 0.42, 0.29, 0.37, 0.4]);
  expect([five.mean, five.low, five.high]).toEqual([
    expect.closeTo(0.358, 12),
    expect.closeTo(0.2880909, 6),
    expect.closeTo(0.4279091, 6),
  ]);
});

test('one value has no interval, and what is no number is left out', () => {
  expect(meanInterval([2])).toEqual({ mean: 2, n: 1, low: Number.NaN, high: Number.NaN, least: 2, most: 2 });
  expect(meanInterval([1, Number.NaN, 3])).toMatchObject({ mean: 2, n: 2 });
});

test('half an interval by hand', () => {
  // 5 values with deviation 2: 2.776445 · 2 / √5 = 2.483328
  expect(halfWidth(2, 5)).toBeCloseTo(2.483328, 5);
  expect(halfWidth(2, 1)).toBeNaN();
});
