import { expect, test } from 'vitest';
import { smoothPoints } from '../../../../src-renderer/plots/series/chart-model.ts';

const points = (values: readonly number[], steps = values.map((_, at) => at)) => ({
  steps: Float64Array.from(steps),
  values: Float64Array.from(values),
});
const close = (values: Float64Array) => [...values].map((value) => Number(value.toFixed(6)));

test('the average is corrected for its start', () => {
  // Weight 1/2 over 4 and 8: 0.5 · 4 / 0.5 = 4; (0.5 · 2 + 0.5 · 8) / 0.75 = 6.666667.
  expect(close(smoothPoints(points([4, 8]), 0.5).values)).toEqual([4, 6.666667]);
});

test('a constant stays what it is, and no weight changes nothing', () => {
  expect(close(smoothPoints(points([3, 3, 3, 3]), 0.9).values)).toEqual([3, 3, 3, 3]);
  expect([...smoothPoints(points([1, 5, 2]), 0).values]).toEqual([1, 5, 2]);
});

test('a gap in the steps counts for as many steps as it is wide', () => {
  // Steps 0, 1, 4, range 4 in 2 units of 2: weights 0.25 ** (1 / 2) = 0.5, then 0.25 ** (3 / 2) = 0.125.
  // 0.25: (0.75 · 8) / 0.75 = 8; 0.5 · 6 + 0.5 · 0 = 3 over 0.5 · 0.75 + 0.5 = 0.875; 0.125 · 3 + 0.875 · 0 over 0.984375.
  expect(close(smoothPoints(points([8, 0, 0], [0, 1, 4]), 0.25).values)).toEqual([8, 3.428571, 0.380952]);
});

test('what is not finite stays and is passed over', () => {
  expect(close(smoothPoints(points([4, Number.NaN, 4]), 0.5).values)).toEqual([4, Number.NaN, 4]);
});

test('ten thousand points over the same steps give about the line of a hundred', () => {
  const course = (size: number) => {
    const steps = Array.from({ length: size }, (_, at) => (at * 1000) / (size - 1));
    return smoothPoints(
      points(
        steps.map((step) => Math.tanh(step / 200)),
        steps,
      ),
      0.8,
    ).values;
  };
  expect(Math.abs(course(10_000)[5000]! - course(101)[50]!)).toBeLessThan(0.02);
});
