import { expect, test } from 'vitest';
import { bestOfN, bestOfNKlBound } from '#contract/statistics/best-of-n.ts';

// By Python: itertools.combinations of six responses, the mean over all choices of n of the highest score, and of the
// judge's value of the response that has it (the mean of both where two have it).
const SCORES = [0.5, 2, -1, 2, 0, 1];
const JUDGED = [10, 20, 30, 40, 50, 60];
const EXPECTED = [
  [1, 0.75, 35],
  [2, 1.4666666666666666, 34.666666666666664],
  [3, 1.775, 33.5],
  [4, 1.9333333333333333, 32],
  [5, 2, 30],
  [6, 2, 30],
] as const;

test.each(EXPECTED)('the best of %i among six, over all choices', (n, score, judged) => {
  expect(bestOfN(SCORES, SCORES, n)).toBeCloseTo(score, 12);
  expect(bestOfN(SCORES, JUDGED, n)).toBeCloseTo(judged, 12);
});

test('the most that the KL can be', () => {
  // numpy: log n - (n - 1) / n
  expect([1, 2, 4, 16, 64].map(bestOfNKlBound)).toEqual(
    [0, 0.1931471805599453, 0.6362943611198906, 1.8350887222397811, 3.1745080833596715].map((value) =>
      expect.closeTo(value, 12),
    ),
  );
});
