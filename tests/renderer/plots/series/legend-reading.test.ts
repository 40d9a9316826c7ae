import { expect, test } from 'vitest';
import type { PlotLine } from '../../../../src-renderer/plots/plot-line.ts';
import { legendReadings } from '../../../../src-renderer/plots/series/legend-reading.ts';

const line = (steps: readonly number[], value: number): PlotLine => ({
  ...{ key: 'a', label: 'a', color: '--series-1', means: null, count: steps.length },
  points: { steps: Float64Array.from(steps), values: new Float64Array(steps.length).fill(value) },
});
const ROLLOUT = line([1, 2, 3, 4, 5, 6, 7, 8], 20);
const EVALUATION = line([0, 5], 90);
const read = (...args: Parameters<typeof legendReadings>) =>
  legendReadings(...args).map(({ value, at }) => [value, at]);

test('under the cursor stands what was measured there, and nothing from before', () => {
  const at = (step: number) => read([ROLLOUT, EVALUATION], { step, reach: 0.5 }, true);
  expect([0, 4, 5, 6].map(at)).toEqual([
    [
      [null, null],
      [90, null],
    ],
    [
      [20, null],
      [null, null],
    ],
    [
      [20, null],
      [90, null],
    ],
    [
      [20, null],
      [null, null],
    ],
  ]);
});

test('without a cursor a line tells its end, with its step where others go on; a stack tells one step', () => {
  expect(read([ROLLOUT, EVALUATION], null, false)).toEqual([
    [20, null],
    [90, 5],
  ]);
  expect(read([ROLLOUT, EVALUATION], null, true)).toEqual([
    [20, null],
    [null, null],
  ]);
  expect(read([line([], 1)], null, false)).toEqual([[null, null]]);
});
