import { expect, test } from 'vitest';
import { extentOf, pathThrough, placeOn } from '../../../src-renderer/plots/plane.ts';

test('an extent leaves room, and holds for one value or none', () => {
  expect(extentOf([0, 10], 0.1)).toEqual([-1, 11]);
  expect(extentOf([4, Number.NaN], 0.5)).toEqual([2, 6]);
  expect(extentOf([])).toEqual([0, 1]);
});

test('places and paths', () => {
  expect(placeOn([0, 10], 200)(5)).toBe(100);
  expect(placeOn([0, 10], 200, true)(1)).toBe(180);
  const path = pathThrough([
    [0, 1],
    [1, Number.NaN],
    [2, 3],
    [3, 4],
  ]);
  expect(path).toBe('M0.0 1.0M2.0 3.0L3.0 4.0');
});
