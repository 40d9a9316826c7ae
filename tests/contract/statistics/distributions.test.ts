import { describe, expect, test } from 'vitest';
import { noncentralAbove, normalShare, studentQuantile, twoSidedP } from '#contract/statistics/distributions.ts';
import { detectableEffect, powerOfTwo, seedsToFind } from '#contract/statistics/sample-size.ts';
import cases from '../../fixtures/statistics/methods.json' with { type: 'json' };

/** Made by tests/fixtures/statistics/make_methods.py with scipy and statsmodels. */
const { distributions, power, needed } = cases;

describe('distributions agree with scipy', () => {
  test("quantiles of Student's t, also for degrees that are not whole", () => {
    for (const [degrees, share, expected] of distributions.quantiles) {
      expect(studentQuantile(degrees!, share) / expected!).toBeCloseTo(1, 9);
      expect(studentQuantile(degrees!, 1 - share!)).toBeCloseTo(-studentQuantile(degrees!, share), 9);
    }
  });

  test('two-sided p, the normal distribution, and the noncentral t', () => {
    for (const [t, degrees, expected] of distributions.twoSided)
      expect(twoSidedP(t!, degrees!)).toBeCloseTo(expected!, 11);
    for (const [x, expected] of distributions.normal) expect(normalShare(x!)).toBeCloseTo(expected!, 11);
    for (const [t, degrees, shift, expected] of distributions.noncentral) {
      expect(noncentralAbove(t!, degrees!, shift!)).toBeCloseTo(expected!, 6);
    }
  });

  test('there is no quantile without degrees of freedom', () => {
    expect(studentQuantile(0)).toBeNaN();
    expect(studentQuantile(Number.NaN)).toBeNaN();
    expect(studentQuantile(3, 0.5)).toBe(0);
  });
});

describe('sample sizes agree with statsmodels', () => {
  test.each(power as [number, number, number][])('effect %d with %d seeds', (effect, n, expected) => {
    expect(powerOfTwo(effect, n)).toBeCloseTo(expected, 5);
    expect(powerOfTwo(-effect, n)).toBeCloseTo(expected, 5);
  });

  test.each(needed as [number, number][])('an effect of %d needs %d seeds', (effect, expected) => {
    expect(seedsToFind(effect)).toBe(expected);
  });

  test('nothing finds no effect, and one seed finds nothing', () => {
    expect(seedsToFind(0)).toBeNull();
    expect(seedsToFind(Number.NaN)).toBeNull();
    expect(powerOfTwo(9, 1)).toBe(0);
    // scipy: (t.ppf(0.975, 8) + t.ppf(0.8, 8)) * 0.5
    expect(detectableEffect(0.5, 8)).toBeCloseTo(1.5974467, 6);
  });
});
