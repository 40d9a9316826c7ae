import { expect, test } from 'vitest';
import { alignLines } from '../../../../src-renderer/plots/series/align-lines.ts';

const line = (points: readonly (readonly [number, number])[]) => ({
  xs: Float64Array.from(points, ([x]) => x),
  ys: Float64Array.from(points, ([, y]) => y),
});

test('lines of different steps share one axis: no point is passed over, what cannot be drawn is a gap', () => {
  const often = line([
    [1, 10],
    [2, Number.NaN],
    [3, 30],
  ]);
  const seldom = line([
    [2, 7],
    [4, Infinity],
  ]);
  expect(alignLines([often, seldom])).toEqual([
    Float64Array.of(1, 2, 3, 4),
    [10, null, 30, undefined],
    [undefined, 7, undefined, null],
  ]);
  expect(alignLines([])).toEqual([new Float64Array()]);
});

test('a log axis has gaps where a value is not above zero', () => {
  const [, values] = alignLines(
    [
      line([
        [1, 0],
        [2, -1],
        [3, 0.1],
      ]),
    ],
    { isLog: true },
  );
  expect(values).toEqual([null, null, 0.1]);
});
