import { expect, test } from 'vitest';
import { wilsonInterval, winRate } from '#contract/statistics/intervals.ts';

test('the Wilson interval agrees with published values', () => {
  // 10 of 20: R's binom::binom.wilson(10, 20) gives 0.2992980, 0.7007020; 0 of 10: 0, 0.2775328.
  expect(wilsonInterval(10, 20).low).toBeCloseTo(0.299298, 6);
  expect(wilsonInterval(10, 20).high).toBeCloseTo(0.700702, 6);
  expect(wilsonInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(0.2775328, 6) });
  expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
});

test('a tie counts one half', () => {
  expect(winRate([1, 2, 3, 4], [0, 2, 4, 1]).share).toBe(0.625);
});
