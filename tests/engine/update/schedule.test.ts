import { expect, test } from 'vitest';
import { cosineRate, learningRateAt } from '#engine/update/schedule.ts';
import { expectDouble, readGolden } from '../../support/apa-vectors.ts';

interface CosineCase {
  readonly base: number;
  readonly t_max: number;
  readonly eta_min: number;
  readonly steps: readonly number[];
  readonly expected: readonly number[];
}
const { cosine_cases: cases } = readGolden<{ readonly cosine_cases: readonly CosineCase[] }>('vectors.json');

test.each(cases)('cosine from $base to $eta_min over $t_max', ({ base, t_max, eta_min, steps, expected }) => {
  expectDouble(
    steps.map((step) => cosineRate(step, base, t_max, eta_min)),
    expected,
  );
  const options = { learningRate: base, minLearningRate: eta_min, schedule: 'cosine', warmupSteps: 0 } as const;
  const within = steps.filter((step) => step < t_max);
  expectDouble(
    within.map((step) => learningRateAt(options, step + 1, t_max)),
    expected.slice(0, within.length),
  );
});

test('warm-up rises, then the schedule falls to its floor and stays', () => {
  const options = { learningRate: 8, minLearningRate: 2, warmupSteps: 2 };
  const rates = (schedule: 'constant' | 'linear' | 'cosine') =>
    [1, 2, 3, 4, 5, 6, 7, 99].map((update) => learningRateAt({ ...options, schedule }, update, 5));
  expect(rates('constant')).toEqual([4, 8, 8, 8, 8, 8, 8, 8]);
  expect(rates('linear')).toEqual([4, 8, 8, 6, 4, 2, 2, 2]);
  expect(rates('cosine').map((rate) => Math.round(rate * 10) / 10)).toEqual([4, 8, 8, 6.5, 3.5, 2, 2, 2]);
});
