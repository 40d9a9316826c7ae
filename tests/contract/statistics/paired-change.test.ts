import { expect, test } from 'vitest';
import { studentQuantile } from '#contract/statistics/distributions.ts';
import { judgeOverOptimization } from '#contract/statistics/over-optimization.ts';
import {
  changeOfDistinct,
  changeOfMean,
  changePerToken,
  directionOf,
  type PairedChange,
} from '#contract/statistics/paired-change.ts';
import cases from '../../fixtures/statistics/paired-change.json' with { type: 'json' };

/** Made by tests/fixtures/statistics/make.py with scipy.stats.ttest_rel and a jackknife that leaves out each prompt. */
const DIGITS = 5;

function expectChange(ours: PairedChange, expected: object & { readonly n: number }): void {
  const { n, ...numbers } = expected;
  const close = Object.entries(numbers).map(([key, value]) => [key, expect.closeTo(value as number, DIGITS)]);
  expect(ours).toMatchObject({ n, ...Object.fromEntries(close) });
}

test.each(cases.means)('the change of a mean is the paired t interval ($expected.n prompts)', (one) => {
  const ours = changeOfMean(one.before, one.after);
  expectChange(ours, one.expected);
  expect(ours.ties).toBeCloseTo(one.ties, 12);
});

test.each(cases.perToken)('the change of a mean per token is the jackknife ($expected.n prompts)', (one) => {
  expectChange(changePerToken(one.before, one.after), one.expected);
});

test.each(cases.distinct)('the change of the distinct share is the jackknife ($expected.n prompts)', (one) => {
  expectChange(changeOfDistinct(one.before, one.after), one.expected);
});

test('quantiles for the power agree with scipy.stats.t.ppf(0.8, df)', () => {
  // scipy 1.17.1: df 1, 4, 30, 31, 63, 279.
  const expected = [1.3763819, 0.9409646, 0.8537673, 0.8533703, 0.8473639, 0.8429114];
  [1, 4, 30, 31, 63, 279]
    .map((degrees) => studentQuantile(degrees, 0.8))
    .forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 5);
    });
});

test('a single prompt and a few equal changes tell nothing; six equal changes do', () => {
  const equal = (n: number) => changeOfMean(new Array(n).fill(0), new Array(n).fill(1));
  expect(equal(1)).toMatchObject({ change: 1, low: Number.NaN, high: Number.NaN });
  expect(directionOf(equal(5))).toBe('unclear');
  expect(equal(6)).toMatchObject({ change: 1, low: 1, high: 1 });
  expect(changeOfMean([1, 2], [1, 2])).toMatchObject({ change: 0, low: 0, high: 0, ties: 1 });
  expect(changeOfMean([], [])).toMatchObject({ n: 0, change: Number.NaN, low: Number.NaN });
});

test('over-optimization needs a reward above and a judge below, each beyond its interval', () => {
  const [up, down, unclear] = [
    { low: 0.1, high: 0.5 },
    { low: -0.4, high: -0.1 },
    { low: -0.1, high: 0.1 },
  ];
  expect(judgeOverOptimization(up, down)).toEqual({ isFound: true, reward: 'up', judge: 'down' });
  expect(judgeOverOptimization(up, unclear)).toEqual({ isFound: false, reward: 'up', judge: 'unclear' });
  expect(judgeOverOptimization(unclear, down).isFound).toBe(false);
  expect(judgeOverOptimization(up, null)).toEqual({ isFound: false, reward: 'up', judge: null });
  expect(judgeOverOptimization({ low: Number.NaN, high: Number.NaN }, down).isFound).toBe(false);
});
