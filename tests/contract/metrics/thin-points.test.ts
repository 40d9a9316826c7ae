import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanPoints, type Points, thinPoints } from '../../../src-main/contract/metrics/thin-points.ts';

const points = (values: readonly number[], steps = values.map((_, at) => at)): Points => ({
  steps: Float64Array.from(steps),
  values: Float64Array.from(values),
});
const pairs = ({ steps, values }: Points) => [...steps].map((step, at) => [step, values[at]]);

test('a short series stays as it is', () => {
  const short = points([1, Number.NaN, 3]);
  expect(thinPoints(short, 1)).toBe(short);
});

test('keeps the lowest and the highest of each stretch in order, and both ends', () => {
  // Steps 0 to 7 in two stretches: 0 to 3 hold 5 1 9 2, 4 to 7 hold 2 NaN 8 3.
  const thin = thinPoints(points([5, 1, 9, 2, 2, Number.NaN, 8, 3]), 2);
  expect(pairs(thin)).toEqual([
    [0, 5],
    [1, 1],
    [2, 9],
    [4, 2],
    [6, 8],
    [7, 3],
  ]);
});

test('a stretch of NaN keeps one; it hides nothing beside it', () => {
  const nan = Number.NaN;
  const thin = thinPoints(points([1, 2, 3, nan, nan, nan, nan, 4, 5, 6]), 2);
  expect(pairs(thin)).toEqual([
    [0, 1],
    [2, 3],
    [7, 4],
    [9, 6],
  ]);
});

test('extremes and order survive whatever comes', () => {
  const series = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ noNaN: true })), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), (rows, buckets) => {
      let step = 0;
      const steps = rows.map(([gap]) => (step += gap));
      const given = points(
        rows.map(([, value]) => value),
        steps,
      );
      const thin = thinPoints(given, buckets);
      expect(thin.steps.length).toBeLessThanOrEqual(2 * buckets + 2);
      expect(Math.max(...thin.values)).toBe(Math.max(...given.values));
      expect(Math.min(...thin.values)).toBe(Math.min(...given.values));
      expect([...thin.steps]).toEqual([...thin.steps].sort((a, b) => a - b));
      expect(thin.steps.at(-1)).toBe(given.steps.at(-1));
    }),
  );
});

test('means stand at the middle of their stretch, by the weights, without NaN', () => {
  // Two stretches of three steps: (1 + 3) / 2 beside NaN, then (4 · 1 + 7 · 3 + 6 · 0) / 4 = 6.25.
  const means = meanPoints(points([1, Number.NaN, 3, 4, 7, 6]), 2, [1, 1, 1, 1, 3, 0]);
  expect(pairs(means)).toEqual([
    [1, 2],
    [4, 6.25],
  ]);
  expect(pairs(meanPoints(points([Number.NaN, Number.NaN]), 3))).toEqual([]);
  expect(pairs(meanPoints(points([]), 3))).toEqual([]);
});
