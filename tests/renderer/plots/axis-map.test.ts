import { expect, test } from 'vitest';
import { createAxisMap, placeOf } from '../../../src-renderer/plots/axis-map.ts';

test('between entries the axis is a straight line, beyond them it goes on', () => {
  const map = createAxisMap({ steps: Float64Array.of(0, 10, 20), values: Float64Array.of(100, 200, 600) });
  expect([0, 5, 15, 30, -10].map(map.toAxis)).toEqual([100, 150, 400, 1000, 0]);
  expect([100, 150, 400, 1000].map(map.toStep)).toEqual([0, 5, 15, 30]);
});

test('without a table steps are their own axis; a clock that stood still divides by nothing', () => {
  expect(createAxisMap(null).toAxis(7)).toBe(7);
  const still = createAxisMap({ steps: Float64Array.of(1, 2), values: Float64Array.of(5, 5) });
  expect([still.toAxis(9), still.toStep(5)]).toEqual([5, 1]);
  expect(createAxisMap({ steps: Float64Array.of(3), values: Float64Array.of(8) }).toAxis(4)).toBe(8);
});

test('the place of a value is that of the last entry not above it', () => {
  expect([0, 1, 2, 5, 9].map((value) => placeOf([1, 2, 2, 5], value))).toEqual([-1, 0, 2, 3, 3]);
});
