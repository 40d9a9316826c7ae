import { expect, test } from 'vitest';
import { seedBands } from '../../../src-renderer/plots/seed-bands.ts';

const series = (group: number, ...values: readonly number[]) => ({
  group,
  points: values.map((value, step) => ({ step, value })),
});

test('mean and range over the seeds that have a value at a step', () => {
  const [band, single] = seedBands([series(0, 1, 4), series(0, 3, Number.NaN), series(1, 7)]);
  expect(band).toEqual({
    group: 0,
    n: 2,
    points: [
      { step: 0, mean: 2, low: 1, high: 3, n: 2 },
      { step: 1, mean: 4, low: 4, high: 4, n: 1 },
    ],
  });
  expect(single).toMatchObject({ group: 1, n: 1 });
});

test('a long band is thinned and keeps its extremes', () => {
  const values = Array.from({ length: 10_000 }, (_, index) => (index === 5555 ? 99 : 1));
  const [band] = seedBands([series(0, ...values)], 500);
  expect(band?.points).toHaveLength(500);
  expect(Math.max(...(band?.points ?? []).map(({ high }) => high))).toBe(99);
});
