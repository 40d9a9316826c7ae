import { expect, test } from 'vitest';
import { extentOf, niceTicks, placeOn } from '../../src-main/contract/axis.ts';

test('ticks are round and inside', () => {
  expect(niceTicks([0, 8.4])).toEqual([0, 2, 4, 6, 8]);
  expect(niceTicks([-0.4, 1.6])).toEqual([0, 0.5, 1, 1.5]);
  expect(niceTicks([3, 3])).toEqual([3]);
});

test('an extent leaves room, and holds for one value or none', () => {
  expect(extentOf([0, 10], 0.1)).toEqual([-1, 11]);
  expect(extentOf([4, Number.NaN], 0.5)).toEqual([2, 6]);
  expect(extentOf([])).toEqual([0, 1]);
});

test('places between two ends, in either direction', () => {
  expect(placeOn([0, 10], 0, 200)(5)).toBe(100);
  expect(placeOn([0, 10], 200, 0)(1)).toBe(180);
  expect(placeOn([3, 3], 50, 60)(3)).toBe(50);
});
